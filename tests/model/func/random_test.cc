// Random legal instructions on random bits: whatever they meet, they end or trap, and nothing is
// undefined (the sanitizers see that), in every mode. A run is the same each time.
#include "support/random.h"
#include "model/func/kit.h"
#include "model/isa/encode.h"

#include <algorithm>

using namespace lutgemm;
namespace isa = lutgemm::model::isa;
using namespace lutgemm::model::func;

namespace {

constexpr int kPrograms = 1500, kLength = 40;
constexpr size_t kRegisters = 100;

int64_t RandomValue(const isa::FieldSpec& field, test::Random& random) {
  const auto names = isa::TypeNames(field.kind);
  if (!names.empty()) return random.Int(0, static_cast<int>(names.size()) - 1);
  switch (field.kind) {
    case isa::Kind::kLog2:
      return int64_t{1} << random.Below(5);
    case isa::Kind::kLess1:
    case isa::Kind::kCount:
      return random.Int(1, std::min<int>(static_cast<int>(field.max), 300));
    case isa::Kind::kVector:
      return random.Int(0, kRegisters);  // one too many now and then
    case isa::Kind::kScalar:
      return random.Int(0, 3);
    case isa::Kind::kTarget:
      return random.Below(20) == 0 ? random.Int(-60, 60) : 1;
    case isa::Kind::kSigned:
      return random.Below(4) == 0 ? (random.Below(2) == 0 ? INT32_MIN : INT32_MAX)
                                  : random.Int(0, 4096);
    case isa::Kind::kOffset:
      return random.Int(-8, 2000);
    default:
      return random.Int(0, 1);
  }
}

uint64_t RandomWord(test::Random& random) {
  for (;;) {
    isa::Instruction instruction;
    const auto specs = isa::Instructions();
    // Half of them look up, fold or make tables: the last three.
    const size_t at =
        random.Below(2) == 0 ? random.Below(specs.size()) : specs.size() - 1 - random.Below(3);
    instruction.op = specs[at].op;
    if (instruction.op == isa::Op::kHalt) continue;
    for (const isa::FieldSpec& field : specs[at].fields) {
      instruction[field.field] = static_cast<int32_t>(RandomValue(field, random));
    }
    const Result<uint64_t> word = isa::Encode(instruction);
    if (word.ok()) return *word;
  }
}

// Bits of registers: any, or those of special floats and integers.
void FillRegisters(State& state, test::Random& random) {
  constexpr uint32_t kSpecial[] = {0,          0x80000000, 0x7fffffff, 0x7f800000, 0xff800001,
                                   0x7c007c00, 0xfc01fbff, 0x00010001, 0x80808080, 0x3f800000};
  for (size_t i = 0; i + 4 <= kRegisters * isa::kRegisterBytes; i += 4) {
    const uint32_t bits = random.Below(2) == 0 ? kSpecial[random.Below(std::size(kSpecial))]
                                               : static_cast<uint32_t>(random.Bits());
    StoreAs(state.registers.data() + i, 0, bits);
  }
  // Row records that lutgen and fold take: no kind anywhere that often.
  if (random.Below(2) == 0) std::fill_n(state.registers.begin(), 3000, std::byte{});
}

// A program and a machine for it; a trap is stepped over by going on behind it.
size_t RunRandom(test::Random& random) {
  Config config = test::SmallConfig();
  config.registers = kRegisters;
  config.mode = random.Below(3) == 0 ? model::func::Mode::kExact : model::func::Mode::kRtl;
  config.exponent_quirk = random.Below(2) == 0;
  config.adder = random.Below(2) == 0 ? Adder::kFlush : Adder::kIeee;
  config.max_steps = 200;
  Machine machine(config);
  FillRegisters(machine.state(), random);
  std::vector<uint64_t> words;
  for (int i = 0; i < kLength; ++i) words.push_back(RandomWord(random));
  std::span<const uint64_t> rest = words;
  while (!rest.empty()) {
    const Trap trap = machine.Run(rest);
    REQUIRE_FALSE(trap.ok());  // there is no halt
    REQUIRE_FALSE(trap.text.empty());
    if (trap.kind == TrapKind::kSteps || trap.pc >= rest.size()) break;
    rest = rest.subspan(trap.pc + 1);
  }
  return machine.counters().steps;
}

}  // namespace

TEST_CASE("machine: random legal instructions on random bits end or trap") {
  constexpr uint64_t kSeed = 4242;
  CAPTURE(kSeed);
  test::Random random(kSeed);
  size_t completed = 0;
  for (int program = 0; program < kPrograms; ++program) completed += RunRandom(random);
  CHECK(completed > kPrograms * kLength / 4);  // most do something
}
