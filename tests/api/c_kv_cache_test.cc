// The cache of keys and values through the C interface, against the C++ one.
#include "api/c_kit.h"

namespace lutgemm::test {
namespace {

constexpr size_t kHeads = 2, kDim = 40, kChannels = kHeads * kDim, kTokens = 5;

using CacheHandle =
    std::unique_ptr<lutgemm_kv_cache, Freer<lutgemm_kv_cache, lutgemm_kv_cache_free>>;

lutgemm_kv_cache_spec SmallSpec() {
  lutgemm_kv_cache_spec spec = LUTGEMM_KV_CACHE_SPEC_INIT;
  spec.heads = kHeads;
  spec.head_dim = kDim;
  spec.capacity = 8;
  return spec;
}

CacheHandle MustCreate(const lutgemm_kv_cache_spec& spec) {
  lutgemm_kv_cache* cache = nullptr;
  MustSucceed(lutgemm_kv_cache_create(&spec, &cache));
  return CacheHandle(cache);
}

std::vector<uint32_t> Backwards() {
  std::vector<uint32_t> order(kChannels);
  for (size_t i = 0; i < kChannels; ++i) order[i] = static_cast<uint32_t>(kChannels - 1 - i);
  return order;
}

void CheckEqual(const lutgemm_kv_cache* c, const KvCache& cpp) {
  Random random(3);
  const std::vector<float> query = random.Normals(kDim), weights = random.Normals(kTokens);
  for (size_t head = 0; head < kHeads; ++head) {
    std::vector<float> got(kTokens), want(kTokens), got_sum(kDim), want_sum(kDim);
    MustSucceed(lutgemm_kv_cache_scores(c, head, query.data(), kTokens, got.data()));
    REQUIRE(cpp.Scores(head, query, want).ok());
    CHECK(got == want);
    MustSucceed(lutgemm_kv_cache_weighted_sum(c, head, weights.data(), kTokens, got_sum.data()));
    REQUIRE(cpp.WeightedSum(head, weights, want_sum).ok());
    CHECK(got_sum == want_sum);
  }
  std::vector<float> got(kChannels), want(kChannels);
  MustSucceed(lutgemm_kv_cache_row(c, 4, got.data()));
  REQUIRE(cpp.Row(4, want).ok());
  CHECK(got == want);
}

TEST_CASE("scores, sums and rows are those of the C++ interface, with an order and without") {
  Random random(2);
  const std::vector<float> rows = random.Normals(kTokens * kChannels);
  for (const std::vector<uint32_t>& order : {std::vector<uint32_t>(), Backwards()}) {
    lutgemm_kv_cache_spec spec = SmallSpec();
    spec.bits = 6, spec.block = 16;
    spec.order = order.empty() ? nullptr : order.data();
    const CacheHandle c = MustCreate(spec);
    KvCache cpp = *KvCache::Make({kHeads, kDim, 8, 6, 16, {order}});
    CHECK(lutgemm_kv_cache_channels(c.get()) == kChannels);
    CHECK(lutgemm_kv_cache_tokens(c.get()) == 0);
    CHECK(lutgemm_kv_cache_token_bytes(c.get()) == cpp.token_bytes());
    CHECK(lutgemm_kv_cache_bits_per_element(c.get()) == cpp.bits_per_element());
    MustSucceed(lutgemm_kv_cache_append(c.get(), rows.data(), kTokens));
    REQUIRE(cpp.Append(rows).ok());
    CHECK(lutgemm_kv_cache_tokens(c.get()) == kTokens);
    CheckEqual(c.get(), cpp);

    lutgemm_kv_cache_spec told = LUTGEMM_KV_CACHE_SPEC_INIT;
    MustSucceed(lutgemm_kv_cache_get_spec(c.get(), &told));
    CHECK(told.heads == kHeads);
    CHECK(told.head_dim == kDim);
    CHECK(told.capacity == 8);
    CHECK(told.bits == 6);
    CHECK(told.block == 16);
    CHECK((told.order == nullptr) == order.empty());
    CHECK(std::vector(told.order, told.order + order.size()) == order);
    CHECK((order.empty() || told.order != order.data()));  // a copy
  }
}

TEST_CASE("a cache that is full, forgets and goes on") {
  const CacheHandle cache = MustCreate(SmallSpec());
  const std::vector<float> rows(9 * kChannels, 0.5f);
  CHECK(Failure(lutgemm_kv_cache_append(cache.get(), rows.data(), 9), LUTGEMM_BAD_SHAPE)
            .find("there is room for 8 more rows") != std::string::npos);
  CHECK(lutgemm_kv_cache_tokens(cache.get()) == 0);
  CHECK(lutgemm_kv_cache_append(cache.get(), rows.data(), SIZE_MAX / 4) == LUTGEMM_BAD_SHAPE);
  MustSucceed(lutgemm_kv_cache_append(cache.get(), rows.data(), 8));
  MustSucceed(lutgemm_kv_cache_truncate(cache.get(), 3));
  CHECK(lutgemm_kv_cache_tokens(cache.get()) == 3);
  MustSucceed(lutgemm_kv_cache_truncate(cache.get(), 9));
  CHECK(lutgemm_kv_cache_tokens(cache.get()) == 3);
  MustSucceed(lutgemm_kv_cache_append(cache.get(), nullptr, 0));
  std::vector<float> out(kChannels);
  CHECK(lutgemm_kv_cache_row(cache.get(), 3, out.data()) == LUTGEMM_BAD_SHAPE);
  CHECK(lutgemm_kv_cache_scores(cache.get(), 0, rows.data(), 4, out.data()) == LUTGEMM_BAD_SHAPE);
  CHECK(lutgemm_kv_cache_scores(cache.get(), 2, rows.data(), 3, out.data()) == LUTGEMM_BAD_SHAPE);
  CHECK(lutgemm_kv_cache_weighted_sum(cache.get(), 2, rows.data(), 3, out.data()) ==
        LUTGEMM_BAD_SHAPE);
}

TEST_CASE("specs outside of their ranges") {
  lutgemm_kv_cache* cache = nullptr;
  const auto fails = [&](const lutgemm_kv_cache_spec& spec) {
    cache = reinterpret_cast<lutgemm_kv_cache*>(&cache);
    const lutgemm_status status = lutgemm_kv_cache_create(&spec, &cache);
    CHECK(cache == nullptr);
    return status;
  };
  lutgemm_kv_cache_spec spec = SmallSpec();
  spec.bits = 9;
  CHECK(fails(spec) == LUTGEMM_BAD_ARGUMENT);
  spec = SmallSpec(), spec.block = 48;
  CHECK(fails(spec) == LUTGEMM_BAD_ARGUMENT);
  spec = SmallSpec(), spec.capacity = 0;
  CHECK(fails(spec) != LUTGEMM_OK);
  const std::vector<uint32_t> twice(kChannels, 1);
  spec = SmallSpec(), spec.order = twice.data();
  CHECK(fails(spec) == LUTGEMM_BAD_ARGUMENT);
  spec.heads = SIZE_MAX;
  CHECK(fails(spec) == LUTGEMM_BAD_SHAPE);
  spec = SmallSpec(), --spec.struct_size;
  CHECK(fails(spec) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("null arguments of caches") {
  const lutgemm_kv_cache_spec spec = SmallSpec();
  lutgemm_kv_cache_spec told = LUTGEMM_KV_CACHE_SPEC_INIT;
  const CacheHandle made = MustCreate(spec);
  lutgemm_kv_cache* cache = nullptr;
  std::vector<float> some(kChannels);
  float* data = some.data();
  NullIsNamed(lutgemm_kv_cache_create(nullptr, &cache), "spec");
  NullIsNamed(lutgemm_kv_cache_create(&spec, nullptr), "out");
  NullIsNamed(lutgemm_kv_cache_get_spec(nullptr, &told), "cache");
  NullIsNamed(lutgemm_kv_cache_get_spec(made.get(), nullptr), "spec");
  NullIsNamed(lutgemm_kv_cache_append(nullptr, data, 1), "cache");
  NullIsNamed(lutgemm_kv_cache_append(made.get(), nullptr, 1), "rows");
  NullIsNamed(lutgemm_kv_cache_truncate(nullptr, 0), "cache");
  NullIsNamed(lutgemm_kv_cache_scores(nullptr, 0, data, 0, data), "cache");
  NullIsNamed(lutgemm_kv_cache_scores(made.get(), 0, nullptr, 0, data), "query");
  NullIsNamed(lutgemm_kv_cache_scores(made.get(), 0, data, 1, nullptr), "scores");
  NullIsNamed(lutgemm_kv_cache_weighted_sum(nullptr, 0, data, 0, data), "cache");
  NullIsNamed(lutgemm_kv_cache_weighted_sum(made.get(), 0, nullptr, 1, data), "probabilities");
  NullIsNamed(lutgemm_kv_cache_weighted_sum(made.get(), 0, data, 0, nullptr), "out");
  NullIsNamed(lutgemm_kv_cache_row(nullptr, 0, data), "cache");
  NullIsNamed(lutgemm_kv_cache_row(made.get(), 0, nullptr), "out");
  CHECK(lutgemm_kv_cache_channels(nullptr) == 0);
  CHECK(lutgemm_kv_cache_tokens(nullptr) == 0);
  CHECK(lutgemm_kv_cache_token_bytes(nullptr) == 0);
  CHECK(lutgemm_kv_cache_bits_per_element(nullptr) == 0);
  lutgemm_kv_cache_free(nullptr);
}

}  // namespace
}  // namespace lutgemm::test
