// The cache of keys and values: products straight from blocks against their definition, appending,
// edges, what is refused.
#include "format/bfp_block.h"
#include "kv_kit.h"
#include "support/random.h"

#include <cmath>
#include <limits>
#include <vector>

namespace lutgemm {
namespace {

using test::Attention;
using test::CacheOf;
using test::MustMake;
using test::MustOrder;
using test::Random;
using test::StoredKeys;

TEST_CASE("an order within heads changes nothing where a block holds a head") {
  const Attention attention;
  const ChannelOrder order = MustOrder(attention.row_keys, {Attention::kHead});
  CHECK(StoredKeys(CacheOf(attention, 5, 128, {})) ==
        StoredKeys(CacheOf(attention, 5, 128, order)));
}

TEST_CASE("products from the blocks are those of the stored rows") {
  const Attention attention;
  for (const ChannelOrder& order :
       {ChannelOrder{}, MustOrder(attention.row_keys, {Attention::kHead}),
        MustOrder(attention.row_keys, {})}) {
    for (unsigned bits = 3; bits <= 8; ++bits) {
      const KvCache cache = CacheOf(attention, bits, 32, order);
      const std::vector<float> rows = StoredKeys(cache);
      for (size_t h = 0; h < Attention::kHeads; ++h) {
        const std::span<const float> query(&attention.queries[h * Attention::kHead],
                                           Attention::kHead);
        std::vector<float> scores(50), sums(Attention::kHead), weights(50);
        REQUIRE(cache.Scores(h, query, scores).ok());
        for (size_t t = 0; t < weights.size(); ++t) weights[t] = 1.0f / float(t + 1);
        REQUIRE(cache.WeightedSum(h, weights, sums).ok());
        for (size_t t = 0; t < scores.size(); ++t) {
          double sum = 0, magnitude = 0;
          for (size_t c = 0; c < query.size(); ++c) {
            const double term = double(query[c]) * rows[t * 512 + h * 128 + c];
            sum += term;
            magnitude += std::fabs(term);
          }
          CHECK(std::fabs(scores[t] - sum) <= 40 * 0x1p-24 * magnitude);
        }
        for (size_t c = 0; c < sums.size(); ++c) {
          double sum = 0, magnitude = 0;
          for (size_t t = 0; t < weights.size(); ++t) {
            const double term = double(weights[t]) * rows[t * 512 + h * 128 + c];
            sum += term;
            magnitude += std::fabs(term);
          }
          CHECK(std::fabs(sums[c] - sum) <= 60 * 0x1p-24 * magnitude);
        }
      }
    }
  }
}

TEST_CASE("appending row by row, all at once, and again after Truncate gives the same") {
  Random random(4);
  const KvCacheSpec spec{3, 44, 20, 5, 32, {}};
  const std::vector<float> rows = random.Normals(20 * 132);
  KvCache whole = MustMake(spec), single = MustMake(spec);
  REQUIRE(whole.Append(rows).ok());
  for (size_t t = 0; t < 10; ++t) REQUIRE(single.Append({&rows[t * 132], 132}).ok());
  REQUIRE(single.Append(random.Normals(132)).ok());
  single.Truncate(10);
  CHECK(single.tokens() == 10);
  REQUIRE(single.Append({&rows[10 * 132], 10 * 132}).ok());
  CHECK(StoredKeys(whole) == StoredKeys(single));
  // Blocks of 32 and 12 channels, the latter padded to 16: 21 and 11 bytes for each of three heads.
  CHECK(whole.token_bytes() == 3 * (1 + 32 * 5 / 8 + 1 + 16 * 5 / 8));
}

TEST_CASE("rows are the blocks' BFP, in every width and with short last blocks") {
  Random random(5);
  for (unsigned bits = 3; bits <= 8; ++bits) {
    for (const uint32_t block : {16u, 32u, 64u, 128u}) {
      KvCache cache = MustMake({2, 83, 2, bits, block, {}});
      const std::vector<float> row = random.Normals(166);
      REQUIRE(cache.Append(row).ok());
      const std::vector<float> stored = StoredKeys(cache);
      for (size_t h = 0; h < 2; ++h) {
        for (size_t c = 0; c < 83; c += block) {
          const std::span<const float> part(&row[h * 83 + c], std::min<size_t>(block, 83 - c));
          const uint8_t exponent = format::BlockExponent(part);
          for (size_t i = 0; i < part.size(); ++i) {
            const int q = format::BfpCode(bits, exponent, part[i]);
            CHECK(stored[h * 83 + c + i] == format::BfpValue(bits, exponent, q));
          }
        }
      }
    }
  }
}

TEST_CASE("the bytes of a BFP12 block") {
  const std::vector<float> block = {1.0f, -2.5f, 0.3f, 7.0f, 0.0f, -0.06f, 3.49f, -6.99f};
  uint8_t bytes[5];
  format::PackBfpBlock(4, block, bytes);
  const uint8_t want[] = {0x81, 0xe1, 0x70, 0x00, 0x93};
  for (size_t i = 0; i < 5; ++i) CHECK(bytes[i] == want[i]);
}

TEST_CASE("NaN and infinity spoil their block and token only") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    KvCache cache = MustMake({1, 64, 3, 4, 32, {}});
    std::vector<float> rows(3 * 64, 1.0f);
    rows[64 + 40] = bad;
    REQUIRE(cache.Append(rows).ok());
    const std::vector<float> stored = StoredKeys(cache);
    for (size_t i = 0; i < stored.size(); ++i) {
      CHECK(std::isnan(stored[i]) == (i >= 64 + 32 && i < 128));
    }
    std::vector<float> scores(3);
    REQUIRE(cache.Scores(0, std::vector<float>(64, 1.0f), scores).ok());
    CHECK(scores[0] == 64);
    CHECK(std::isnan(scores[1]));
    CHECK(scores[2] == 64);
  }
}

TEST_CASE("what is refused") {
  const auto code = [](auto change) {
    KvCacheSpec spec{2, 32, 4, 4, 32, {}};
    change(spec);
    return KvCache::Make(spec).status().code();
  };
  CHECK(code([](KvCacheSpec&) {}) == Code::kOk);
  CHECK(code([](KvCacheSpec& s) { s.heads = 0; }) == Code::kBadShape);
  CHECK(code([](KvCacheSpec& s) { s.heads = SIZE_MAX; }) == Code::kBadShape);
  CHECK(code([](KvCacheSpec& s) { s.head_dim = 0; }) == Code::kBadShape);
  CHECK(code([](KvCacheSpec& s) { s.capacity = 0; }) == Code::kBadShape);
  CHECK(code([](KvCacheSpec& s) { s.bits = 2; }) == Code::kBadArgument);
  CHECK(code([](KvCacheSpec& s) { s.bits = 9; }) == Code::kBadArgument);
  CHECK(code([](KvCacheSpec& s) { s.block = 48; }) == Code::kBadArgument);
  CHECK(code([](KvCacheSpec& s) { s.order.from = {0, 1}; }) == Code::kBadShape);
  CHECK(code([](KvCacheSpec& s) { s.order.from.assign(64, 0); }) == Code::kBadArgument);

  KvCache cache = MustMake({2, 32, 4, 4, 32, {}});
  const std::vector<float> values(5 * 64, 1.0f);
  const auto part = [&](size_t count) { return std::span<const float>(values.data(), count); };
  CHECK(cache.Append(part(63)).code() == Code::kBadShape);
  CHECK(cache.Append(part(320)).code() == Code::kBadShape);
  CHECK(cache.tokens() == 0);
  REQUIRE(cache.Append(part(256)).ok());
  CHECK(cache.Append(part(64)).code() == Code::kBadShape);
  std::vector<float> out(64);
  CHECK(cache.Scores(2, part(32), {out.data(), 4}).code() == Code::kBadShape);
  CHECK(cache.Scores(0, part(31), {out.data(), 4}).code() == Code::kBadShape);
  CHECK(cache.Scores(0, part(32), {out.data(), 5}).code() == Code::kBadShape);
  CHECK(cache.WeightedSum(0, part(4), {out.data(), 33}).code() == Code::kBadShape);
  CHECK(cache.Row(4, out).code() == Code::kBadShape);
  CHECK(cache.Row(0, {out.data(), 63}).code() == Code::kBadShape);
}

}  // namespace
}  // namespace lutgemm
