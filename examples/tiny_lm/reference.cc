#include "tiny_lm/reference.hpp"

#include "tiny_lm/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace tiny_lm {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;  // one per token

double LargestMagnitude(const auto& values) {
  double largest = 0;
  for (double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

// out[o] = sum over k of x[k] * w[o][k]. Ternary weights are a scale times -1, 0 or 1; their
// inputs a scale times an integer of 8 bits. Their sum of products is an integer and thus exact.
class RefLinear {
 public:
  RefLinear(const Linear& layer, bool ternary) : n_(layer.n), k_(layer.k), ternary_(ternary) {
    if (!ternary) {
      weights_.assign(layer.plain.begin(), layer.plain.end());
      return;
    }
    scale_ = LargestMagnitude(layer.plain);
    for (float w : layer.plain) digits_.push_back(int16_t(std::lrint(double(w) / scale_)));
  }

  Row operator()(const Row& x) const { return ternary_ ? Ternary(x) : Full(x); }

 private:
  Row Full(const Row& x) const {
    Row out(n_);
    for (size_t o = 0; o < n_; ++o) {
      for (size_t i = 0; i < k_; ++i) out[o] += x[i] * weights_[o * k_ + i];
    }
    return out;
  }

  Row Ternary(const Row& x) const {
    const double largest = std::max(LargestMagnitude(x), 1e-5);
    std::vector<int16_t> codes(k_);
    for (size_t i = 0; i < k_; ++i) {
      codes[i] = int16_t(std::clamp(std::nearbyint(x[i] * (127 / largest)), -128.0, 127.0));
    }
    Row out(n_);
    for (size_t o = 0; o < n_; ++o) {
      int32_t sum = 0;
      for (size_t i = 0; i < k_; ++i) sum += codes[i] * digits_[o * k_ + i];
      out[o] = sum * (largest / 127) * scale_;
    }
    return out;
  }

  size_t n_, k_;
  bool ternary_;
  double scale_ = 1;
  std::vector<int16_t> digits_;  // [n][k] of a ternary layer
  std::vector<double> weights_;  // [n][k] of any other
};

struct RefLayer {
  RefLayer(const Layer& layer, bool ternary)
      : query(layer.query, ternary),
        key(layer.key, ternary),
        value(layer.value, ternary),
        attention_out(layer.attention_out, ternary),
        gate(layer.gate, ternary),
        up(layer.up, ternary),
        down(layer.down, ternary) {}

  RefLinear query, key, value, attention_out, gate, up, down;
};

class Reference {
 public:
  explicit Reference(const Model& model)
      : model_(model), config_(model.config), head_(model.head, model.config.ternary) {
    for (const Layer& layer : model.layers) layers_.emplace_back(layer, config_.ternary);
  }

  double WindowBits(std::span<const uint8_t> window) const {
    Rows stream;
    for (uint8_t token : window) {
      const auto begin = model_.embedding.begin() + std::ptrdiff_t(token * config_.hidden);
      stream.emplace_back(begin, begin + std::ptrdiff_t(config_.hidden));
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
      Attention(layers_[i], model_.layers[i].attention_norm, stream);
      for (Row& x : stream) Add(x, Mlp(layers_[i], Norm(x, model_.layers[i].mlp_norm)));
    }
    double bits = 0;
    for (size_t i = 0; i + 1 < window.size(); ++i) {
      bits += TokenBits(head_(Norm(stream[i], model_.final_norm)), window[i + 1]);
    }
    return bits;
  }

 private:
  static void Add(Row& x, const Row& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  Row Norm(const Row& x, const std::vector<float>& weight) const {
    double squares = 0;
    for (double value : x) squares += value * value;
    const double root = std::sqrt(squares / double(x.size()) + config_.rms_eps);
    Row out(x.size());
    for (size_t i = 0; i < x.size(); ++i) out[i] = x[i] / root * double(weight[i]);
    return out;
  }

  void Rotate(Row& x, size_t position) const {
    const size_t half = config_.head_dim() / 2;
    for (size_t i = 0; i < half; ++i) {
      const double angle =
          double(position) * std::pow(config_.rope_theta, -double(i) / double(half));
      const double cos = std::cos(angle), sin = std::sin(angle);
      for (size_t at = i; at < x.size(); at += 2 * half) {
        const double left = x[at], right = x[at + half];
        x[at] = left * cos - right * sin;
        x[at + half] = right * cos + left * sin;
      }
    }
  }

  void Attention(const RefLayer& layer, const std::vector<float>& norm, Rows& stream) const {
    Rows keys, values;
    for (Row& x : stream) {
      const size_t position = keys.size();
      const Row normed = Norm(x, norm);
      Row query = layer.query(normed);
      keys.push_back(layer.key(normed));
      values.push_back(layer.value(normed));
      Rotate(query, position);
      Rotate(keys.back(), position);
      Row mixed(x.size());
      for (size_t head = 0; head < x.size(); head += config_.head_dim()) {
        MixHead(head, query, keys, values, mixed);
      }
      Add(x, layer.attention_out(mixed));
    }
  }

  void MixHead(size_t head, const Row& query, const Rows& keys, const Rows& values,
               Row& mixed) const {
    const size_t end = head + config_.head_dim();
    Row scores;
    for (const Row& key : keys) {
      double sum = 0;
      for (size_t i = head; i < end; ++i) sum += query[i] * key[i];
      scores.push_back(sum / std::sqrt(double(config_.head_dim())));
    }
    const double top = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores) total += score = std::exp(score - top);
    for (size_t past = 0; past < keys.size(); ++past) {
      for (size_t i = head; i < end; ++i) mixed[i] += scores[past] / total * values[past][i];
    }
  }

  static Row Mlp(const RefLayer& layer, const Row& normed) {
    Row gate = layer.gate(normed);
    const Row up = layer.up(normed);
    for (size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
    return layer.down(gate);
  }

  static double TokenBits(const Row& logits, uint8_t token) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (double logit : logits) sum += std::exp(logit - top);
    return (std::log(sum) + top - logits[token]) / std::numbers::ln2;
  }

  const Model& model_;
  const Config& config_;
  std::vector<RefLayer> layers_;
  RefLinear head_;
};

}  // namespace

Score EvaluateReference(const Model& plain, std::span<const uint8_t> text,
                        lutgemm::Threads* threads) {
  const Reference reference(plain);
  Score score;
  score.window = plain.config.context;
  score.window_bits.resize(text.size() / score.window);
  ForEach(threads, score.window_bits.size(), [&](size_t w) {
    score.window_bits[w] = reference.WindowBits(text.subspan(w * score.window, score.window));
  });
  return score;
}

}  // namespace tiny_lm
