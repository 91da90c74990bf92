// All codes of all formats: integer values, planes, and the identity that table lookup rests on.
#include "format/int.h"
#include "format/planes.h"
#include "format/ternary.h"

#include <doctest/doctest.h>

#include <vector>

namespace lutgemm::format {
namespace {

constexpr WeightFormat kFormats[] = {
    WeightFormat::kInt1,    WeightFormat::kInt2, WeightFormat::kInt3, WeightFormat::kInt4,
    WeightFormat::kTernary, WeightFormat::kBfp3, WeightFormat::kBfp4, WeightFormat::kBfp5,
    WeightFormat::kBfp6,    WeightFormat::kBfp7, WeightFormat::kBfp8, WeightFormat::kInt5,
    WeightFormat::kInt6,    WeightFormat::kInt8};

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
  for (const WeightFormat format :
       {WeightFormat::kBfp4, WeightFormat::kBfp5, WeightFormat::kBfp6, WeightFormat::kBfp7,
        WeightFormat::kBfp8, WeightFormat::kInt5, WeightFormat::kInt6, WeightFormat::kInt8}) {
    const int half = 1 << (CodeBits(format) - 1);
    for (int q = 0; q < 2 * half; ++q) CHECK(values(format)[static_cast<size_t>(q)] == q - half);
  }
}

TEST_CASE("int codes: the zero point stands for 0, and values rise by 1 with the code") {
  for (unsigned bits = 2; bits <= 8; ++bits) {
    CHECK(IntCodes(bits) == 1u << bits);
    for (unsigned zero = 0; zero < IntCodes(bits); ++zero) {
      CHECK(IntValue(bits, zero, zero) == 0);
      for (unsigned q = 1; q < IntCodes(bits); ++q) {
        CHECK(IntValue(bits, q, zero) - IntValue(bits, q - 1, zero) == 1);
      }
    }
    CHECK(IntValue(bits, 0, SymmetricZero(bits)) == SymmetricMin(bits));
    CHECK(IntValue(bits, IntCodes(bits) - 1, SymmetricZero(bits)) == SymmetricMax(bits));
  }
  CHECK(IntValue(4, 15, 255) == -240);  // zero points may lie outside the codes
}

TEST_CASE("ternary codes") {
  CHECK(TernaryValue(0) == -1);
  CHECK(TernaryValue(2) == 1);
  CHECK(TernaryValue(kTernaryZero) == 0);
}

TEST_CASE("planes: bits weigh as much as their code") {
  for (const WeightFormat format : kFormats) {
    CAPTURE(Name(format));
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
  }
}

TEST_CASE("ternary planes: the middle code sets plane 0 only") {
  CHECK(PlaneBits(WeightFormat::kTernary, 0) == 0b00);
  CHECK(PlaneBits(WeightFormat::kTernary, 1) == 0b01);
  CHECK(PlaneBits(WeightFormat::kTernary, 2) == 0b11);
}

TEST_CASE("twice the integer is the gain times the signed digits plus the center") {
  for (const WeightFormat format : kFormats) {
    CAPTURE(Name(format));
    for (unsigned zero = 0; zero < 256; ++zero) {
      for (unsigned q = 0; q < CodeCount(format); ++q) {
        const int digits = SignedDigits(PlanesOf(format), PlaneBits(format, q));
        CHECK(2 * IntegerValue(format, q, zero) == Gain(format) * digits + Center(format, zero));
      }
    }
  }
}

TEST_CASE("everything here is usable in constant expressions") {
  static_assert(IntegerValue(WeightFormat::kInt4, 0, NoneZero(WeightFormat::kInt4)) == -8);
  static_assert(IntegerValue(WeightFormat::kInt8, 255, NoneZero(WeightFormat::kInt8)) == 127);
  static_assert(PlaneBits(WeightFormat::kTernary, 1) == 1);
  static_assert(Center(WeightFormat::kInt4, 8) == -1);
}

}  // namespace
}  // namespace lutgemm::format
