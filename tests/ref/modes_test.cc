// Mode fast of methods planes and fives: tables of four and of five activations, worked out by
// hand, exact where nothing is rounded, and within the bound where it is.
#include "ref/modes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "format/traits.h"
#include "ref/gemm.h"
#include "support/case.h"

namespace lutgemm::ref {
namespace {

constexpr size_t kLengths[] = {4, 5};
constexpr WeightFormat kFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                     WeightFormat::kInt4, WeightFormat::kTernary};

// Ternary weights of one row and scale 1, by their values.
QuantizedMatrix Ternary(const std::vector<int>& values) {
  QuantizedMatrix m;
  m.info = {WeightFormat::kTernary, ZeroKind::kNone, Elem::kF32, 1, values.size(), kWholeRow};
  for (const int value : values) m.codes.push_back(static_cast<uint8_t>(value + 1));
  m.scales = {1};
  return m;
}

TEST_CASE("halves are rounded up in even fives and down in odd ones, by hand") {
  // The first five sets the scale to 1, the next two hold a half each.
  const std::vector<float> act = {127, 0, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0, 0, 0, 0.5f, 0};
  const auto product = [&](int first, int second, int last) {
    std::vector<int> values(15, last);
    values[0] = first;
    values[6] = values[13] = second;
    return FastPlanesGemm(Ternary(values), act, 1, 130, 5);
  };
  CHECK(product(1, 1, 1) == std::vector<float>{127 + 0 + 1});
  CHECK(product(-1, -1, -1) == std::vector<float>{-127 - 0 - 1});
  // Entries that subtract the fifth activation are negatives of those that add it.
  CHECK(product(1, 1, -1) == std::vector<float>{127 + 1 + 0});
  CHECK(product(-1, -1, 1) == std::vector<float>{-127 - 1 - 0});
  // Weights of 0 are halves of opposite digits.
  CHECK(product(1, 0, 1) == std::vector<float>{127 + (0 - 1) * 0.5f + (1 - 0) * 0.5f});
}

TEST_CASE("every group starts with an even five; at its end count zeros and bits of zero") {
  QuantizedMatrix ones = Ternary(std::vector<int>(30, 1));
  ones.info.group = 15;
  ones.scales = {1, 1};
  std::vector<float> act(30);
  act[0] = act[15] = 126.5f;
  act[5] = act[20] = 127;
  CHECK(FastPlanesGemm(ones, act, 1, 130, 5) == std::vector<float>{127 + 127 + 127 + 127});
  // Three activations lack in the last five, whose half is rounded as where the fifth is
  // subtracted.
  QuantizedMatrix short_groups = Ternary(std::vector<int>(24, 1));
  short_groups.info.group = 12;
  short_groups.scales = {1, 1};
  act.assign(24, 0.0f);
  act[10] = act[12] = 126.5f;
  act[5] = act[17] = 127;
  CHECK(FastPlanesGemm(short_groups, act, 1, 130, 5) == std::vector<float>{127 + 126 + 127 + 127});
}

// Small integers such that every block's largest sum of `length` magnitudes is 127, so that its
// scale is 1.
std::vector<float> IntegerActs(const WeightInfo& info, size_t m, size_t block, size_t length,
                               test::Random& random) {
  std::vector<float> act(m * info.k);
  for (float& a : act) a = static_cast<float>(random.Int(-20, 20));
  for (size_t t = 0; t < m; ++t) {
    for (size_t g = 0; g < info.groups(); ++g) {
      for (size_t k = info.group_begin(g); k < info.group_end(g); k += block) {
        float rest = 0;
        for (size_t i = k + 1; i < std::min(k + length, info.group_end(g)); ++i) {
          rest += std::abs(act[t * info.k + i]);
        }
        act[t * info.k + k] = 127 - rest;
      }
    }
  }
  return act;
}

TEST_CASE("integers at a scale of 1 give the exact product, in every format, group and block") {
  test::Random random(61);
  for (const WeightFormat format : kFormats) {
    for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (zero != ZeroKind::kNone && !format::HasZeros(format)) continue;
      for (const uint32_t group : {16u, 64u, 128u, kWholeRow}) {
        for (const size_t length : kLengths) {
          const size_t block = 10 * length;
          QuantizedMatrix m = test::RandomMatrix({format, zero, Elem::kF32, 3, 301, group}, random);
          for (float& scale : m.scales) scale = 0.25f;
          for (float& offset : m.offsets) offset = -0.5f;
          const auto act = IntegerActs(m.info, 2, block, length, random);
          const auto out = FastPlanesGemm(m, act, 2, block, length);
          const auto exact = GemmF64(m, act, 2);
          CAPTURE(static_cast<int>(format));
          CAPTURE(static_cast<int>(zero));
          CAPTURE(group);
          CAPTURE(length);
          CHECK(std::vector<double>(out.begin(), out.end()) == exact);
        }
      }
    }
  }
}

double SquaredError(const std::vector<float>& values, const std::vector<double>& exact) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += std::pow(values[i] - exact[i], 2);
  return sum;
}

TEST_CASE("tables of two planes keep their bound against int8 activations") {
  // docs/numerics.md; the ratio of two such sums scatters by about 10 %.
  for (const WeightFormat format : {WeightFormat::kInt2, WeightFormat::kTernary}) {
    for (const uint32_t group : {64u, 128u, kWholeRow}) {
      for (const size_t length : kLengths) {
        for (const double outliers : {0.0, 0.005}) {
          test::Random random(62);
          const size_t k = 4096, m = 4, block = length == 4 ? 128 : 130;
          const auto matrix = test::RandomMatrix(
              {format, ZeroKind::kNone, Elem::kF32, 96, static_cast<uint32_t>(k), group}, random);
          auto act = random.Normals(m * k);
          for (float& a : act) a *= random.Unit() < outliers ? 20.0f : 1.0f;
          const auto exact = GemmF64(matrix, act, m);
          const double fast = SquaredError(FastPlanesGemm(matrix, act, m, block, length), exact);
          const double int8 = SquaredError(ExactGemm(matrix, act, m, block), exact);
          CAPTURE(static_cast<int>(format));
          CAPTURE(group);
          CAPTURE(length);
          CAPTURE(outliers);
          CHECK(fast <= (outliers > 0 ? 0.5 : 1.25) * 1.1 * int8);
        }
      }
    }
  }
}

TEST_CASE("NaN, infinity and zeros stay in their block of fives") {
  const std::vector<int> ones(20, 1);
  const float inf = std::numeric_limits<float>::infinity();
  for (const float special : {std::nanf(""), inf, -inf}) {
    for (const size_t at : {size_t{0}, size_t{4}, size_t{9}, size_t{19}}) {
      std::vector<float> act(20, 1.0f);
      act[at] = special;
      CHECK(std::isnan(FastPlanesGemm(Ternary(ones), act, 1, 10, 5)[0]));
    }
  }
  CHECK(FastPlanesGemm(Ternary(ones), std::vector<float>(20), 1, 10, 5) == std::vector<float>{0});
  std::vector<float> half(20);
  half[12] = 127;
  CHECK(FastPlanesGemm(Ternary(ones), half, 1, 10, 5) == std::vector<float>{127});
}

}  // namespace
}  // namespace lutgemm::ref
