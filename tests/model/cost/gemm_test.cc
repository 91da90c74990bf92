// Cycles, bytes and energy of GEMMs on a machine.
#include "model/cost/gemm.h"

#include "model/cost/kit.h"

using namespace lutgemm;
using namespace lutgemm::model::cost;
using doctest::Approx;
using lutgemm::model::Shape;
using lutgemm::test::LoadMachine;

namespace {

double CyclesOf(const GemmCost& cost, Bound bound) {
  return cost.bound_cycles[static_cast<size_t>(bound)];
}

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
  Machine machine = LoadMachine("a100-lut-4x");
  const GemmCost cost = EstimateGemm(test::kPrefill, machine, 2);
  CHECK(cost.work.array_cycles / (16 * 108) == 655360);
  CHECK(cost.work.fill_cycles == 16 * 54 * machine.fill_cycles);
  CHECK(cost.bound == Bound::kArray);
  CHECK(cost.seconds == Approx(464.8e-6).epsilon(0.0005));
  CHECK(cost.array_utilisation > 0.999);
  CHECK(cost.work.lookups == cost.work.array_cycles * 128);
  // 12 adds per token and four activations.
  CHECK(cost.work.vector_adds == 2048.0 * 1280 * 12);
  machine.fill_cycles = 0;
  CHECK(EstimateGemm(test::kPrefill, machine, 2).cycles == 655360);
}

TEST_CASE("one array by itself: its cycles are those of the formula") {
  Machine machine = LoadMachine("single");
  const GemmCost cost = EstimateGemm({64, 256, 512}, machine, 2);
  CHECK(cost.work.array_cycles == 32.0 * 4 * 128 * 2);
  CHECK(cost.work.fill_cycles == 4 * machine.fill_cycles);
  CHECK(cost.bound == Bound::kArray);
  CHECK(cost.cycles == cost.work.array_cycles + cost.work.fill_cycles);
}

TEST_CASE("one token is bound by the bytes of its weights") {
  const Machine machine = LoadMachine("a100-lut-4x");
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
  Machine machine = LoadMachine("a100-lut-4x");
  machine.fill_cycles = 0;
  // Whole and ragged tiles do the steps of the undivided GEMM where tiles are multiples of arrays.
  for (const Shape gemm :
       {Shape{1, 1, 1}, Shape{129, 513, 100}, Shape{128, 512, 32}, Shape{300, 1700, 7}}) {
    const GemmCost cost = EstimateGemm(gemm, machine, 2);
    CHECK(cost.work.array_cycles == ArrayCycles(gemm, DesignFor(machine, 2)));
    CHECK(cost.cycles > 0);
    CHECK(cost.array_utilisation <= 1);
    for (const double cycles : cost.bound_cycles) {
      CHECK(cycles <= cost.cycles * (1 + 1e-12));
    }
  }
}

TEST_CASE("every bound binds when its rate is low") {
  const Machine machine = LoadMachine("a100-lut-4x");
  const auto bound = [&](auto change) {
    Machine slow = machine;
    change(slow);
    return EstimateGemm(test::kPrefill, slow, 2).bound;
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
  Machine machine = LoadMachine("a100-lut-4x");
  const double once = 2048.0 * 5120 * 2 + 27648.0 * 5120 / 4 + 2048.0 * 27648 * 4;
  machine.l2.bytes = 1e9;
  CHECK(EstimateGemm(test::kPrefill, machine, 2).work.dram_bytes == Approx(once));
  machine.l2.bytes = 1e6;
  CHECK(EstimateGemm(test::kPrefill, machine, 2).work.dram_bytes > once);
  machine.sms = 1;  // without neighbours every tile reads its own operands
  const double alone = 54.0 * 2048 * 5120 * 2 + 16.0 * 27648 * 5120 / 4 + 2048.0 * 27648 * 4;
  CHECK(EstimateGemm(test::kPrefill, machine, 2).work.dram_bytes == Approx(alone));
}

TEST_CASE("energy: named terms, the rule of 125 fJ beside them") {
  const Machine machine = LoadMachine("a100-lut-4x");
  const GemmCost cost = EstimateGemm(test::kPrefill, machine, 1);
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
  CHECK(EstimateGemm(test::kPrefill, wide, 1).lookup_rule_pj == Approx(2 * cost.lookup_rule_pj));
}

TEST_CASE("work that a simulator counted is priced the same way") {
  const Machine machine = LoadMachine("a100-lut-4x");
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
  const Machine machine = LoadMachine("a100-lut-4x");
  const Terms area = SmArea(machine, 2);
  CHECK(area.PaperScope() == Approx(16 * 11991.29));
  // Twice 256 KiB at 0.3 um2 per bit: more than the arrays themselves.
  CHECK(area[Term::kRegisterFile] == Approx(256 * 1024 * 8 * 0.3));
  CHECK(SmArea(LoadMachine("a100-int8"), 2)[Term::kRegisterFile] == 0);
}

TEST_CASE("a tile that cannot exist is told") {
  const Machine good = LoadMachine("a100-lut-4x");
  CHECK(CheckTile(good, 8).ok());
  Machine machine = good;
  machine.tile.block_m = 4096;
  CHECK(CheckTile(machine, 1).text().find("bytes of registers") != std::string::npos);
  machine = good;
  machine.shared.bytes = UseOf(good, 4).shared_bytes;  // enough for four planes, not for five
  CHECK(CheckTile(machine, 4).ok());
  CHECK(CheckTile(machine, 5).text().find("weights of 5 bits") != std::string::npos);
  machine = good;
  machine.tile.block_k = 30;
  CHECK(CheckTile(machine, 1).text().find("groups of 4") != std::string::npos);
}

TEST_CASE("what a block's tile takes") {
  Machine machine = LoadMachine("a100-lut-4x");
  const TileUse use = UseOf(machine, 2);
  CHECK(use.register_bytes == 128 * 1024);
  CHECK(use.shared_bytes == 2 * 32 * (128 * 2 + 512 / 4));
  CHECK(use.fits);
  machine.shared.bytes = use.shared_bytes - 1;
  CHECK_FALSE(UseOf(machine, 2).fits);
  machine = LoadMachine("a100-lut-4x");
  machine.design.acc_bits = 64;  // 512 KiB, all of the doubled register file
  CHECK(UseOf(machine, 2).fits);
  machine.register_growth = 1.5;
  CHECK_FALSE(UseOf(machine, 2).fits);
  for (const char* name : {"a100-fp16", "a100-int8", "h100-fp8", "h100-lut-8x", "single"}) {
    CAPTURE(name);
    CHECK(UseOf(LoadMachine(name), 2).fits);
  }
}
