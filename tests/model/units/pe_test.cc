// The PE against the oracle, cycle for cycle; how far its sums are from exact ones; its cycles.
#include "model/units/pe.h"

#include "model/units/oracle.h"

#include <doctest/doctest.h>

using namespace lutgemm::model::units;
using lutgemm::test::Random;
namespace oracle = lutgemm::test::pe;

namespace {

constexpr std::array kRoundings = {Rounding::kTruncate, Rounding::kNearestEven};

// Four activations and four weights in both spellings.
struct Lanes {
  LaneActivations acts;
  LaneWeights weights;
  std::array<oracle::Parts, 4> parts;
  std::array<int, 4> values;  // of the weights, in TermUnit
};

WeightTerms RandomSpecial(TermType type, Random& random) {
  const auto& specials = type == TermType::kFp3 ? kFp3Specials : kFp4Specials;
  return *SpecialTerms(specials[random.Below(4)]);
}

Lanes RandomLanes(TermType type, Random& random, bool narrow) {
  Lanes lanes;
  for (size_t i = 0; i < kLanes; ++i) {
    uint16_t f16 = oracle::RandomF16(random);
    if (narrow) f16 = static_cast<uint16_t>((f16 & 0x83ff) | random.Int(10, 18) << 10);
    lanes.acts[i] = SplitF16(f16);
    lanes.parts[i] = oracle::PartsOf(f16);
    const auto code = static_cast<unsigned>(random.Below(size_t{1} << CodeBits(type)));
    lanes.weights[i] = TermsOf(type, code, RandomSpecial(type, random));
    lanes.values[i] = oracle::TermsValue(type, lanes.weights[i]);
  }
  return lanes;
}

// What the oracle's group sum is, and an upper bound of its distance from the exact sum.
struct Traced {
  oracle::Scaled sum;
  double exact = 0.0, bound = 0.0;
};

// Truncation drops less than a unit of each lane's aligned mantissa, of whichever of sum and dot
// product is moved, and of the normalised sum.
void Step(Traced& traced, TermType type, const Lanes& lanes, Rounding rounding) {
  const auto unit = [](int exponent) { return std::ldexp(1.0, exponent - kExponentBias); };
  for (unsigned t = 0; t < TermCount(type); ++t) {
    std::array<int, 4> digits{}, shifts{};
    for (size_t i = 0; i < kLanes; ++i) {
      digits[i] = oracle::TermValue(lanes.weights[i][t]);
      shifts[i] = lanes.weights[i][t].exponent;
    }
    const int significance = static_cast<int>(Significance(type, t));
    const oracle::Scaled dot = oracle::Dot(lanes.parts, digits, shifts, rounding);
    const int top = std::max(dot.exponent, traced.sum.exponent);
    traced.sum = oracle::Add(traced.sum, dot, significance, rounding);
    traced.bound += 4 * unit(dot.exponent + significance) + unit(top) + unit(traced.sum.exponent);
  }
  for (size_t i = 0; i < kLanes; ++i) {
    const oracle::Parts& act = lanes.parts[i];
    traced.exact += act.sign * std::ldexp(act.mantissa, act.exponent - 25) * lanes.values[i];
  }
}

double ValueOf(GroupSum sum) { return std::ldexp(sum.mantissa, sum.exponent - kExponentBias); }

// Cycles in which a PE sums a group of `group` weights, one term of four weights in each.
uint64_t SumCycles(TermType type, size_t group) {
  return (group + kLanes - 1) / kLanes * TermCount(type);
}

// Cycles from one group to the next: dequantisation hides behind the summing of groups that take
// at least 8 cycles (16 weights of FP4 or FP3, 12 of INT6, 8 of INT8).
uint64_t GroupCycles(TermType type, size_t group) {
  return std::max<uint64_t>(SumCycles(type, group), 8);
}

}  // namespace

TEST_CASE("a published step of four lanes: FP4 with a special value of 5") {
  const uint16_t f16[] = {0x3c00, 0xb800, 0x4000, 0x3400};  // 1, -0.5, 2, 0.25
  const unsigned codes[] = {3, 15, 8, 1};                   // 1.5, -6, special, 0.5
  LaneActivations acts;
  LaneWeights weights;
  for (size_t i = 0; i < kLanes; ++i) {
    acts[i] = SplitF16(f16[i]);
    weights[i] = TermsOf(TermType::kFp4, codes[i], *SpecialTerms(kFp4Specials[0]));
  }
  const auto dot = [&](unsigned t, unsigned exponent) {
    LaneTerms terms;
    for (size_t i = 0; i < kLanes; ++i) terms[i] = weights[i][t];
    const Alignment match = MatchExponents(acts, terms);
    CHECK(match.exponent == exponent);
    return MultiplyAndAdd(acts, terms, match, Rounding::kTruncate);
  };
  CHECK(dot(0, 17) == 14848);
  CHECK(dot(1, 18) == 11264);
  BitSerialPe pe(TermType::kFp4);
  pe.Step(acts, weights);
  CHECK(ValueOf(pe.sum()) * TermUnit(TermType::kFp4) == 14.625);
  CHECK(pe.cycles() == 2);
}

TEST_CASE("a million random steps of every type equal the oracle's") {
  Random random(3);
  constexpr int kSteps = 1'000'000, kGroup = 16;
  for (int i = 0; i < kSteps / kGroup; ++i) {
    const TermType type = kTermTypes[static_cast<size_t>(i) % kTermTypes.size()];
    const Rounding rounding = kRoundings[random.Below(2)];
    BitSerialPe pe(type, rounding);
    Traced want;
    for (int step = 0; step < kGroup; ++step) {
      const Lanes lanes = RandomLanes(type, random, false);
      pe.Step(lanes.acts, lanes.weights);
      Step(want, type, lanes, rounding);
      REQUIRE(pe.sum().mantissa == want.sum.mantissa);
      REQUIRE(pe.sum().exponent == want.sum.exponent);
    }
  }
}

TEST_CASE("sums of groups are as far from exact as truncation explains") {
  Random random(4);
  for (int i = 0; i < 2000; ++i) {
    const TermType type = kTermTypes[static_cast<size_t>(i) % kTermTypes.size()];
    BitSerialPe pe(type);
    Traced want;
    for (int step = 0; step < 32; ++step) {
      const Lanes lanes = RandomLanes(type, random, true);
      pe.Step(lanes.acts, lanes.weights);
      Step(want, type, lanes, Rounding::kTruncate);
    }
    REQUIRE(std::fabs(ValueOf(pe.sum()) - want.exact) <= want.bound);
  }
}

TEST_CASE("the largest sums keep their exponent within 6 bits") {
  const Activation largest = SplitF16(0x7bff);
  const WeightTerms lowest = IntTerms(TermType::kInt8, 128);
  BitSerialPe pe(TermType::kInt8);
  for (int step = 1; step <= 1 << 16; ++step) {
    pe.Step({largest, largest, largest, largest}, {lowest, lowest, lowest, lowest});
    REQUIRE(pe.sum().exponent < 64);
    REQUIRE(pe.sum().mantissa < 0);
    if (step == 32) CHECK(ValueOf(pe.sum()) == doctest::Approx(-65504.0 * 128 * 128).epsilon(1e-3));
  }
}

TEST_CASE("dequantisation hides behind groups of 8 cycles and more") {
  const std::pair<TermType, size_t> first_hidden[] = {
      {TermType::kFp4, 13}, {TermType::kFp3, 13}, {TermType::kInt6, 9}, {TermType::kInt8, 5}};
  Random random(5);
  for (const auto& [type, hidden] : first_hidden) {
    for (size_t group = 1; group <= 136; ++group) {
      BitSerialPe pe(type);
      const Lanes lanes = RandomLanes(type, random, false);
      constexpr size_t kGroups = 5;
      for (size_t g = 0; g < kGroups; ++g) {
        for (size_t k = 0; k < group; k += kLanes) pe.Step(lanes.acts, lanes.weights);
        pe.EndGroup(static_cast<uint8_t>(g));
      }
      pe.Drain();
      CAPTURE(group);
      // The first group hides behind nothing, nor does dequantisation of the last.
      CHECK(pe.cycles() == SumCycles(type, group) + (kGroups - 1) * GroupCycles(type, group) + 8);
      CHECK((pe.stalls() == 0) == (group >= hidden));
      CHECK(pe.stalls() == (kGroups - 1) * (GroupCycles(type, group) - SumCycles(type, group)));
      REQUIRE(pe.scaled().size() == kGroups);
      for (size_t g = 1; g < kGroups; ++g) {
        CHECK(pe.scaled()[g].mantissa == pe.scaled()[1].mantissa * static_cast<int>(g));
      }
    }
  }
}

TEST_CASE("cycles of a group of 128 are the paper's") {
  const auto cycles = [](TermType type) {
    BitSerialPe pe(type);
    for (size_t k = 0; k < 128; k += kLanes) pe.Step({}, {});
    return pe.cycles();
  };
  CHECK(cycles(TermType::kInt8) == 128);
  CHECK(cycles(TermType::kInt6) == 96);
  CHECK(cycles(TermType::kInt5) == 96);
  CHECK(cycles(TermType::kFp4) == 64);
  CHECK(cycles(TermType::kFp3) == 64);
}
