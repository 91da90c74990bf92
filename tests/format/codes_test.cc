// All codes of all formats: integer values, planes, and the identity that table lookup rests on.
#include "format/planes.h"
#include "support/gen/formats.h"

#include <doctest/doctest.h>

#include <vector>

namespace lutgemm::format {
namespace {

// body(format) for every format without a codebook.
template <class Body>
void ForEachFormat(const Body& body) {
  for (const WeightFormat format : test::kAllFormats) {
    if (FactsOf(format).integers == Integers::kBook) continue;
    CAPTURE(Name(format));
    body(format);
  }
}

// A code's bits, each times its plane's multiplier.
constexpr unsigned WeightedBits(const Planes& planes, unsigned bits) {
  unsigned sum = 0;
  for (unsigned p = 0; p < planes.count; ++p) sum += planes.multiplier[p] * (bits >> p & 1u);
  return sum;
}

// The same with digits +1 and -1 for bits 1 and 0.
constexpr int SignedDigits(const Planes& planes, unsigned bits) {
  int sum = 0;
  for (unsigned p = 0; p < planes.count; ++p) {
    const int multiplier = static_cast<int>(planes.multiplier[p]);
    sum += (bits >> p & 1u) != 0 ? multiplier : -multiplier;
  }
  return sum;
}

TEST_CASE("integers of all codes, written out") {
  const auto values = [](WeightFormat format) {
    std::vector<int> all;
    for (unsigned q = 0; q < CodeCount(format); ++q) {
      all.push_back(IntegerValue(format, q, NoneZero(format)));
    }
    return all;
  };
  CHECK(values(WeightFormat::kInt1) == std::vector{-1, 1});
  CHECK(values(WeightFormat::kInt2) == std::vector{-2, -1, 0, 1});
  CHECK(values(WeightFormat::kInt3) == std::vector{-4, -3, -2, -1, 0, 1, 2, 3});
  CHECK(values(WeightFormat::kInt4) ==
        std::vector{-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(values(WeightFormat::kTernary) == std::vector{-1, 0, 1});
  CHECK(values(WeightFormat::kBfp3) == std::vector{-4, -3, -2, -1, 0, 1, 2, 3});
  ForEachFormat([&](WeightFormat format) {
    if (CodeBits(format) < 3) return;
    const int half = 1 << (CodeBits(format) - 1);
    for (int q = 0; q < 2 * half; ++q) CHECK(values(format)[static_cast<size_t>(q)] == q - half);
  });
}

TEST_CASE("int codes: the zero point stands for 0, and values rise by 1 with the code") {
  for (const WeightFormat format : test::kZeroFormats) {
    CAPTURE(Name(format));
    for (unsigned zero = 0; zero < 256; ++zero) {
      for (unsigned q = 0; q < CodeCount(format); ++q) {
        CHECK(IntegerValue(format, q, zero) == static_cast<int>(q) - static_cast<int>(zero));
      }
    }
  }
}

TEST_CASE("planes: bits weigh as much as their code") {
  ForEachFormat([](WeightFormat format) {
    const Planes planes = PlanesOf(format);
    CHECK(planes.count == CodeBits(format));
    CHECK(planes.total() + 1 == CodeCount(format));
    for (unsigned q = 0; q < CodeCount(format); ++q) {
      const unsigned bits = PlaneBits(format, q);
      CHECK(bits < (1u << planes.count));
      CHECK(WeightedBits(planes, bits) == q);
      CHECK(SignedDigits(planes, bits) ==
            2 * static_cast<int>(q) - static_cast<int>(planes.total()));
    }
  });
}

TEST_CASE("ternary planes: the middle code sets plane 0 only") {
  CHECK(PlaneBits(WeightFormat::kTernary, 0) == 0b00);
  CHECK(PlaneBits(WeightFormat::kTernary, 1) == 0b01);
  CHECK(PlaneBits(WeightFormat::kTernary, 2) == 0b11);
}

TEST_CASE("twice the integer is the gain times the signed digits plus the center") {
  ForEachFormat([](WeightFormat format) {
    for (unsigned zero = 0; zero < 256; ++zero) {
      for (unsigned q = 0; q < CodeCount(format); ++q) {
        const int digits = SignedDigits(PlanesOf(format), PlaneBits(format, q));
        CHECK(2 * IntegerValue(format, q, zero) == Gain(format) * digits + Center(format, zero));
      }
    }
  });
}

TEST_CASE("everything here is usable in constant expressions") {
  static_assert(IntegerValue(WeightFormat::kInt4, 0, NoneZero(WeightFormat::kInt4)) == -8);
  static_assert(IntegerValue(WeightFormat::kInt8, 255, NoneZero(WeightFormat::kInt8)) == 127);
  static_assert(PlaneBits(WeightFormat::kTernary, 1) == 1);
  static_assert(Center(WeightFormat::kInt4, 8) == -1);
}

}  // namespace
}  // namespace lutgemm::format
