// Scalars, memories, copies and traps.
#include "model/func/kit.h"

using namespace lutgemm;
using namespace lutgemm::model::func;
using test::RunText;

namespace {

struct Wrong {
  std::string text;
  TrapKind kind;
  size_t pc;
  std::string says;
};

}  // namespace

TEST_CASE("machine: scalars, and the one that is always 0") {
  Machine machine(test::SmallConfig());
  REQUIRE(RunText(machine, "li s1, -5\n addi s2, s1, 7\n li s0, 9\n addi s3, s0, 1").ok());
  CHECK(machine.state().Scalar(1) == -5);
  CHECK(machine.state().Scalar(2) == 2);
  CHECK(machine.state().Scalar(0) == 0);
  CHECK(machine.state().Scalar(3) == 1);
  CHECK(machine.counters().steps == 5);
  CHECK(machine.counters().Executed(model::isa::Op::kLi) == 2);
}

TEST_CASE("machine: loops") {
  Machine machine(test::SmallConfig());
  REQUIRE(RunText(machine, "li s1, 10\nx: addi s2, s2, 3\n addi s1, s1, -1\n bne s1, s0, x").ok());
  CHECK(machine.state().Scalar(2) == 30);
  CHECK(machine.counters().Executed(model::isa::Op::kBne) == 10);
}

TEST_CASE("machine: bytes go from global memory to registers and back") {
  Machine machine(test::SmallConfig());
  auto& global = machine.state().global;
  for (size_t i = 0; i < 300; ++i) global[i] = std::byte(i % 251);
  // A register's rest becomes zero: r3 begins as ones.
  for (size_t i = 0; i < 32; ++i) test::SetLane<int32_t>(machine, 3, i, -1);
  const Trap trap = RunText(machine,
                            "li s1, 64\n li s2, 7\n cpin [s1], [s2], 200\n fence\n"
                            "ld r2, [s1+1], 150\n st r2, [s1+1000], 150\n"
                            "li s3, 1064\n li s4, 4000\n cpout [s4], [s3], 150\n fence");
  REQUIRE_MESSAGE(trap.ok(), trap.text);
  for (size_t i = 0; i < 150; ++i) CHECK(global[4000 + i] == std::byte((i + 8) % 251));
  CHECK(test::Lane<uint8_t>(machine, 3, 21) == (128 + 21 + 8) % 251);
  for (size_t i = 22; i < 128; ++i) CHECK(test::Lane<uint8_t>(machine, 3, i) == 0);
  const Counters& c = machine.counters();
  CHECK(c.global_read == 200);
  CHECK(c.global_written == 150);
  CHECK(c.scratchpad_written == 350);
  CHECK(c.scratchpad_read == 300);
}

TEST_CASE("machine: zero clears whole registers") {
  Machine machine(test::SmallConfig());
  for (int r = 4; r < 8; ++r) test::SetLane<int32_t>(machine, r, 31, r);
  REQUIRE(RunText(machine, "zero r5, 2").ok());
  CHECK(test::Lane<int32_t>(machine, 4, 31) == 4);
  CHECK(test::Lane<int32_t>(machine, 5, 31) == 0);
  CHECK(test::Lane<int32_t>(machine, 6, 31) == 0);
  CHECK(test::Lane<int32_t>(machine, 7, 31) == 7);
}

TEST_CASE("machine: traps tell kind, word and reason") {
  const std::vector<Wrong> cases = {
      {"ld r0, [s0+4090], 8", TrapKind::kScratchpad, 0, "outside the scratchpad of 4096"},
      {"ld r0, [s0-1], 8", TrapKind::kScratchpad, 0, "8 bytes at -1"},
      {"st r0, [s0+4096], 1", TrapKind::kScratchpad, 0, "outside the scratchpad"},
      {"li s1, 8190\n cpin [s0], [s1], 3", TrapKind::kGlobal, 1, "global memory of 8192"},
      {"li s1, -1\n cpout [s1], [s0], 1", TrapKind::kGlobal, 1, "1 bytes at -1"},
      {"ld r255, [s0+0], 129", TrapKind::kRegister, 0, "ends past the 256 registers"},
      {"zero r250, 7", TrapKind::kRegister, 0, "from r250"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r253, r0, r1, r253", TrapKind::kRegister, 0, "from r253"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r4, r0, r5, r4", TrapKind::kOverlap, 0,
       "from r4 overlaps the operand from r5"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r4, r0, r1, r5", TrapKind::kOverlap, 0, "from r5"},
      {"lmma.m2n64k4.f16.i2.f32.f16 r4, r0, r1, r4", TrapKind::kOverlap, 0, "overlaps"},
      {"fold.m2n64.i2.i32.i32 r4, r6, r20, r30", TrapKind::kOverlap, 0, "overlaps"},
      {"lutgen.m2k4.i8.i8 r0, r0, r9, 0", TrapKind::kOverlap, 0, "overlaps"},
      {"lutgen.m2k4.i8.i8 r0, r4, r5, 0", TrapKind::kOverlap, 0, "overlaps"},
      {"lutgen.m2k4.i8.i8 r0, r4, r9, 32", TrapKind::kRegister, 0, "number 32 end past"},
      {"cpin [s0], [s0], 64\n ld r0, [s0+63], 1", TrapKind::kPending, 1, "a fence is missing"},
      {"cpout [s0], [s0], 64\n st r0, [s0+0], 1", TrapKind::kPending, 1, "a fence is missing"},
      {"cpin [s0], [s0], 64\n cpout [s0], [s0], 64", TrapKind::kPending, 1, "a fence"},
      {"bne s0, s1, 0\n li s1, 1\n bne s1, s0, -3", TrapKind::kEnd, 2, "leads to word -1;"},
      {"li s1, 1\n bne s1, s0, -7", TrapKind::kEnd, 1, "leads to word -6; the program has 3"},
      {"li s1, 1\n bne s1, s0, 2147483647", TrapKind::kEnd, 1, "to word 2147483648;"},
      {"li s1, 1\n bne s1, s0, -2147483648", TrapKind::kEnd, 1, "to word -2147483647;"},
      {"li s1, 1\nx: bne s1, s0, x", TrapKind::kSteps, 1, "no end after 10000 steps"},
  };
  for (const Wrong& wrong : cases) {
    CAPTURE(wrong.text);
    Machine machine(test::SmallConfig());
    const Trap trap = RunText(machine, wrong.text);
    CAPTURE(trap.text);
    CHECK(Name(trap.kind) == Name(wrong.kind));
    CHECK(trap.pc == wrong.pc);
    CHECK(trap.text.find(wrong.says) != std::string::npos);
  }
}

TEST_CASE(
    "machine: a branch out of the program traps only if it is taken; falling out where it ends") {
  Machine machine(test::SmallConfig());
  CHECK(RunText(machine, "bne s1, s1, -9\n bne s1, s1, 9").ok());
  Trap trap = machine.Run(test::MustAssemble("li s1, 1\n bne s1, s0, out\nout:"));
  CHECK(trap.kind == TrapKind::kEnd);
  CHECK(trap.pc == 1);
  trap = machine.Run(test::MustAssemble("li s1, 1\n addi s1, s1, 1"));
  CHECK(trap.kind == TrapKind::kEnd);
  CHECK(trap.pc == 2);
  CHECK(trap.text.find("a halt is missing") != std::string::npos);
}

TEST_CASE("machine: halt waits for copies, and a trap leaves none under way") {
  Machine machine(test::SmallConfig());
  machine.state().global[0] = std::byte{7};
  REQUIRE(RunText(machine, "cpin [s0], [s0], 64").ok());
  CHECK(RunText(machine, "ld r0, [s0+0], 64").ok());
  CHECK(test::Lane<uint8_t>(machine, 0, 0) == 7);
  machine.state().global[0] = std::byte{9};
  CHECK(RunText(machine, "cpin [s0], [s0], 64\n zero r255, 2").kind == TrapKind::kRegister);
  CHECK(RunText(machine, "ld r0, [s0+0], 64").ok());
  CHECK(test::Lane<uint8_t>(machine, 0, 0) == 9);
}

TEST_CASE("machine: an instruction that traps changes and counts nothing") {
  for (const char* text :
       {"lmma.m1n1k1.i8.i1.i32.i32 r0, r1, r0, r2", "fold.m1n1.i1.i32.i32 r0, r1, r2, r0",
        "lutgen.m1k1.i8.i8 r0, r1, r0, 0", "ld r255, [s0], 129", "cpin [s0], [s1], 8192",
        "fold.m1n1.i1.f32.f32 r0, r1, r2, r3"}) {
    CAPTURE(text);
    Machine machine(test::SmallConfig());
    machine.state().scalars[1] = 1;
    test::SetLane<uint32_t>(machine, 3, 2, 1);  // a row record of i32 sums
    const auto registers = machine.state().registers;
    CHECK_FALSE(RunText(machine, text).ok());
    CHECK(machine.state().registers == registers);
    const Counters& c = machine.counters();
    CHECK(c.steps == 0);
    CHECK(c.register_read + c.register_written + c.scratchpad_written + c.global_read == 0);
  }
}

TEST_CASE("machine: reading what a copy only reads is no trap") {
  Machine machine(test::SmallConfig());
  CHECK(
      RunText(machine, "cpout [s0], [s0], 64\n ld r0, [s0+0], 64\n fence\n st r0, [s0+0], 4").ok());
}

TEST_CASE("machine: a reserved word traps where it is reached, not before") {
  Machine machine(test::SmallConfig());
  const uint64_t halt = test::MustAssemble("halt")[0];
  CHECK(machine.Run(std::vector<uint64_t>{halt, 0}).ok());
  const Trap trap = machine.Run(std::vector<uint64_t>{0, halt});
  CHECK(trap.kind == TrapKind::kIllegal);
  CHECK(trap.text == "opcode 0 is reserved");
  CHECK(machine.Run(std::vector<uint64_t>{}).kind == TrapKind::kEnd);
}

TEST_CASE("machine: fewer registers than the encoding can name") {
  Config config = test::SmallConfig();
  config.registers = 16;
  Machine machine(config);
  CHECK(RunText(machine, "zero r15, 1").ok());
  CHECK(RunText(machine, "zero r16, 1").kind == TrapKind::kRegister);
}

TEST_CASE("machine: the observer sees every instruction before it runs") {
  Machine machine(test::SmallConfig());
  std::vector<size_t> seen;
  const auto words = test::MustAssemble("li s1, 2\nx: addi s1, s1, -1\n bne s1, s0, x\n halt");
  REQUIRE(machine.Run(words, [&](const State& s, const auto&) { seen.push_back(s.pc); }).ok());
  CHECK(seen == std::vector<size_t>{0, 1, 2, 1, 2, 3});
}
