// Keys and values of the tokens that a layer has seen, in f32 or as block floating point.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_CACHE_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_CACHE_HPP_

#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tiny_lm {

// Keys and values as integers of `bits` bits with an exponent per `block` channels.
struct CacheSpec {
  unsigned bits = 8;
  uint32_t block = 32;
  // Channels sorted within heads by the norms of the weights that make them; keys in rotary pairs.
  bool sorted = false;
};

class AttentionCache {
 public:
  // Without a spec everything stays f32. config.context is the most tokens.
  static lutgemm::Result<AttentionCache> Make(const Config& config, const Layer& layer,
                                              const std::optional<CacheSpec>& spec);

  // Rows of config.kv_size() values, one or more of each.
  lutgemm::Status Append(std::span<const float> keys, std::span<const float> values);
  void Reset();

  // out = softmax(query . keys) x values over the first scores.size() tokens. `query` and `out` are
  // of one query head, `head` is that of its keys and values; `scores` is room for the weights.
  lutgemm::Status Attend(size_t head, std::span<const float> query, std::span<float> scores,
                         std::span<float> out) const;
  double bits_per_element() const { return keys_ ? keys_->bits_per_element() : 32; }

 private:
  explicit AttentionCache(const Config& config)
      : size_(config.kv_size()), head_dim_(config.head_dim), context_(config.context) {}

  size_t size_, head_dim_, context_;
  size_t tokens_ = 0;
  std::vector<float> plain_keys_;    // [size][context]: scores of neighbouring positions together
  std::vector<float> plain_values_;  // [context][size]
  std::optional<lutgemm::KvCache> keys_, values_;
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_CACHE_HPP_
