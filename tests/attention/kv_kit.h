// Caches of keys in tests.
#ifndef LUTGEMM_TESTS_ATTENTION_KV_KIT_H_
#define LUTGEMM_TESTS_ATTENTION_KV_KIT_H_

#include "support/attention.h"

#include <doctest/doctest.h>
#include <lutgemm/kv_cache.hpp>

#include <vector>

namespace lutgemm::test {

inline KvCache MustMake(const KvCacheSpec& spec) {
  auto cache = KvCache::Make(spec);
  REQUIRE_MESSAGE(cache.ok(), cache.status().text());
  return *std::move(cache);
}

inline ChannelOrder MustOrder(std::span<const double> keys, const OrderSpec& spec) {
  auto order = OrderByKeys(keys, spec);
  REQUIRE_MESSAGE(order.ok(), order.status().text());
  return *std::move(order);
}

inline KvCache CacheOf(const Attention& attention, unsigned bits, uint32_t block,
                       const ChannelOrder& order) {
  KvCache cache =
      MustMake({Attention::kHeads, Attention::kHead, Attention::kTokens, bits, block, order});
  CHECK(cache.Append(attention.keys).ok());
  return cache;
}

inline std::vector<float> StoredKeys(const KvCache& cache) {
  std::vector<float> rows(cache.tokens() * cache.channels());
  for (size_t t = 0; t < cache.tokens(); ++t) {
    CHECK(cache.Row(t, {&rows[t * cache.channels()], cache.channels()}).ok());
  }
  return rows;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_ATTENTION_KV_KIT_H_
