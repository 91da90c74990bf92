// The area and energy model against the paper's figures: what it was calibrated on exactly, what it
// predicts within a stated distance, and what it does not reproduce.
#include "model/cost/terms.h"
#include "model/cost/paper.h"
#include "model/cost/validation.h"

#include <doctest/doctest.h>

using namespace lutgemm;
using namespace lutgemm::model::cost;
using doctest::Approx;
using lutgemm::model::Shape;

namespace {

Design Int8Tables(const Shape& shape, unsigned weight_bits, Act act = Act::kI8) {
  Design design = LutTensorCoreDesign(shape, act, weight_bits);
  design.table_bits = 8;
  return design;
}

}  // namespace

TEST_CASE("the calibration point: gate equivalents, area and energy") {
  const Technology t;
  const Design w2 = Int8Tables({2, 64, 4}, 2);
  CHECK(Area(w2).PaperScope() / t.um2_per_ge == Approx(46448.64));
  CHECK(Area(w2).PaperScope() == Approx(11991.29));
  CHECK(t.um2_per_ge == Approx(0.2582).epsilon(0.001));
  // Terms, in GE: 6 (128 + 512 + 128 * 16) and 128 (2.33 * 8 * 7 + 2.3 * 8 + 5.5 * 16).
  const Terms area = Area(w2);
  CHECK(area[Term::kTableRegisters] == Approx(t.um2_per_ge * 768));
  CHECK(area[Term::kWeightRegisters] == Approx(t.um2_per_ge * 3072));
  CHECK(area[Term::kAccumulators] == Approx(t.um2_per_ge * 12288));
  CHECK(area[Term::kMux] == Approx(t.um2_per_ge * 128 * 130.48));
  CHECK(area[Term::kSign] == Approx(t.um2_per_ge * 128 * 18.4));
  CHECK(area[Term::kAdders] == Approx(t.um2_per_ge * 128 * 88));
  CHECK(area[Term::kPrecompute] == 0);
  // Table 3: 125 fJ per lookup at W1A8.
  const double lookup = EnergyPerCycle(Int8Tables({2, 64, 4}, 1)).PaperScope() / 128;
  CHECK(lookup == Approx(8e3 / paper::kPeTopsPerWatt));
  CHECK(lookup == Approx(125).epsilon(0.01));
}

TEST_CASE("K = 4 is best for integers, K = 5 for floats with K = 4 within 3 %") {
  const double ints[] = {110, 86, 83, 96, 130};
  const double floats[] = {403, 340, 331, 376};
  for (size_t k = 2; k <= 6; ++k) {
    const double ge = UnitGePerMac(Int8Tables({1, 1, k}, 1));
    CHECK(ge == Approx(ints[k - 2]).epsilon(0.01));
    if (k != 4) CHECK(ge > UnitGePerMac(Int8Tables({1, 1, 4}, 1)));
  }
  const auto float_ge = [](size_t k) {
    return UnitGePerMac(LutTensorCoreDesign({1, 1, k}, Act::kF16, 1));
  };
  for (size_t k = 3; k <= 6; ++k) CHECK(float_ge(k) == Approx(floats[k - 3]).epsilon(0.01));
  for (size_t k = 1; k <= 8; ++k) {
    if (k != 5) CHECK(float_ge(k) > float_ge(5));
  }
  CHECK(float_ge(4) < 1.03 * float_ge(5));
}

TEST_CASE(
    "one-bit weights against MAC arrays: the paper's 14.3 % of area, 4 to 6 times less power") {
  const Design lut = LutTensorCoreDesign({2, 64, 4}, Act::kF16, 1);
  const Design mac = MacDesign({8, 4, 16}, Act::kF16, 1);
  CHECK(ScopeAreaPerMac(lut) / ScopeAreaPerMac(mac) ==
        Approx(paper::kW1A16AreaShare).epsilon(0.06));
  CHECK(ScopeEnergyPerMac(mac) / ScopeEnergyPerMac(lut) > 4);
  CHECK(ScopeEnergyPerMac(mac) / ScopeEnergyPerMac(lut) < 6);
  // Not reproduced: 4 to 6 times less area. Ours is 6.7 and, with INT8, 6.5 times less.
  const Design int_mac = MacDesign({8, 4, 16}, Act::kI8, 1);
  const Design int_lut = Int8Tables({2, 64, 4}, 1);
  CHECK(ScopeAreaPerMac(mac) / ScopeAreaPerMac(lut) == Approx(6.66).epsilon(0.005));
  CHECK(ScopeAreaPerMac(int_mac) / ScopeAreaPerMac(int_lut) == Approx(6.49).epsilon(0.005));
  CHECK(ScopeEnergyPerMac(int_mac) / ScopeEnergyPerMac(int_lut) == Approx(4.0).epsilon(0.005));
}

TEST_CASE("Fig 13, A_FP16, N = 4: up to how many bits each unit beats the MAC") {
  const Shape shape{1, 4, 4};
  const auto most_bits = [&](Design (*make)(const Shape&, Act, unsigned)) {
    unsigned bits = 0;
    while (bits < 8 && ScopeAreaPerMac(make(shape, Act::kF16, bits + 1)) <
                           ScopeAreaPerMac(MacDesign(shape, Act::kF16, bits + 1))) {
      ++bits;
    }
    return bits;
  };
  CHECK(most_bits(&AddDesign) == paper::kAddBeatsMacBits);
  // Not reproduced: the paper says 2; at 2 bits ours is 0.6 % behind.
  CHECK(most_bits(&ConventionalLutDesign) == 1);
  CHECK(ScopeAreaPerMac(ConventionalLutDesign(shape, Act::kF16, 2)) <
        1.01 * ScopeAreaPerMac(MacDesign(shape, Act::kF16, 2)));
  // Not reproduced: the paper says 6; at 6 bits ours is 6 % behind.
  CHECK(most_bits(&LutTensorCoreDesign) == 5);
  CHECK(ScopeAreaPerMac(LutTensorCoreDesign(shape, Act::kF16, 6)) <
        1.065 * ScopeAreaPerMac(MacDesign(shape, Act::kF16, 6)));
}

TEST_CASE("DP4 density: the MAC was calibrated on it, the lookup unit is not reproduced") {
  const auto tops = [](const Design& design) { return 2e3 / ScopeAreaPerMac(design); };
  Design mac = MacDesign({1, 1, 4}, Act::kF16, 16);
  // Operand registers are not part of the DP4 figure.
  Terms area = Area(mac);
  const double core = area[Term::kMultipliers] + area[Term::kAdders] + area[Term::kAccumulators];
  CHECK(8e3 / core == Approx(paper::kDp4MacTops).epsilon(0.005));
  // Paper: 61.55 for W1A16. With an FP16 adder of 1000 GE inside, ours is 22.8 without registers,
  // close to the 20.7 that the paper's 4X arrays imply.
  const Design lut = LutTensorCoreDesign({1, 1, 4}, Act::kF16, 1);
  area = Area(lut);
  const double unit =
      area[Term::kMux] + area[Term::kSign] + area[Term::kAdders] + area[Term::kAccumulators];
  CHECK(8e3 / unit == Approx(22.8).epsilon(0.01));
  CHECK(tops(lut) < 22.8);
}

TEST_CASE("broadcast and register file are terms of their own, outside the paper's scope") {
  const Design design = Int8Tables({2, 64, 4}, 2);
  Technology t;
  const Terms area = Area(design, t, {1000});
  // 128 table wires to 64 units, 64 * 4 weight wires to 2; trees of fan-out 4.
  const double buffers = 128 * 63 / 3.0 + 256 * 1 / 3.0;
  CHECK(area[Term::kBroadcast] == Approx(t.um2_per_ge * buffers));
  CHECK(area[Term::kRegisterFile] == Approx(300));
  CHECK(area.Total() == Approx(area.PaperScope() + area[Term::kBroadcast] + 300));
  CHECK(EnergyPerCycle(design)[Term::kBroadcast] > 0);
  CHECK(EnergyPerCycle(design)[Term::kRegisterFile] == 0);
  // One unit needs no broadcast.
  CHECK(Area(Int8Tables({1, 1, 4}, 2))[Term::kBroadcast] == 0);
  CHECK(EnergyPerCycle(Int8Tables({1, 1, 4}, 2))[Term::kBroadcast] == 0);
}

TEST_CASE("tables are written once per step: their energy falls with the number of planes") {
  const Terms one = EnergyPerCycle(Int8Tables({2, 64, 4}, 1));
  const Terms four = EnergyPerCycle(Int8Tables({2, 64, 4}, 4));
  CHECK(one[Term::kTableRegisters] == Approx(4 * four[Term::kTableRegisters]));
  CHECK(one[Term::kWeightRegisters] == Approx(four[Term::kWeightRegisters]));
  CHECK(one[Term::kMux] == four[Term::kMux]);
}

TEST_CASE("adders of the precompute unit") {
  const size_t symmetric[] = {0, 2, 6, 12, 24};
  for (size_t k = 1; k <= 5; ++k) {
    CHECK(PrecomputeAdds(k, true) == symmetric[k - 1]);
    CHECK(PrecomputeAdds(k, false) == (size_t{1} << k) - k - 1);
  }
}

TEST_CASE("designs out of range are refused") {
  const auto bad = [](auto change) {
    Design design = LutTensorCoreDesign({2, 64, 4}, Act::kI8, 2);
    change(design);
    return Validate(design);
  };
  CHECK(Validate(LutTensorCoreDesign({2, 64, 4}, Act::kI8, 2)).ok());
  CHECK(bad([](Design& d) { d.shape.k = 9; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.shape.k = 0; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.shape.m = 0; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.shape.n = kMaxSide + 1; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.weight_bits = 0; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.weight_bits = 9; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.acc_bits = 4; }).code() == Code::kBadArgument);
  CHECK(bad([](Design& d) { d.table_bits = 33; }).code() == Code::kBadArgument);
  // A parallel index of 4 weights of 2 bits is the longest.
  CHECK(bad([](Design& d) { d.bit_serial = false; }).ok());
  CHECK(bad([](Design& d) { d.bit_serial = false, d.weight_bits = 3; }).text().find("12") !=
        std::string::npos);
}
