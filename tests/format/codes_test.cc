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
    WeightFormat::kBfp6,    WeightFormat::kBfp7, WeightFormat::kBfp8};

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
  for (const WeightFormat format : {WeightFormat::kBfp4, WeightFormat::kBfp5, WeightFormat::kBfp6,
                                    WeightFormat::kBfp7, WeightFormat::kBfp8}) {
    const int half = 1 << (CodeBits(format) - 1);
    for (int q = 0; q < 2 * half; ++q) CHECK(values(format)[static_cast<size_t>(q)] == q - half);
  }
}

TEST_CASE("int codes: value and code undo each other at every zero point") {
  for (unsigned bits = 1; bits <= 8; ++bits) {
    CHECK(IntCodes(bits) == 1u << bits);
    for (unsigned zero = 0; zero < IntCodes(bits); ++zero) {
      for (unsigned q = 0; q < IntCodes(bits); ++q) {
        CHECK(IntCode(bits, IntValue(bits, q, zero), zero) == q);
      }
    }
  }
  for (unsigned bits = 2; bits <= 8; ++bits) {
    CHECK(IntValue(bits, 0, SymmetricZero(bits)) == SymmetricMin(bits));
    CHECK(IntValue(bits, IntCodes(bits) - 1, SymmetricZero(bits)) == SymmetricMax(bits));
  }
  CHECK(IntValue(4, 15, 255) == -240);  // zero points may lie outside the codes
}

TEST_CASE("ternary codes") {
  static_assert(kTernaryCodes == 3);
  for (int v = -1; v <= 1; ++v) CHECK(TernaryValue(TernaryCode(v)) == v);
  CHECK(TernaryValue(kTernaryZero) == 0);
}

TEST_CASE("planes: bits determine the code and weigh as much as it") {
  for (const WeightFormat format : kFormats) {
    CAPTURE(Name(format));
    const Planes planes = PlanesOf(format);
    CHECK(planes.count == CodeBits(format));
    CHECK(planes.total() + 1 == CodeCount(format));
    for (unsigned q = 0; q < CodeCount(format); ++q) {
      const unsigned bits = PlaneBits(format, q);
      CHECK(bits < (1u << planes.count));
      CHECK(CodeOfPlaneBits(format, bits) == q);
      CHECK(WeightedBits(format, bits) == q);
      CHECK(SignedDigits(format, bits) ==
            2 * static_cast<int>(q) - static_cast<int>(planes.total()));
    }
  }
}

TEST_CASE("ternary planes: the middle code sets plane 0 only; both odd patterns mean zero") {
  CHECK(PlaneBits(WeightFormat::kTernary, 0) == 0b00);
  CHECK(PlaneBits(WeightFormat::kTernary, 1) == 0b01);
  CHECK(PlaneBits(WeightFormat::kTernary, 2) == 0b11);
  CHECK(CodeOfPlaneBits(WeightFormat::kTernary, 0b10) == kTernaryZero);
}

TEST_CASE("twice the integer is the gain times the signed digits plus the center") {
  for (const WeightFormat format : kFormats) {
    CAPTURE(Name(format));
    for (unsigned zero = 0; zero < 256; ++zero) {
      for (unsigned q = 0; q < CodeCount(format); ++q) {
        const int digits = SignedDigits(format, PlaneBits(format, q));
        CHECK(2 * IntegerValue(format, q, zero) == Gain(format) * digits + Center(format, zero));
      }
    }
  }
}

TEST_CASE("everything here is usable in constant expressions") {
  static_assert(IntegerValue(WeightFormat::kInt4, 0, NoneZero(WeightFormat::kInt4)) == -8);
  static_assert(SignedDigits(WeightFormat::kTernary, 1) == 0);
  static_assert(Center(WeightFormat::kInt4, 8) == -1);
}

}  // namespace
}  // namespace lutgemm::format
