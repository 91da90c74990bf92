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
      : n_(layer.n), k_(layer.k), index_(index), ternary_(ternary), weights_(layer.plain) {
    if (!ternary) return;
    scale_ = LargestMagnitude(layer.plain);
    for (float w : layer.plain) digits_.push_back(int16_t(std::lrint(double(w) / scale_)));
  }

  Rows Run(const Rows& x, const IntegerProduct& product) const {
    return ternary_ ? RunTernary(x, product) : RunFull(x);
  }

 private:
  Rows RunFull(const Rows& x) const {
    Rows out(x.size(), Row(n_));
    for (size_t o = 0; o < n_; ++o) {
      for (size_t t = 0; t < x.size(); ++t) out[t][o] = Product(x[t], &weights_[o * k_]);
    }
    return out;
  }

  // Partial sums that a compiler can keep in vectors.
  static double Product(const Row& x, const float* weights) {
    constexpr size_t kSums = 8;
    double sums[kSums] = {};
    size_t i = 0;
    for (; i + kSums <= x.size(); i += kSums) {
      for (size_t j = 0; j < kSums; ++j) sums[j] += x[i + j] * double(weights[i + j]);
    }
    for (; i < x.size(); ++i) sums[i % kSums] += x[i] * double(weights[i]);
    double total = 0;
    for (const double sum : sums) total += sum;
    return total;
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
  std::vector<int16_t> digits_;     // [n][k] of a ternary layer
  std::span<const float> weights_;  // [n][k]
};

class Reference {
 public:
  Reference(const Model& model, const IntegerProduct& product)
      : model_(model), config_(model.config), product_(product) {
    for (const Linear* layer : model.Linears()) {
      linears_.emplace_back(*layer, linears_.size(), config_.ternary);
    }
  }

  double WindowBits(std::span<const Token> window) const {
    Rows stream;
    for (const Token token : window) {
      const auto begin = model_.token_rows().plain.begin() + std::ptrdiff_t(token * config_.hidden);
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
    const RopeSpec& rope = config_.rope;
    for (size_t pair = 0; pair < rope.size / 2; ++pair) {
      const double frequency = rope.Frequency(pair);
      for (size_t t = 0; t < x.size(); ++t) {
        const double cos = std::cos(double(t) * frequency), sin = std::sin(double(t) * frequency);
        for (size_t head = 0; head < x[t].size(); head += config_.head_dim) {
          double& first = x[t][head + rope.First(pair)];
          double& second = x[t][head + rope.Second(pair)];
          const double left = first, right = second;
          first = left * cos - right * sin;
          second = right * cos + left * sin;
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
    Rows mixed(normed.size(), Row(config_.query_size()));
    for (size_t t = 0; t < normed.size(); ++t) {
      const std::span<const Row> keys(key.data(), t + 1);
      for (size_t head = 0; head < config_.heads; ++head) {
        MixHead(head, query[t], keys, value, mixed[t]);
      }
    }
    return Run(layer, kAttentionOut, mixed);
  }

  void MixHead(size_t head, const Row& query, std::span<const Row> keys, const Rows& values,
               Row& mixed) const {
    const size_t size = config_.head_dim, at = head * size;
    const size_t shared = head / (config_.heads / config_.kv_heads) * size;
    Row scores;
    for (const Row& key : keys) {
      double sum = 0;
      for (size_t i = 0; i < size; ++i) sum += query[at + i] * key[shared + i];
      scores.push_back(sum / std::sqrt(double(size)));
    }
    const double top = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores) total += score = std::exp(score - top);
    for (size_t past = 0; past < keys.size(); ++past) {
      const double share = scores[past] / total;
      for (size_t i = 0; i < size; ++i) mixed[at + i] += share * values[past][shared + i];
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

  static double TokenBits(const Row& logits, Token token) {
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

Score EvaluateReference(const Model& plain, size_t window, const TokenText& text,
                        lutgemm::Threads* threads, const IntegerProduct& product) {
  const Reference reference(plain, product);
  Score score = EmptyScore(text, window);
  ForEach(threads, score.window_bits.size(), [&](size_t w) {
    score.window_bits[w] = reference.WindowBits({&text.tokens[w * window], window});
  });
  return score;
}

Score EvaluateReference(const Model& plain, std::span<const uint8_t> text,
                        lutgemm::Threads* threads, const IntegerProduct& product) {
  return EvaluateReference(plain, plain.config.context, ByteTokens(text), threads, product);
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
