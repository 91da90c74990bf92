#include "model/isa/disasm.h"

#include "base/text.h"
#include "model/isa/encode.h"

#include <vector>

namespace lutgemm::model::isa {
namespace {

using base::Cat;
using base::MakeStatus;

std::string ValueText(const FieldSpec& field, int64_t value, std::string_view target) {
  if (const auto names = TypeNames(field.kind); !names.empty()) {
    return std::string(names[static_cast<size_t>(value)]);
  }
  switch (field.kind) {
    case Kind::kVector:
      return Cat("r", value);
    case Kind::kScalar:
      return Cat("s", value);
    case Kind::kFlag:
      return value != 0 ? Cat(".", Name(field.field)) : std::string();
    case Kind::kOffset:
      return Cat(value < 0 ? "-" : "+", value < 0 ? -value : value);
    case Kind::kTarget:
      return target.empty() ? Cat(value) : std::string(target);
    default:
      return Cat(value);
  }
}

// The word that a branch leads to; nothing for other instructions and outside the program.
constexpr size_t kNowhere = ~size_t{0};
size_t TargetOf(const Instruction& instruction, size_t at, size_t count) {
  if (instruction.op != Op::kBne) return kNowhere;
  const int64_t target = static_cast<int64_t>(at) + instruction[Field::kTarget];
  if (target < 0 || target > static_cast<int64_t>(count)) return kNowhere;
  return static_cast<size_t>(target);
}

}  // namespace

std::string ToText(const Instruction& instruction, std::string_view target) {
  const InstructionSpec& spec = SpecOf(instruction.op);
  std::string text(spec.name);
  for (size_t i = 0; i < spec.syntax.size(); ++i) {
    if (spec.syntax[i] != '{') {
      text += spec.syntax[i];
      continue;
    }
    const FieldSpec& field = FieldAt(spec, i);
    text += ValueText(field, instruction[field.field], target);
  }
  return text;
}

Result<std::string> Disassemble(std::span<const uint64_t> words) {
  std::vector<Instruction> instructions;
  std::vector<bool> labelled(words.size() + 1);
  for (size_t at = 0; at < words.size(); ++at) {
    const Result<Instruction> instruction = Decode(words[at]);
    if (!instruction.ok()) {
      return MakeStatus(Code::kBadArgument, "word ", at, ": ", instruction.status().text());
    }
    instructions.push_back(*instruction);
    const size_t target = TargetOf(*instruction, at, words.size());
    if (target != kNowhere) labelled[target] = true;
  }
  std::string text;
  for (size_t at = 0; at <= words.size(); ++at) {
    if (labelled[at]) text += Cat("L", at, ":\n");
    if (at == words.size()) break;
    const size_t target = TargetOf(instructions[at], at, words.size());
    text += Cat("  ", ToText(instructions[at], target == kNowhere ? "" : Cat("L", target)), "\n");
  }
  return text;
}

}  // namespace lutgemm::model::isa
