// Cycles, bytes and energy of GEMMs on a machine.
#include "model/cost/gemm.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

using namespace lutgemm;
using namespace lutgemm::model::cost;
using doctest::Approx;

namespace {

Machine Load(const std::string& name) {
  std::ifstream file(LUTGEMM_SOURCE_DIR "/data/machines/" + name + ".json", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Result<Machine> machine = ParseMachine(text, name);
  REQUIRE(machine.ok());
  return *machine;
}

double CyclesOf(const GemmCost& cost, Bound bound) {
  return cost.bound_cycles[static_cast<size_t>(bound)];
}

constexpr GemmShape kPrefill = {2048, 27648, 5120};

}  // namespace

TEST_CASE("cycles of one array: ceil(M/2) ceil(N/64) ceil(K/4) W_BIT") {
  for (unsigned bits = 1; bits <= 4; ++bits) {
    const Design design = LutTensorCoreDesign({2, 64, 4}, Act::kI8, bits);
    CHECK(ArrayCycles({1, 1, 1}, design) == bits);
    CHECK(ArrayCycles({3, 65, 5}, design) == 2 * 2 * 2 * bits);
    CHECK(ArrayCycles({16, 4096, 4096}, design) == 8.0 * 64 * 1024 * bits);
  }
  CHECK(ArrayCycles({8, 4, 16}, MacDesign({8, 4, 16}, Act::kI8, 2)) == 1);
}

TEST_CASE("the A100 LUT-4X bound of the reference: 655360 cycles, 464.8 us") {
  Machine machine = Load("a100-lut-4x");
  const GemmCost cost = EstimateGemm(kPrefill, machine, 2);
  CHECK(cost.work.array_cycles / (16 * 108) == 655360);
  CHECK(cost.work.fill_cycles == 16 * 54 * machine.fill_cycles);
  CHECK(cost.bound == Bound::kArray);
  CHECK(cost.seconds == Approx(464.8e-6).epsilon(0.0005));
  CHECK(cost.array_utilisation > 0.999);
  CHECK(cost.work.lookups == cost.work.array_cycles * 128);
  // 12 adds per token and four activations.
  CHECK(cost.work.vector_adds == 2048.0 * 1280 * 12);
  machine.fill_cycles = 0;
  CHECK(EstimateGemm(kPrefill, machine, 2).cycles == 655360);
}

TEST_CASE("one array by itself: its cycles are those of the formula") {
  Machine machine = Load("single");
  const GemmCost cost = EstimateGemm({64, 256, 512}, machine, 2);
  CHECK(cost.work.array_cycles == 32.0 * 4 * 128 * 2);
  CHECK(cost.work.fill_cycles == 4 * machine.fill_cycles);
  CHECK(cost.bound == Bound::kArray);
  CHECK(cost.cycles == cost.work.array_cycles + cost.work.fill_cycles);
}

TEST_CASE("one token is bound by the bytes of its weights") {
  const Machine machine = Load("a100-lut-4x");
  const GemmCost cost = EstimateGemm({1, 27648, 5120}, machine, 2);
  CHECK(cost.bound == Bound::kDram);
  // Weights, one row of tables of 2 bytes per activation, outputs of 4 bytes.
  CHECK(cost.work.dram_bytes == Approx(27648.0 * 5120 / 4 + 5120 * 2 + 27648 * 4));
  CHECK(cost.seconds == Approx(cost.work.dram_bytes / 1935e9));
  // Half the bits, almost half the time.
  const GemmCost one = EstimateGemm({1, 27648, 5120}, machine, 1);
  CHECK(one.cycles / cost.cycles == Approx(0.5).epsilon(0.01));
}

TEST_CASE("tiles at the edges count what they hold") {
  Machine machine = Load("a100-lut-4x");
  machine.fill_cycles = 0;
  // Whole and ragged tiles do the steps of the undivided GEMM where tiles are multiples of arrays.
  for (const GemmShape gemm : {GemmShape{1, 1, 1}, GemmShape{129, 513, 100},
                               GemmShape{128, 512, 32}, GemmShape{300, 1700, 7}}) {
    const GemmCost cost = EstimateGemm(gemm, machine, 2);
    Design design = machine.design;
    design.weight_bits = 2;
    CHECK(cost.work.array_cycles == ArrayCycles(gemm, design));
    CHECK(cost.cycles > 0);
    CHECK(cost.array_utilisation <= 1);
    for (const double cycles : cost.bound_cycles) {
      CHECK(cycles <= cost.cycles * (1 + 1e-12));
    }
  }
}

TEST_CASE("every bound binds when its rate is low") {
  const Machine machine = Load("a100-lut-4x");
  const auto bound = [&](auto change) {
    Machine slow = machine;
    change(slow);
    return EstimateGemm(kPrefill, slow, 2).bound;
  };
  CHECK(bound([](Machine&) {}) == Bound::kArray);
  CHECK(bound([](Machine& m) { m.registers.bytes_per_cycle = 100; }) == Bound::kRegisters);
  CHECK(bound([](Machine& m) { m.shared.bytes_per_cycle = 10; }) == Bound::kShared);
  CHECK(bound([](Machine& m) { m.l2.bytes_per_cycle = 1000; }) == Bound::kL2);
  CHECK(bound([](Machine& m) { m.dram.bytes_per_cycle = 100; }) == Bound::kDram);
  CHECK(bound([](Machine& m) { m.vector_adds_per_cycle = 0.1; }) == Bound::kPrecompute);
  CHECK(bound([](Machine& m) { m.design.own_precompute = true, m.vector_adds_per_cycle = 0.1; }) ==
        Bound::kArray);
}

TEST_CASE("operands that fit the cache are read from DRAM once, others more often") {
  Machine machine = Load("a100-lut-4x");
  const double once = 2048.0 * 5120 * 2 + 27648.0 * 5120 / 4 + 2048.0 * 27648 * 4;
  machine.l2.bytes = 1e9;
  CHECK(EstimateGemm(kPrefill, machine, 2).work.dram_bytes == Approx(once));
  machine.l2.bytes = 1e6;
  CHECK(EstimateGemm(kPrefill, machine, 2).work.dram_bytes > once);
  machine.sms = 1;  // without neighbours every tile reads its own operands
  const double alone = 54.0 * 2048 * 5120 * 2 + 16.0 * 27648 * 5120 / 4 + 2048.0 * 27648 * 4;
  CHECK(EstimateGemm(kPrefill, machine, 2).work.dram_bytes == Approx(alone));
}

TEST_CASE("energy: named terms, the rule of 125 fJ beside them") {
  const Machine machine = Load("a100-lut-4x");
  const GemmCost cost = EstimateGemm(kPrefill, machine, 1);
  const Energy& e = cost.energy;
  CHECK(e.Total() ==
        Approx(e.array.Total() + e.registers + e.shared + e.l2 + e.dram + e.precompute));
  CHECK(e.dram == Approx(cost.work.dram_bytes * 32));
  CHECK(e.shared == Approx(cost.work.shared_bytes * 1.5));
  CHECK(cost.lookup_rule_pj == Approx(cost.work.lookups * 0.12543).epsilon(0.001));
  // At the calibration point rule and terms agree.
  CHECK(e.array.PaperScope() == Approx(cost.lookup_rule_pj));
  Machine wide = machine;
  wide.design.table_bits = 16;
  CHECK(EstimateGemm(kPrefill, wide, 1).lookup_rule_pj == Approx(2 * cost.lookup_rule_pj));
}

TEST_CASE("work that a simulator counted is priced the same way") {
  const Machine machine = Load("a100-lut-4x");
  const GemmCost whole = EstimateGemm({128, 512, 4096}, machine, 2);
  const GemmCost priced = Price(whole.work, machine, 2);
  CHECK(priced.cycles == Approx(whole.cycles));
  CHECK(priced.bound == whole.bound);
  CHECK(priced.energy.Total() == Approx(whole.energy.Total()));
  const GemmCost twice = Price(whole.work * 2, machine, 2);
  CHECK(twice.cycles == Approx(2 * whole.cycles));
  CHECK(Price({}, machine, 2).cycles == 0);
  CHECK(CyclesOf(priced, Bound::kArray) <= priced.cycles);
}

TEST_CASE("area of an SM: arrays, and the register file that they ask for") {
  const Machine machine = Load("a100-lut-4x");
  const Terms area = SmArea(machine, 2);
  CHECK(area.PaperScope() == Approx(16 * 11991.29));
  // Twice 256 KiB at 0.3 um2 per bit: more than the arrays themselves.
  CHECK(area[Term::kRegisterFile] == Approx(256 * 1024 * 8 * 0.3));
  CHECK(SmArea(Load("a100-int8"), 2)[Term::kRegisterFile] == 0);
}

TEST_CASE("what a block's tile takes") {
  Machine machine = Load("a100-lut-4x");
  const TileUse use = UseOf(machine, 2);
  CHECK(use.register_bytes == 128 * 1024);
  CHECK(use.shared_bytes == 2 * 32 * (128 * 2 + 512 / 4));
  CHECK(use.fits);
  machine.shared.bytes = use.shared_bytes - 1;
  CHECK_FALSE(UseOf(machine, 2).fits);
  machine = Load("a100-lut-4x");
  machine.design.acc_bits = 64;  // 512 KiB, all of the doubled register file
  CHECK(UseOf(machine, 2).fits);
  machine.register_growth = 1.5;
  CHECK_FALSE(UseOf(machine, 2).fits);
  for (const char* name : {"a100-fp16", "a100-int8", "h100-fp8", "h100-lut-8x", "single"}) {
    CAPTURE(name);
    CHECK(UseOf(Load(name), 2).fits);
  }
}

TEST_CASE("roofline: halved and narrower tables raise the intensity of a tile") {
  Machine machine = Load("a100-lut-4x");
  machine.design.act = Act::kF16;
  const auto rows = RooflineByTables(kPrefill, machine, 1);
  REQUIRE(rows.size() == 3);
  // 2 * 128 * 512 operations per k over 128 tokens' tables and 512 weights of one bit.
  CHECK(rows[0].roofline.tile_intensity == Approx(131072 / (128 * 8 + 64.0)));
  CHECK(rows[1].roofline.tile_intensity == Approx(131072 / (128 * 4 + 64.0)));
  CHECK(rows[2].roofline.tile_intensity == Approx(131072 / (128 * 2 + 64.0)));
  CHECK(rows[0].roofline.intensity < rows[1].roofline.intensity);
  CHECK(rows[1].roofline.intensity < rows[2].roofline.intensity);
  CHECK(RooflineByTables(kPrefill, Load("a100-fp16"), 1).empty());
  const Roofline r = RooflineOf(kPrefill, machine, 1);
  CHECK(r.ridge == Approx(r.peak_tops / 1.935));
  CHECK(r.attained_tops == Approx(std::min(r.peak_tops, r.intensity * 1.935)));
  const Roofline decode = RooflineOf({1, 4096, 4096}, machine, 1);
  CHECK(decode.intensity < decode.ridge);
  CHECK(decode.attained_tops < 0.05 * decode.peak_tops);
}

TEST_CASE("problems are read as MxNxK") {
  const Result<GemmShape> gemm = ParseGemm("2048x27648x5120");
  REQUIRE(gemm.ok());
  CHECK(gemm->m == 2048);
  CHECK(gemm->n == 27648);
  CHECK(gemm->k == 5120);
  for (const char* text :
       {"", "1", "1x2", "1x2x", "x1x2x3", "1x2x3x4", "1x2x3 ", "0x1x1", "1x0x1", "1x1x0", "-1x1x1",
        "1X2X3", "16777217x1x1", "99999999999999999999999x1x1"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseGemm(text).ok());
  }
}
