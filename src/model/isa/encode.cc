#include "model/isa/encode.h"

#include "base/text.h"

#include <bit>

namespace lutgemm::model::isa {
namespace {

using base::Cat;
using base::MakeStatus;

constexpr unsigned kOpcodeBit = 56;

constexpr uint64_t MaskOf(const FieldSpec& field) {
  return ((uint64_t{1} << field.width()) - 1) << field.lo;
}

struct Range {
  int64_t low, high;
};

Range RangeOf(const FieldSpec& field) {
  const int64_t count = int64_t{1} << field.width();
  switch (field.kind) {
    case Kind::kLog2:
    case Kind::kLess1:
    case Kind::kCount:
      return {1, int64_t{field.max}};
    case Kind::kSigned:
    case Kind::kOffset:
    case Kind::kTarget:
      return {-(count / 2), count / 2 - 1};
    case Kind::kAct:
    case Kind::kWeight:
    case Kind::kSum:
      return {0, static_cast<int64_t>(TypeNames(field.kind).size()) - 1};
    default:
      return {0, count - 1};
  }
}

uint64_t BitsOf(const FieldSpec& field, int64_t value) {
  if (field.kind == Kind::kLog2) value = std::countr_zero(static_cast<uint64_t>(value));
  if (field.kind == Kind::kLess1) --value;
  return (static_cast<uint64_t>(value) << field.lo) & MaskOf(field);
}

int64_t ValueOf(const FieldSpec& field, uint64_t word) {
  const uint64_t bits = (word & MaskOf(field)) >> field.lo;
  const unsigned spare = 64 - field.width();
  switch (field.kind) {
    case Kind::kLog2:
      return int64_t{1} << bits;
    case Kind::kLess1:
      return static_cast<int64_t>(bits) + 1;
    case Kind::kSigned:
    case Kind::kOffset:
    case Kind::kTarget:
      return static_cast<int64_t>(bits << spare) >> spare;
    default:
      return static_cast<int64_t>(bits);
  }
}

std::string FieldText(const InstructionSpec& spec, const FieldSpec& field) {
  return Cat(spec.name, ": ", Name(field.field));
}

}  // namespace

bool Fits(const FieldSpec& field, int64_t value) {
  const Range range = RangeOf(field);
  if (value < range.low || value > range.high) return false;
  return field.kind != Kind::kLog2 || std::has_single_bit(static_cast<uint64_t>(value));
}

std::string RangeText(const FieldSpec& field) {
  if (const auto names = TypeNames(field.kind); !names.empty()) {
    std::string text = "one of";
    for (size_t i = 0; i < names.size(); ++i) text += Cat(i == 0 ? " " : ", ", names[i]);
    return text;
  }
  const Range range = RangeOf(field);
  if (field.kind == Kind::kLog2) return Cat("a power of two from 1 to ", range.high);
  return Cat(range.low, " to ", range.high);
}

Status CombinationError(const Instruction& instruction) {
  const InstructionSpec& spec = SpecOf(instruction.op);
  std::string types;
  for (const FieldSpec& field : spec.fields) {
    const auto names = TypeNames(field.kind);
    if (names.empty()) continue;
    types += Cat(types.empty() ? "" : ", ", Name(field.field), " ",
                 names[instruction.Size(field.field)]);
  }
  return MakeStatus(Code::kBadArgument, spec.name, ": ", types, " may not stand together");
}

Result<uint64_t> Encode(const Instruction& instruction) {
  if (static_cast<size_t>(instruction.op) >= Instructions().size()) {
    return MakeStatus(Code::kBadArgument, "there is no operation ",
                      static_cast<unsigned>(instruction.op));
  }
  const InstructionSpec& spec = SpecOf(instruction.op);
  uint64_t word = uint64_t{spec.opcode} << kOpcodeBit;
  for (const FieldSpec& field : spec.fields) {
    const int64_t value = instruction[field.field];
    if (!Fits(field, value)) {
      return MakeStatus(Code::kBadArgument, FieldText(spec, field), " is ", value, ", must be ",
                        RangeText(field));
    }
    word |= BitsOf(field, value);
  }
  if (!IsLegalCombination(instruction)) return CombinationError(instruction);
  return word;
}

Result<Instruction> Decode(uint64_t word) {
  const auto opcode = static_cast<unsigned>(word >> kOpcodeBit);
  const InstructionSpec* spec = FindOpcode(opcode);
  if (spec == nullptr) return MakeStatus(Code::kBadArgument, "opcode ", opcode, " is reserved");
  Instruction instruction;
  instruction.op = spec->op;
  uint64_t used = uint64_t{0xff} << kOpcodeBit;
  for (const FieldSpec& field : spec->fields) {
    const int64_t value = ValueOf(field, word);
    if (!Fits(field, value)) {
      return MakeStatus(Code::kBadArgument, FieldText(*spec, field),
                        " has a reserved value in bits ", field.hi, ":", field.lo);
    }
    instruction[field.field] = static_cast<int32_t>(value);
    used |= MaskOf(field);
  }
  if ((word & ~used) != 0) {
    return MakeStatus(Code::kBadArgument, spec->name, ": reserved bit ",
                      63 - std::countl_zero(word & ~used), " is set");
  }
  if (!IsLegalCombination(instruction)) return CombinationError(instruction);
  return instruction;
}

}  // namespace lutgemm::model::isa
