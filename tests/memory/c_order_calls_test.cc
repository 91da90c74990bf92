// Channel order and the cache of keys and values without memory.
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

void AddOrders(Cases& cases, World& w) {
  static std::vector<double> keys(kK, 1.0);
  static std::vector<uint32_t> made(kK);
  static const std::vector<uint32_t> twice(kK, 1);
  static const lutgemm_order_spec spec = {sizeof spec, LUTGEMM_PAIRS_SPLIT, 8};
  static std::vector<uint32_t> in_pairs(kK);
  REQUIRE(lutgemm_order_by_keys(keys.data(), kK, &spec, in_pairs.data()) == LUTGEMM_OK);
  Ends(cases, "lutgemm_row_keys", [&w] { return lutgemm_row_keys(&w.matrix, keys.data()); });
  Ends(cases, "lutgemm_column_keys", [&w] { return lutgemm_column_keys(&w.matrix, keys.data()); });
  Ends(cases, "lutgemm_order_by_keys",
       [] { return lutgemm_order_by_keys(keys.data(), kK, &spec, made.data()); });
  for (const bool good : {true, false}) {
    const Code code = good ? Code::kOk : Code::kBadArgument;
    const uint32_t* from = good ? in_pairs.data() : twice.data();
    Ends(
        cases, "lutgemm_order_validate", [from] { return lutgemm_order_validate(from, kK); }, code);
    Ends(
        cases, "lutgemm_order_inverse",
        [from] { return lutgemm_order_inverse(from, kK, made.data()); }, code);
    Ends(
        cases, "lutgemm_order_pair_frequencies",
        [from] { return lutgemm_order_pair_frequencies(from, kK, &spec, made.data()); }, code);
    Ends(
        cases, "lutgemm_permute",
        [&w, from] {
          lutgemm_matrix matrix = w.matrix;
          matrix.rows = kM;
          return lutgemm_permute(&matrix, nullptr, from, w.made.data());
        },
        code);
  }
  Ends(cases, "lutgemm_order_for_queries", [] {
    lutgemm_query_heads heads = {sizeof heads, in_pairs.data(), kK, 8, kK / 8};
    return lutgemm_order_for_queries(&heads, made.data());
  });
}

lutgemm_kv_cache_spec CacheSpec(World& w) {
  lutgemm_kv_cache_spec spec = LUTGEMM_KV_CACHE_SPEC_INIT;
  spec.heads = 5, spec.head_dim = kK / 5, spec.capacity = kM;
  spec.order = w.order.data();
  return spec;
}

struct Cache {
  lutgemm_kv_cache* cache = nullptr;
  explicit Cache(World& w) {
    const lutgemm_kv_cache_spec spec = CacheSpec(w);
    REQUIRE(lutgemm_kv_cache_create(&spec, &cache) == LUTGEMM_OK);
    REQUIRE(lutgemm_kv_cache_append(cache, w.act.data(), 3) == LUTGEMM_OK);
  }
  ~Cache() { lutgemm_kv_cache_free(cache); }
};

void AddCache(Cases& cases, World& w) {
  static const lutgemm_kv_cache_spec spec = CacheSpec(w);
  Makes<lutgemm_kv_cache>(cases, "lutgemm_kv_cache_create",
                          {&lutgemm_kv_cache_free, [](lutgemm_kv_cache** out) {
                             return lutgemm_kv_cache_create(&spec, out);
                           }});
  static const Cache made(w);
  lutgemm_kv_cache* c = made.cache;
  Ends(cases, "lutgemm_kv_cache_get_spec", [c] {
    lutgemm_kv_cache_spec told = LUTGEMM_KV_CACHE_SPEC_INIT;
    return lutgemm_kv_cache_get_spec(c, &told);
  });
  Is(cases, "lutgemm_kv_cache_channels", [c] { return lutgemm_kv_cache_channels(c) == kK; });
  Is(cases, "lutgemm_kv_cache_tokens", [c] { return lutgemm_kv_cache_tokens(c) == 3; });
  Is(cases, "lutgemm_kv_cache_token_bytes", [c] { return lutgemm_kv_cache_token_bytes(c) > 0; });
  Is(cases, "lutgemm_kv_cache_bits_per_element",
     [c] { return lutgemm_kv_cache_bits_per_element(c) > 4; });
  Is(cases, "lutgemm_kv_cache_free", [] { return true; });  // by every case that makes one
  Ends(cases, "lutgemm_kv_cache_truncate", [c] { return lutgemm_kv_cache_truncate(c, 3); });
  Ends(cases, "lutgemm_kv_cache_append", [c, &w] {
    const lutgemm_status status = lutgemm_kv_cache_append(c, w.act.data(), 1);
    return status == LUTGEMM_OK ? lutgemm_kv_cache_truncate(c, 3) : status;
  });
  Ends(
      cases, "lutgemm_kv_cache_append",
      [c, &w] { return lutgemm_kv_cache_append(c, w.act.data(), kM); }, Code::kBadShape);
  Ends(cases, "lutgemm_kv_cache_scores",
       [c, &w] { return lutgemm_kv_cache_scores(c, 1, w.act.data(), 3, w.made.data()); });
  Ends(cases, "lutgemm_kv_cache_weighted_sum",
       [c, &w] { return lutgemm_kv_cache_weighted_sum(c, 1, w.act.data(), 3, w.made.data()); });
  Ends(cases, "lutgemm_kv_cache_row",
       [c, &w] { return lutgemm_kv_cache_row(c, 2, w.made.data()); });
}

}  // namespace

Cases OrderCases() {
  Cases cases;
  AddOrders(cases, TheWorld());
  return cases;
}

Cases CacheCases() {
  Cases cases;
  AddCache(cases, TheWorld());
  return cases;
}

TEST_CASE("channel order without memory") { WalkAll(OrderCases()); }
TEST_CASE("the cache of keys and values without memory") { WalkAll(CacheCases()); }

}  // namespace lutgemm::memory_test
