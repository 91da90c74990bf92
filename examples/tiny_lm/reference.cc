#include "tiny_lm/reference.hpp"

#include "tiny_lm/linear.hpp"
#include "tiny_lm/parallel.hpp"

#include <algorithm>
#include <atomic>
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

// out[t][o] = sum over k of x[t][k] * w[o][k]. Ternary weights are a scale times -1, 0 or 1; their
// inputs a scale times an integer of 8 bits. Their sum of products is an integer and thus exact.
class RefLinear {
 public:
  RefLinear(const Linear& layer, size_t index, bool ternary)
      : n_(layer.n), k_(layer.k), index_(index), ternary_(ternary) {
    if (!ternary) {
      weights_.assign(layer.plain.begin(), layer.plain.end());
      return;
    }
    scale_ = LargestMagnitude(layer.plain);
    for (float w : layer.plain) digits_.push_back(int16_t(std::lrint(double(w) / scale_)));
  }

  Rows Run(const Rows& x, const IntegerProduct& product) const {
    return ternary_ ? RunTernary(x, product) : RunFull(x);
  }

 private:
  Rows RunFull(const Rows& x) const {
    Rows out(x.size(), Row(n_));
    for (size_t t = 0; t < x.size(); ++t) {
      for (size_t o = 0; o < n_; ++o) {
        for (size_t i = 0; i < k_; ++i) out[t][o] += x[t][i] * weights_[o * k_ + i];
      }
    }
    return out;
  }

  Rows RunTernary(const Rows& x, const IntegerProduct& product) const {
    std::vector<double> largest;
    std::vector<int8_t> codes;
    for (const Row& row : x) {
      largest.push_back(std::max(LargestMagnitude(row), 1e-5));
      for (double value : row) {
        const double code = std::nearbyint(value * (127 / largest.back()));
        codes.push_back(int8_t(std::clamp(code, -128.0, 127.0)));
      }
    }
    std::vector<int32_t> sums(x.size() * n_);
    product ? product(index_, codes, sums) : Multiply(codes, sums);
    Rows out(x.size(), Row(n_));
    for (size_t t = 0; t < x.size(); ++t) {
      for (size_t o = 0; o < n_; ++o) out[t][o] = sums[t * n_ + o] * (largest[t] / 127) * scale_;
    }
    return out;
  }

  void Multiply(std::span<const int8_t> codes, std::span<int32_t> sums) const {
    const std::vector<int16_t> wide(codes.begin(), codes.end());
    for (size_t at = 0; at < sums.size(); ++at) {
      const int16_t* code = &wide[at / n_ * k_];
      const int16_t* digit = &digits_[at % n_ * k_];
      int32_t sum = 0;
      for (size_t i = 0; i < k_; ++i) sum += code[i] * digit[i];
      sums[at] = sum;
    }
  }

  size_t n_, k_, index_;
  bool ternary_;
  double scale_ = 1;
  std::vector<int16_t> digits_;  // [n][k] of a ternary layer
  std::vector<double> weights_;  // [n][k] of any other
};

class Reference {
 public:
  Reference(const Model& model, const IntegerProduct& product)
      : model_(model), config_(model.config), product_(product) {
    for (const Linear* layer : model.Linears()) {
      linears_.emplace_back(*layer, linears_.size(), config_.ternary);
    }
  }

  double WindowBits(std::span<const uint8_t> window) const {
    Rows stream;
    for (uint8_t token : window) {
      const auto begin = model_.embedding.begin() + std::ptrdiff_t(token * config_.hidden);
      stream.emplace_back(begin, begin + std::ptrdiff_t(config_.hidden));
    }
    for (size_t layer = 0; layer < config_.layers; ++layer) {
      Add(stream, Attention(layer, Norm(stream, model_.layers[layer].attention_norm)));
      Add(stream, Mlp(layer, Norm(stream, model_.layers[layer].mlp_norm)));
    }
    const Rows logits = linears_.back().Run(Norm(stream, model_.final_norm), product_);
    double bits = 0;
    for (size_t i = 0; i + 1 < window.size(); ++i) bits += TokenBits(logits[i], window[i + 1]);
    return bits;
  }

 private:
  // Places of a layer's matrices among the seven that Model::Linears() names for it.
  enum Place { kQuery, kKey, kValue, kAttentionOut, kGate, kUp, kDown, kPlaces };

  Rows Run(size_t layer, Place place, const Rows& x) const {
    return linears_[layer * kPlaces + place].Run(x, product_);
  }

  static void Add(Rows& x, const Rows& y) {
    for (size_t t = 0; t < x.size(); ++t) {
      for (size_t i = 0; i < x[t].size(); ++i) x[t][i] += y[t][i];
    }
  }

  Rows Norm(Rows x, const std::vector<float>& weight) const {
    for (Row& row : x) {
      double squares = 0;
      for (double value : row) squares += value * value;
      const double root = std::sqrt(squares / double(row.size()) + config_.rms_eps);
      for (size_t i = 0; i < row.size(); ++i) row[i] = row[i] / root * double(weight[i]);
    }
    return x;
  }

  void Rotate(Rows& x) const {
    const size_t half = config_.head_dim() / 2;
    for (size_t i = 0; i < half; ++i) {
      const double frequency = std::pow(config_.rope_theta, -double(i) / double(half));
      for (size_t t = 0; t < x.size(); ++t) {
        const double cos = std::cos(double(t) * frequency), sin = std::sin(double(t) * frequency);
        for (size_t at = i; at < x[t].size(); at += 2 * half) {
          const double left = x[t][at], right = x[t][at + half];
          x[t][at] = left * cos - right * sin;
          x[t][at + half] = right * cos + left * sin;
        }
      }
    }
  }

  Rows Attention(size_t layer, const Rows& normed) const {
    Rows query = Run(layer, kQuery, normed);
    Rows key = Run(layer, kKey, normed);
    const Rows value = Run(layer, kValue, normed);
    Rotate(query);
    Rotate(key);
    Rows mixed(normed.size(), Row(config_.hidden));
    for (size_t t = 0; t < normed.size(); ++t) {
      const std::span<const Row> keys(key.data(), t + 1);
      for (size_t head = 0; head < config_.hidden; head += config_.head_dim()) {
        MixHead(head, query[t], keys, value, mixed[t]);
      }
    }
    return Run(layer, kAttentionOut, mixed);
  }

  void MixHead(size_t head, const Row& query, std::span<const Row> keys, const Rows& values,
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
      const double share = scores[past] / total;
      for (size_t i = head; i < end; ++i) mixed[i] += share * values[past][i];
    }
  }

  Rows Mlp(size_t layer, const Rows& normed) const {
    Rows gate = Run(layer, kGate, normed);
    const Rows up = Run(layer, kUp, normed);
    for (size_t t = 0; t < gate.size(); ++t) {
      for (size_t i = 0; i < gate[t].size(); ++i) {
        gate[t][i] = gate[t][i] / (1 + std::exp(-gate[t][i])) * up[t][i];
      }
    }
    return Run(layer, kDown, gate);
  }

  static double TokenBits(const Row& logits, uint8_t token) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (double logit : logits) sum += std::exp(logit - top);
    return (std::log(sum) + top - logits[token]) / std::numbers::ln2;
  }

  const Model& model_;
  const Config& config_;
  const IntegerProduct& product_;
  std::vector<RefLinear> linears_;  // as Model::Linears()
};

}  // namespace

Score EvaluateReference(const Model& plain, std::span<const uint8_t> text,
                        lutgemm::Threads* threads, const IntegerProduct& product) {
  const Reference reference(plain, product);
  Score score;
  score.window = plain.config.context;
  score.window_bits.resize(text.size() / score.window);
  ForEach(threads, score.window_bits.size(), [&](size_t w) {
    score.window_bits[w] = reference.WindowBits(text.subspan(w * score.window, score.window));
  });
  return score;
}

lutgemm::Result<Score> EvaluateExact(const Model& plain, const Model& packed,
                                     std::span<const uint8_t> text, lutgemm::Threads* threads) {
  lutgemm::Problem problem;
  problem.m = plain.config.context;
  problem.act = lutgemm::Elem::kI8;
  problem.out = lutgemm::Elem::kI32;
  problem.mode = lutgemm::Mode::kExact;
  std::vector<lutgemm::Plan> plans;
  for (const Linear* layer : packed.Linears()) {
    auto plan = lutgemm::MakePlan(*layer->packed, problem);
    if (!plan.ok()) return plan.status();
    plans.push_back(*std::move(plan));
  }
  std::atomic<bool> failed{false};
  const auto product = [&](size_t layer, std::span<const int8_t> codes, std::span<int32_t> sums) {
    const AlignedBytes workspace(plans[layer].workspace_bytes());
    if (!plans[layer].Run(codes.data(), sums.data(), workspace.span()).ok()) failed = true;
  };
  Score score = EvaluateReference(plain, text, threads, product);
  if (failed) return lutgemm::Status(lutgemm::Code::kInternal, "an exact product failed");
  return score;
}

}  // namespace tiny_lm
