// Products straight from blocks of a key or value cache: every target gives PORTABLE's bits, and
// these follow the definition.
#include "format/bfp_block.h"
#include "kernels/registry.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::Random;

// A block of `length` channels of some tokens, with its units, in memory that ends where it ends.
struct Cache {
  std::vector<uint8_t> bytes;
  std::vector<float> units;
  kernels::CacheBlock block;
};

Cache RandomCache(unsigned bits, size_t length, size_t tokens, Random& random) {
  Cache cache;
  const size_t token_bytes = format::BfpBlockBytes(bits, length);
  cache.bytes.resize(tokens * token_bytes);
  for (size_t t = 0; t < tokens; ++t) {
    std::vector<float> row = random.Normals(length);
    if (t == 1) row.assign(length, 0.0f);
    if (t == 2) row.assign(length, -3e35f);
    if (t == 3) row[length / 2] = std::numeric_limits<float>::quiet_NaN();
    format::PackBfpBlock(bits, row, cache.bytes.data() + t * token_bytes);
  }
  for (int e = 0; e < 256; ++e) {
    cache.units.push_back(static_cast<float>(format::BfpValue(bits, static_cast<uint8_t>(e), 1)));
  }
  cache.block = {cache.bytes.data(), token_bytes, length, bits, cache.units.data()};
  return cache;
}

std::vector<float> Padded(std::vector<float> values) {
  values.resize((values.size() + 7) / 8 * 8);
  return values;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

constexpr size_t kTokens = 5;
constexpr size_t kLengths[] = {1, 7, 8, 9, 16, 33, 64, 127, 128};

TEST_CASE("every target multiplies blocks with PORTABLE's bits") {
  Random random(31);
  const auto targets = kernels::SupportedTargets();
  for (unsigned bits = format::kMinBfpBits; bits <= format::kMaxBfpBits; ++bits) {
    for (const size_t length : kLengths) {
      CAPTURE(bits);
      CAPTURE(length);
      const Cache cache = RandomCache(bits, length, kTokens, random);
      const std::vector<float> query = Padded(random.Normals(length));
      const std::vector<float> probabilities = random.Normals(kTokens);
      std::vector<float> want_scores(kTokens, 0.5f), want_sums(query.size(), 0.25f);
      targets.back()->block_scores(cache.block, query.data(), kTokens, want_scores.data());
      targets.back()->block_sums(cache.block, probabilities.data(), 3, want_sums.data());
      for (const kernels::TargetKernels* target : targets) {
        CAPTURE(std::string(target->name));
        std::vector<float> scores(kTokens, 0.5f), sums(query.size(), 0.25f);
        target->block_scores(cache.block, query.data(), kTokens, scores.data());
        target->block_sums(cache.block, probabilities.data(), 3, sums.data());
        CHECK(SameBits(scores, want_scores));
        CHECK(SameBits(sums, want_sums));
      }
    }
  }
}

TEST_CASE("scores and sums are those of the unpacked blocks in float64") {
  Random random(32);
  const kernels::TargetKernels& target = *kernels::SupportedTargets().back();
  for (unsigned bits = format::kMinBfpBits; bits <= format::kMaxBfpBits; ++bits) {
    const size_t length = 40;
    const Cache cache = RandomCache(bits, length, kTokens, random);
    const std::vector<float> query = random.Normals(length);
    const std::vector<float> probabilities = random.Normals(kTokens);
    std::vector<float> scores(kTokens), sums(length);
    target.block_scores(cache.block, query.data(), kTokens, scores.data());
    target.block_sums(cache.block, probabilities.data(), 1, sums.data());
    for (size_t t = 0; t < kTokens; ++t) {
      float integers[format::kMaxBfpBlock];
      const uint8_t* token = cache.bytes.data() + t * cache.block.token_bytes;
      const double unit = format::UnpackBfpBlock(bits, length, token, integers);
      double exact = 0, size = 0;
      for (size_t i = 0; i < length; ++i) {
        exact += unit * integers[i] * query[i];
        size += std::abs(unit * integers[i] * query[i]);
        if (t == 0) CHECK(sums[i] == doctest::Approx(probabilities[0] * unit * integers[i]));
      }
      if (t == 3) {
        CHECK(std::isnan(scores[t]));
      } else {
        // Each of length + 1 products and as many sums is rounded.
        CHECK(std::abs(scores[t] - exact) <= (2.0 * length + 2) * 0x1p-24 * size);
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
