// Steps 1 to 3 of the PE, each against quotients of doubles.
#include "model/units/lanes.h"

#include "model/units/accumulator.h"
#include "model/units/oracle.h"

#include <doctest/doctest.h>

using namespace lutgemm::model::units;
using lutgemm::test::Random;
namespace oracle = lutgemm::test::pe;

namespace {

constexpr std::array kRoundings = {Rounding::kTruncate, Rounding::kNearestEven};
constexpr int kRandomCases = 1'000'000;

Term RandomTerm(Random& random) {
  const uint64_t bits = random.Bits();
  return {(bits & 1) != 0, static_cast<uint8_t>(bits >> 1 & 3),
          static_cast<uint8_t>(bits >> 3 & 1)};
}

}  // namespace

TEST_CASE("every finite f16 splits into sign, exponent and mantissa") {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const auto f16 = static_cast<uint16_t>(bits);
    const float value = lutgemm::format::F16ToF32(f16);
    REQUIRE(IsFiniteF16(f16) == std::isfinite(value));
    if (!std::isfinite(value)) continue;
    const Activation act = SplitF16(f16);
    const double magnitude = std::ldexp(act.mantissa, act.exponent - 25);
    REQUIRE((act.negative ? -magnitude : magnitude) == value);
    REQUIRE(act.negative == std::signbit(value));
    REQUIRE(act.exponent >= 1);
    REQUIRE(act.exponent <= 30);
    REQUIRE((act.mantissa >= 1024 || act.exponent == 1));
    REQUIRE(act.mantissa < 2048);
  }
}

TEST_CASE("every mantissa moves right by every amount") {
  for (const Rounding rounding : kRoundings) {
    for (unsigned mantissa = 0; mantissa < 2048; ++mantissa) {
      for (unsigned shift = 0; shift < 64; ++shift) {
        const double exact = std::ldexp(mantissa * 8.0, -static_cast<int>(shift));
        REQUIRE(AlignMantissa(mantissa, shift, rounding) == oracle::Round(exact, rounding));
      }
      REQUIRE(AlignMantissa(mantissa, kAlignedBits, Rounding::kTruncate) == 0);
    }
  }
}

TEST_CASE("a cycle of four lanes: extremes and a million random ones") {
  Random random(1);
  for (int i = 0; i < kRandomCases; ++i) {
    const Rounding rounding = kRoundings[static_cast<size_t>(i) % 2];
    LaneActivations acts;
    LaneTerms terms;
    std::array<oracle::Parts, 4> parts;
    std::array<int, 4> digits{}, shifts{};
    for (size_t lane = 0; lane < kLanes; ++lane) {
      // The first cases: largest values, all of one sign.
      const uint16_t f16 = i < 4 ? uint16_t{0x7bff} : oracle::RandomF16(random);
      acts[lane] = SplitF16(f16);
      parts[lane] = oracle::PartsOf(f16);
      terms[lane] = i < 4 ? Term{i >= 2, 3, 1} : RandomTerm(random);
      digits[lane] = oracle::TermValue(terms[lane]);
      shifts[lane] = terms[lane].exponent;
    }
    const Alignment match = MatchExponents(acts, terms);
    const oracle::Scaled want = oracle::Dot(parts, digits, shifts, rounding);
    REQUIRE(match.exponent == want.exponent);
    REQUIRE(MultiplyAndAdd(acts, terms, match, rounding) == want.mantissa);
  }
}

TEST_CASE("every sum that can arise is normalised to 15 bits") {
  for (const Rounding rounding : kRoundings) {
    for (int wide = -(1 << 23); wide < 1 << 23; ++wide) {
      const GroupSum sum = Normalise(wide, 9, rounding);
      const int shift = sum.exponent - 9;
      // Right shifts only, rounded as asked, and not one more than needed.
      const double exact = std::ldexp(wide, -shift);
      const double left = oracle::Round(std::ldexp(wide, 1 - shift), rounding);
      const bool ok = sum.mantissa == oracle::Round(exact, rounding) &&
                      FitsSigned(sum.mantissa, kSumBits) && shift >= 0 && shift <= 10 &&
                      (shift == 0 || left < -16384.0 || left > 16383.0);
      if (!ok) CAPTURE(wide);
      if (!ok) REQUIRE(ok);
    }
  }
}

TEST_CASE("accumulating: a million random states") {
  Random random(2);
  for (int i = 0; i < kRandomCases; ++i) {
    const Rounding rounding = kRoundings[static_cast<size_t>(i) % 2];
    const GroupSum sum{random.Int(-16384, 16383), static_cast<uint8_t>(random.Below(46))};
    const int dot = random.Int(-65504, 65504);
    const auto exponent = static_cast<unsigned>(random.Below(34));
    const auto significance = static_cast<unsigned>(random.Below(7));
    const GroupSum got = Accumulate(sum, dot, exponent, significance, rounding);
    const oracle::Scaled want =
        oracle::Add({double(sum.mantissa), sum.exponent}, {double(dot), static_cast<int>(exponent)},
                    static_cast<int>(significance), rounding);
    REQUIRE(got.mantissa == want.mantissa);
    REQUIRE(got.exponent == want.exponent);
  }
}

TEST_CASE("the sum of accumulator and dot product needs 24 bits") {
  const int dot = 4 * (2047 << kGuardBits);
  CHECK(FitsSigned(dot, 17));
  CHECK(FitsSigned(dot * 64, kShiftedBits));
  const GroupSum full{16383, 20};
  CHECK_FALSE(FitsSigned(full.mantissa + dot * 64, kShiftedBits));
  const GroupSum sum = Accumulate(full, dot, 20, 6, Rounding::kTruncate);
  CHECK(sum.exponent == 29);  // moved by 9
  CHECK(sum.mantissa == (16383 + 65504 * 64) >> 9);
}

TEST_CASE("a cancelled sum keeps its exponent") {
  const GroupSum sum = Accumulate({-4096, 20}, 4096, 20, 0, Rounding::kTruncate);
  CHECK(sum == GroupSum{0, 20});
}
