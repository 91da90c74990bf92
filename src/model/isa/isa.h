// The instruction set of the LUT Tensor Core as data: operations, fields, types and what may stand
// together. Everything comes from codegen/spec/lmma_isa.toml; docs/isa.md says what it means.
//
// Words: O[M,N] = A[M,K] x W[N,K]^T + C; here M, N, K are the shape of one instruction. A table
// holds the sums of K activations with signs, half of them: see format/table.h.
#ifndef LUTGEMM_MODEL_ISA_ISA_H_
#define LUTGEMM_MODEL_ISA_ISA_H_

#include "format/planes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lutgemm::model::isa {

enum class Op : uint8_t {
#define LUTGEMM_FIELD_NAME(id, name)
#define LUTGEMM_INSTRUCTION(id, name, opcode, syntax) id,
#include "model/isa/gen/instructions.inc"
#undef LUTGEMM_INSTRUCTION
#undef LUTGEMM_FIELD_NAME
};

enum class Field : uint8_t {
#define LUTGEMM_FIELD_NAME(id, name) id,
#define LUTGEMM_INSTRUCTION(id, name, opcode, syntax)
#include "model/isa/gen/instructions.inc"
#undef LUTGEMM_INSTRUCTION
#undef LUTGEMM_FIELD_NAME
  kCount,
};

// Ids of types count from 0 in the order of the spec.
#define LUTGEMM_ACT_TYPE(id, name, bytes, entry_bytes) id,
#define LUTGEMM_WEIGHT_TYPE(id, name, ...)
#define LUTGEMM_SUM_TYPE(id, name, bytes)
enum class ActType : uint8_t {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_ACT_TYPE
#undef LUTGEMM_WEIGHT_TYPE
#undef LUTGEMM_SUM_TYPE
#define LUTGEMM_ACT_TYPE(id, name, bytes, entry_bytes)
#define LUTGEMM_WEIGHT_TYPE(id, name, ...) id,
#define LUTGEMM_SUM_TYPE(id, name, bytes)
enum class WeightType : uint8_t {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_WEIGHT_TYPE
#undef LUTGEMM_SUM_TYPE
#define LUTGEMM_WEIGHT_TYPE(id, name, ...)
#define LUTGEMM_SUM_TYPE(id, name, bytes) id,
enum class SumType : uint8_t {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_ACT_TYPE
#undef LUTGEMM_WEIGHT_TYPE
#undef LUTGEMM_SUM_TYPE

// How a field's bits stand for its value; the spec explains each.
enum class Kind : uint8_t {
  kLog2,
  kLess1,
  kCount,
  kNumber,
  kSigned,
  kOffset,
  kTarget,
  kFlag,
  kVector,
  kScalar,
  kAct,
  kWeight,
  kSum,
};

struct FieldSpec {
  Field field;
  uint8_t hi, lo;
  Kind kind;
  uint32_t max;  // of the kinds that are bounded by it

  constexpr unsigned width() const { return hi - lo + 1u; }
};

struct InstructionSpec {
  Op op;
  std::string_view name;
  uint8_t opcode;
  std::string_view syntax;  // of mnemonic and operands, with {field} for values
  std::span<const FieldSpec> fields;
};

// Every instruction, in the order of Op.
std::span<const InstructionSpec> Instructions();
const InstructionSpec& SpecOf(Op op);
const InstructionSpec* FindOpcode(unsigned opcode);      // null: reserved
const InstructionSpec* FindName(std::string_view name);  // null: no such instruction
std::string_view Name(Field field);
// The field in braces that begins at syntax[at]; moves `at` to its end.
const FieldSpec& FieldAt(const InstructionSpec& spec, size_t& at);

// Names of the values of kinds kAct, kWeight and kSum; none for other kinds.
std::span<const std::string_view> TypeNames(Kind kind);
std::string_view Name(ActType type);
std::string_view Name(WeightType type);
std::string_view Name(SumType type);

// An instruction and the values of its fields: M is 16 where the word holds 4. Fields that the
// operation does not have are 0.
struct Instruction {
  Op op = Op::kHalt;
  std::array<int32_t, static_cast<size_t>(Field::kCount)> values{};

  constexpr int32_t operator[](Field field) const { return values[static_cast<size_t>(field)]; }
  constexpr int32_t& operator[](Field field) { return values[static_cast<size_t>(field)]; }
  constexpr size_t Size(Field field) const { return static_cast<size_t>((*this)[field]); }
  constexpr ActType act() const { return static_cast<ActType>((*this)[Field::kA]); }
  constexpr ActType table() const { return static_cast<ActType>((*this)[Field::kT]); }
  constexpr WeightType weight() const { return static_cast<WeightType>((*this)[Field::kW]); }
  constexpr SumType acc() const { return static_cast<SumType>((*this)[Field::kAcc]); }
  constexpr SumType out() const { return static_cast<SumType>((*this)[Field::kOut]); }

  friend bool operator==(const Instruction&, const Instruction&) = default;
};

// Whether the types of an instruction may stand together.
bool IsLegalCombination(const Instruction& instruction);

// What a plane counts, in the order of planes.
format::Planes PlanesOf(WeightType type);
// The type of weights that a number format has on the machine, which has none for codebooks.
std::optional<WeightType> WeightTypeOf(WeightFormat format);
// Bytes of an activation, of an entry of its tables, of a sum.
size_t ActBytes(ActType type);
size_t EntryBytes(ActType type);
size_t SumBytes(SumType type);
constexpr bool IsFloat(ActType type) {
  return type == ActType::kF16 || type == ActType::kF8e4m3 || type == ActType::kF8e5m2;
}

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_ISA_H_
