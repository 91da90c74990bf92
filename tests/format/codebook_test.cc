// Codebooks: every entry of the fixed ones, the planes of 3-bit BitMoD, rounding of real values.
#include "format/codebook.h"
#include "format/bitmod.h"
#include "format/minifloat.h"
#include "format/traits.h"
#include "support/gen/formats.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace lutgemm::format {
namespace {

constexpr Codebook kBitmod3 = FixedBook(WeightFormat::kBitmod3);
constexpr Codebook kBitmod4 = FixedBook(WeightFormat::kBitmod4);
constexpr Codebook kNf4Table = FixedBook(WeightFormat::kNf4);

std::vector<int> Sorted(const Codebook& book, unsigned table) {
  std::vector<int> values(book.values[table].begin(), book.values[table].begin() + book.codes);
  std::sort(values.begin(), values.end());
  return values;
}

TEST_CASE("BitMoD: all value sets, sorted, in units") {
  CHECK(kBitmod3.unit == 1.0f);
  CHECK(kBitmod3.codes == 8);
  CHECK(kBitmod3.tables == 4);
  CHECK(Sorted(kBitmod3, 0) == std::vector{-4, -2, -1, 0, 1, 2, 3, 4});
  CHECK(Sorted(kBitmod3, 1) == std::vector{-4, -3, -2, -1, 0, 1, 2, 4});
  CHECK(Sorted(kBitmod3, 2) == std::vector{-4, -2, -1, 0, 1, 2, 4, 6});
  CHECK(Sorted(kBitmod3, 3) == std::vector{-6, -4, -2, -1, 0, 1, 2, 4});
  CHECK(kBitmod4.unit == 0.5f);
  const std::vector<int> special = {10, -10, 16, -16};
  for (unsigned type = 0; type < 4; ++type) {
    std::vector<int> want = {-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12, special[type]};
    std::sort(want.begin(), want.end());
    CHECK(Sorted(kBitmod4, type) == want);
  }
}

TEST_CASE("BitMoD: codes are sign and magnitude, the special value at -0") {
  for (unsigned type = 0; type < 4; ++type) {
    for (unsigned code = 1; code < 8; ++code) {
      CHECK(kBitmod4.values[type][code] == 2 * MiniFloatValue(kE2M1, code));
      CHECK(kBitmod4.values[type][code + 8] == -kBitmod4.values[type][code]);
    }
    for (unsigned code = 1; code < 4; ++code) {
      CHECK(kBitmod3.values[type][code] == 1 << (code - 1));
      CHECK(kBitmod3.values[type][code + 4] == -(1 << (code - 1)));
    }
    CHECK(kBitmod3.values[type][0] == 0);
    CHECK(kBitmod4.values[type][0] == 0);
  }
  CHECK(kBitmod3.values[1][4] == -3);
  CHECK(kBitmod4.values[2][8] == 16);
}

TEST_CASE("BitMoD: ER+ and EA+ mirror ER- and EA-") {
  for (unsigned bits : {3u, 4u}) {
    const Codebook book = bits == 3 ? kBitmod3 : kBitmod4;
    for (unsigned type : {0u, 2u}) {
      std::vector<int> mirrored = Sorted(book, type + 1);
      for (int& v : mirrored) v = -v;
      std::reverse(mirrored.begin(), mirrored.end());
      CHECK(Sorted(book, type) == mirrored);
    }
  }
}

TEST_CASE("BitMoD: plane bits of 3-bit codes are a permutation and give the value") {
  for (unsigned type = 0; type < 4; ++type) {
    std::set<unsigned> seen;
    for (unsigned code = 0; code < 8; ++code) {
      const unsigned bits = kBitMod3Planes[type][code];
      seen.insert(bits);
      CHECK(BitMod3PlaneValue(type, bits) == kBitmod3.values[type][code]);
    }
    CHECK(seen.size() == 8);
  }
}

TEST_CASE("FP4 in half units") {
  for (const WeightFormat format : {WeightFormat::kMxfp4, WeightFormat::kNvfp4}) {
    const Codebook book = FixedBook(format);
    CHECK(book.unit == 0.5f);
    for (unsigned code = 0; code < 16; ++code) {
      CHECK(book.values[0][code] * book.unit == MiniFloatValue(kE2M1, code));
    }
  }
}

TEST_CASE("NF4 in int8: the error is as documented") {
  CHECK(kNf4Table == RoundedCodebook(kNf4));
  CHECK(kNf4Table.codes == 16);
  CHECK(kNf4Table.values[0][0] == -112);
  CHECK(kNf4Table.values[0][7] == 0);
  CHECK(kNf4Table.values[0][15] == 112);
  double largest = 0, squares = 0;
  for (unsigned code = 0; code < 16; ++code) {
    const double error = kNf4[code] - double(kNf4Table.values[0][code]) * kNf4Table.unit;
    largest = std::max(largest, std::fabs(error));
    squares += error * error;
  }
  CHECK(largest < 0.0039);
  CHECK(std::sqrt(squares / 16) < 0.00173);
}

TEST_CASE("integers and small fractions round to themselves") {
  const std::vector<float> iq4nl = {-127, -104, -83, -65, -49, -35, -22, -10,
                                    1,    13,   25,  38,  53,  69,  89,  113};
  const Codebook book = RoundedCodebook(iq4nl);
  CHECK(book.unit == 1.0f);
  for (size_t i = 0; i < 16; ++i) CHECK(book.values[0][i] == iq4nl[i]);
  const std::vector<float> halves = {-1.5f, 0, 0.5f, 6};
  const Codebook small = RoundedCodebook(halves);
  CHECK(small.unit == 0.5f);
  CHECK(small.codes == 4);
  CHECK(small.tables == 1);
  for (size_t i = 0; i < 4; ++i) CHECK(small.values[0][i] * small.unit == halves[i]);
}

TEST_CASE("a rounded codebook is off by no more than a 254th of the largest, root mean square") {
  uint32_t state = 7;
  for (int round = 0; round < 50; ++round) {
    std::vector<float> values(2 + static_cast<size_t>(round) % 15);
    float largest = 0;
    for (float& v : values) {
      state = state * 1664525u + 1013904223u;
      v = static_cast<float>(static_cast<int32_t>(state)) * 1e-9f;
      largest = std::max(largest, std::fabs(v));
    }
    const Codebook book = RoundedCodebook(values);
    double squares = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double error = values[i] - double(book.values[0][i]) * book.unit;
      squares += error * error;
    }
    CHECK(std::sqrt(squares / double(values.size())) <= largest / 254.0 * 1.0001);
  }
}

TEST_CASE("which formats have which book") {
  for (const WeightFormat format : test::kAllFormats) {
    CAPTURE(Name(format));
    const Codebook book = FixedCodebook(format);
    CHECK((book.codes != 0) == (IsBook(format) && format != WeightFormat::kCodebook));
    if (book.codes != 0) CHECK(book.codes == CodeCount(format));
    CHECK(HasSelectors(format) == (book.tables == 4));
    const QuantSpec spec = DefaultSpec(format);
    CHECK(TakesGroup(format, spec.group));
    CHECK(TakesScale(format, spec.scale));
  }
  CHECK(BfpBits(WeightFormat::kBfp3) == 3);
  CHECK(BfpBits(WeightFormat::kBfp8) == 8);
  CHECK(BfpBits(WeightFormat::kCodebook) == 0);
  CHECK_FALSE(TakesGroup(WeightFormat::kMxfp4, 16));
  CHECK_FALSE(TakesGroup(WeightFormat::kBfp4, 48));
  CHECK_FALSE(TakesGroup(WeightFormat::kBitmod4, kWholeTensor));
  CHECK_FALSE(TakesScale(WeightFormat::kInt4, Elem::kU8));
  CHECK_FALSE(TakesScale(WeightFormat::kNvfp4, Elem::kE8m0));
}

}  // namespace
}  // namespace lutgemm::format
