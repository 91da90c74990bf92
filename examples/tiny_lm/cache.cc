#include "tiny_lm/cache.hpp"

#include "tiny_lm/math.hpp"

#include <algorithm>
#include <utility>

namespace tiny_lm {

using lutgemm::Result;
using lutgemm::Status;

namespace {

// The layer's output channels by the norms of their weights, as they are stored.
Result<lutgemm::ChannelOrder> OrderOf(const Linear& linear, const lutgemm::OrderSpec& spec) {
  std::vector<float> weights = linear.plain;
  if (linear.packed) {
    const auto matrix = lutgemm::Unpack(*linear.packed);
    if (!matrix.ok()) return matrix.status();
    for (size_t i = 0; i < linear.n * linear.k; ++i) {
      weights.push_back(float(matrix->Value(i / linear.k, i % linear.k)));
    }
  }
  const auto keys = lutgemm::RowKeys({weights.data(), lutgemm::Elem::kF32, linear.n, linear.k, 0});
  if (!keys.ok()) return keys.status();
  return lutgemm::OrderByKeys(*keys, spec);
}

Result<lutgemm::KvCache> MakeCache(const Config& config, const Linear& linear,
                                   const CacheSpec& spec, lutgemm::RotaryPairs pairs) {
  lutgemm::KvCacheSpec cache{config.kv_heads, config.head_dim, config.context,
                             spec.bits,       spec.block,      {}};
  if (spec.sorted) {
    auto order = OrderOf(linear, {config.head_dim, pairs});
    if (!order.ok()) return order.status();
    cache.order = *std::move(order);
  }
  return lutgemm::KvCache::Make(cache);
}

}  // namespace

Result<AttentionCache> AttentionCache::Make(const Config& config, const Layer& layer,
                                            const std::optional<CacheSpec>& spec) {
  AttentionCache cache(config);
  if (!spec) {
    cache.plain_keys_.resize(cache.context_ * cache.size_);
    cache.plain_values_.resize(cache.context_ * cache.size_);
    return cache;
  }
  if (spec->sorted && config.rope.pairs != RopePairs::kHalves) {
    return Status(lutgemm::Code::kUnsupportedFormat,
                  "keys can be sorted where rotary pairs are half a head apart");
  }
  auto keys = MakeCache(config, layer.key, *spec, lutgemm::RotaryPairs::kInterleaved);
  if (!keys.ok()) return keys.status();
  auto values = MakeCache(config, layer.value, *spec, lutgemm::RotaryPairs::kNone);
  if (!values.ok()) return values.status();
  cache.keys_ = *std::move(keys);
  cache.values_ = *std::move(values);
  return cache;
}

Status AttentionCache::Append(std::span<const float> keys, std::span<const float> values) {
  if (keys_) {
    Status status = keys_->Append(keys);
    return status.ok() ? values_->Append(values) : status;
  }
  std::ranges::copy(values, plain_values_.begin() + ptrdiff_t(tokens_ * size_));
  for (size_t i = 0; i < keys.size(); ++i) {
    plain_keys_[i % size_ * context_ + tokens_ + i / size_] = keys[i];
  }
  tokens_ += keys.size() / size_;
  return {};
}

void AttentionCache::Reset() {
  tokens_ = 0;
  if (keys_) keys_->Truncate(0);
  if (values_) values_->Truncate(0);
}

Status AttentionCache::Attend(size_t head, std::span<const float> query, std::span<float> scores,
                              std::span<float> out) const {
  if (keys_) {
    if (Status status = keys_->Scores(head, query, scores); !status.ok()) return status;
    Softmax(scores);
    return values_->WeightedSum(head, scores, out);
  }
  const size_t first = head * head_dim_;
  WeightedSum(query, &plain_keys_[first * context_], context_, scores);
  Softmax(scores);
  WeightedSum(scores, &plain_values_[first], size_, out);
  return {};
}

}  // namespace tiny_lm
