#include "model/func/machine.h"

#include "base/text.h"
#include "model/func/exec/copy.h"
#include "model/func/exec/fold.h"
#include "model/func/exec/lmma.h"
#include "model/func/exec/load.h"
#include "model/func/exec/lutgen.h"
#include "model/func/exec/scalar.h"
#include "model/isa/disasm.h"
#include "model/isa/encode.h"

#include <optional>

namespace lutgemm::model::func {
namespace {

using isa::Instruction;
using isa::Op;

Trap Execute(State& state, const Instruction& i) {
  switch (i.op) {
    case Op::kHalt:
      return ExecHalt(state, i);
    case Op::kLi:
      return ExecLi(state, i);
    case Op::kAddi:
      return ExecAddi(state, i);
    case Op::kBne:
      return ExecBne(state, i);
    case Op::kCpin:
      return ExecCpin(state, i);
    case Op::kCpout:
      return ExecCpout(state, i);
    case Op::kFence:
      return ExecFence(state, i);
    case Op::kLd:
      return ExecLd(state, i);
    case Op::kSt:
      return ExecSt(state, i);
    case Op::kZero:
      return ExecZero(state, i);
    case Op::kLutgen:
      return ExecLutgen(state, i);
    case Op::kLmma:
      return ExecLmma(state, i);
    case Op::kFold:
      return ExecFold(state, i);
  }
  return {TrapKind::kIllegal, 0, "no such operation"};
}

// A reserved word traps only when it is reached.
std::vector<std::optional<Instruction>> DecodeAll(std::span<const uint64_t> words) {
  std::vector<std::optional<Instruction>> decoded;
  decoded.reserve(words.size());
  for (const uint64_t word : words) {
    Result<Instruction> instruction = isa::Decode(word);
    decoded.push_back(instruction.ok() ? std::optional(*instruction) : std::nullopt);
  }
  return decoded;
}

}  // namespace

Trap Machine::Run(std::span<const uint64_t> words, const Observer& observer) {
  const auto program = DecodeAll(words);
  State& s = state_;
  s.pc = 0;
  s.words = program.size();
  s.halted = false;
  s.CompleteCopies();  // halt waits for copies, and a trap leaves them complete
  for (uint64_t steps = 0; !s.halted; ++steps) {
    const size_t pc = s.pc;
    if (pc >= program.size()) {
      return {TrapKind::kEnd, pc,
              base::Cat("there is no word after the program's ", program.size(),
                        "; a halt is missing")};
    }
    if (steps == s.config.max_steps) {
      return {TrapKind::kSteps, pc, base::Cat("no end after ", steps, " steps")};
    }
    if (!program[pc]) {
      return {TrapKind::kIllegal, pc, isa::Decode(words[pc]).status().text()};
    }
    const Instruction& instruction = *program[pc];
    if (observer) observer(s, instruction);
    ++s.pc;
    Trap trap = Execute(s, instruction);
    if (!trap.ok()) {
      s.pc = trap.pc = pc;
      trap.text = base::Cat(isa::ToText(instruction), ": ", trap.text);
      return trap;
    }
    ++s.counters.steps;
    ++s.counters.executed[static_cast<size_t>(instruction.op)];
  }
  return {};
}

}  // namespace lutgemm::model::func
