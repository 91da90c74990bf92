// C interface: the cache of keys and values.
#include "api/c_common.h"
#include "api/c_read.h"
#include "base/bits.h"

namespace lutgemm::capi {
namespace {

Status ReadSpec(const lutgemm_kv_cache_spec* from, KvCacheSpec* out) {
  lutgemm_kv_cache_spec s;
  if (Status status = ReadStruct(from, "spec", &s); !status.ok()) return status;
  out->heads = s.heads;
  out->head_dim = s.head_dim;
  out->capacity = s.capacity;
  out->bits = s.bits;
  out->block = s.block;
  if (s.order == nullptr) return {};
  size_t channels = 0;
  if (!base::CheckedMul(s.heads, s.head_dim, &channels)) {
    return base::MakeStatus(Code::kBadShape, s.heads, " heads of ", s.head_dim,
                            " channels do not fit memory");
  }
  return CopyArray(s.order, channels, "spec.order", &out->order.from);
}

lutgemm_kv_cache_spec SpecOf(const KvCacheSpec& from) noexcept {
  lutgemm_kv_cache_spec out = LUTGEMM_KV_CACHE_SPEC_INIT;
  out.bits = from.bits;
  out.block = from.block;
  out.heads = from.heads;
  out.head_dim = from.head_dim;
  out.capacity = from.capacity;
  out.order = from.order.from.empty() ? nullptr : from.order.from.data();
  return out;
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_kv_cache_create(const lutgemm_kv_cache_spec* spec, lutgemm_kv_cache** out) {
  return Make(out, [&]() -> Status {
    KvCacheSpec read;
    if (Status status = ReadSpec(spec, &read); !status.ok()) return status;
    return Hand(KvCache::Make(read), out);
  });
}

void lutgemm_kv_cache_free(lutgemm_kv_cache* cache) { delete cache; }

lutgemm_status lutgemm_kv_cache_get_spec(const lutgemm_kv_cache* cache,
                                         lutgemm_kv_cache_spec* spec) {
  return Call([&]() -> Status {
    if (cache == nullptr) return NullArgument("cache");
    return WriteStruct(SpecOf(cache->cache.spec()), "spec", spec);
  });
}

size_t lutgemm_kv_cache_channels(const lutgemm_kv_cache* cache) {
  return cache != nullptr ? cache->cache.channels() : 0;
}

size_t lutgemm_kv_cache_tokens(const lutgemm_kv_cache* cache) {
  return cache != nullptr ? cache->cache.tokens() : 0;
}

size_t lutgemm_kv_cache_token_bytes(const lutgemm_kv_cache* cache) {
  return cache != nullptr ? cache->cache.token_bytes() : 0;
}

double lutgemm_kv_cache_bits_per_element(const lutgemm_kv_cache* cache) {
  return cache != nullptr ? cache->cache.bits_per_element() : 0;
}

lutgemm_status lutgemm_kv_cache_append(lutgemm_kv_cache* cache, const float* rows, size_t tokens) {
  return Call([&]() -> Status {
    if (cache == nullptr) return NullArgument("cache");
    if (rows == nullptr && tokens != 0) return NullArgument("rows");
    size_t values = 0;
    if (!base::CheckedMul(tokens, cache->cache.channels(), &values)) {
      return base::MakeStatus(Code::kBadShape, tokens, " rows of ", cache->cache.channels(),
                              " values do not fit memory");
    }
    return cache->cache.Append({rows, values});
  });
}

lutgemm_status lutgemm_kv_cache_truncate(lutgemm_kv_cache* cache, size_t tokens) {
  return Call([&]() -> Status {
    if (cache == nullptr) return NullArgument("cache");
    cache->cache.Truncate(tokens);
    return {};
  });
}

lutgemm_status lutgemm_kv_cache_scores(const lutgemm_kv_cache* cache, size_t head,
                                       const float* query, size_t tokens, float* scores) {
  return Call([&]() -> Status {
    if (cache == nullptr) return NullArgument("cache");
    if (query == nullptr) return NullArgument("query");
    if (scores == nullptr && tokens != 0) return NullArgument("scores");
    return cache->cache.Scores(head, {query, cache->cache.spec().head_dim}, {scores, tokens});
  });
}

lutgemm_status lutgemm_kv_cache_weighted_sum(const lutgemm_kv_cache* cache, size_t head,
                                             const float* probabilities, size_t tokens,
                                             float* out) {
  return Call([&]() -> Status {
    if (cache == nullptr) return NullArgument("cache");
    if (probabilities == nullptr && tokens != 0) return NullArgument("probabilities");
    if (out == nullptr) return NullArgument("out");
    return cache->cache.WeightedSum(head, {probabilities, tokens},
                                    {out, cache->cache.spec().head_dim});
  });
}

lutgemm_status lutgemm_kv_cache_row(const lutgemm_kv_cache* cache, size_t token, float* out) {
  return Call([&]() -> Status {
    if (cache == nullptr) return NullArgument("cache");
    if (out == nullptr) return NullArgument("out");
    return cache->cache.Row(token, {out, cache->cache.channels()});
  });
}
