#include "model/isa/isa.h"

#include <algorithm>
#include <utility>

namespace lutgemm::model::isa {
namespace {

struct FieldRow {
  Op op;
  FieldSpec spec;
};

constexpr FieldRow kFieldRows[] = {
#define LUTGEMM_FIELD(op, field, hi, lo, kind, max) \
  {Op::op, {Field::field, hi, lo, Kind::kind, max}},
#include "model/isa/gen/fields.inc"
#undef LUTGEMM_FIELD
};
constexpr size_t kRows = std::size(kFieldRows);

constexpr auto kFields = [] {
  std::array<FieldSpec, kRows> fields{};
  for (size_t i = 0; i < kRows; ++i) fields[i] = kFieldRows[i].spec;
  return fields;
}();

// Rows of one operation are neighbours.
constexpr std::span<const FieldSpec> FieldsOf(Op op) {
  size_t begin = 0;
  while (begin < kRows && kFieldRows[begin].op != op) ++begin;
  size_t end = begin;
  while (end < kRows && kFieldRows[end].op == op) ++end;
  return std::span<const FieldSpec>(kFields).subspan(begin, end - begin);
}

#define LUTGEMM_FIELD_NAME(id, name)
#define LUTGEMM_INSTRUCTION(id, name, opcode, syntax) \
  {Op::id, name, opcode, syntax, FieldsOf(Op::id)},
constexpr InstructionSpec kInstructions[] = {
#include "model/isa/gen/instructions.inc"
};
#undef LUTGEMM_FIELD_NAME
#undef LUTGEMM_INSTRUCTION

#define LUTGEMM_FIELD_NAME(id, name) name,
#define LUTGEMM_INSTRUCTION(id, name, opcode, syntax)
constexpr std::string_view kFieldNames[] = {
#include "model/isa/gen/instructions.inc"
};
#undef LUTGEMM_FIELD_NAME
#undef LUTGEMM_INSTRUCTION

struct ActInfo {
  size_t bytes, entry_bytes;
};

// Values of one field that a combination allows, as bits.
struct OneOf {
  Field field;
  uint32_t values;
  constexpr OneOf(Field f, uint32_t v) : field(f), values(v) {}
};
constexpr size_t kMostSets = 3;
struct Combination {
  Op op;
  size_t count;
  std::array<OneOf, kMostSets> sets;
};
template <class... Sets>
constexpr Combination MakeCombination(Op op, Sets... sets) {
  static_assert(sizeof...(Sets) <= kMostSets);
  std::array<OneOf, kMostSets> all{OneOf(Field::kA, 0), OneOf(Field::kA, 0), OneOf(Field::kA, 0)};
  size_t count = 0;
  ((all[count++] = sets), ...);
  return {op, count, all};
}

constexpr Combination kCombinations[] = {
#define LUTGEMM_COMBINATION(op, ...) MakeCombination(Op::op, __VA_ARGS__),
#include "model/isa/gen/combinations.inc"
#undef LUTGEMM_COMBINATION
};

#define LUTGEMM_ACT_TYPE(id, name, bytes, entry_bytes) name,
#define LUTGEMM_WEIGHT_TYPE(id, name, ...)
#define LUTGEMM_SUM_TYPE(id, name, bytes)
constexpr std::string_view kActNames[] = {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_ACT_TYPE
#define LUTGEMM_ACT_TYPE(id, name, bytes, entry_bytes) {bytes, entry_bytes},
constexpr ActInfo kActs[] = {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_ACT_TYPE
#undef LUTGEMM_WEIGHT_TYPE
#define LUTGEMM_ACT_TYPE(id, name, bytes, entry_bytes)
#define LUTGEMM_WEIGHT_TYPE(id, name, ...) name,
constexpr std::string_view kWeightNames[] = {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_WEIGHT_TYPE
#define LUTGEMM_WEIGHT_TYPE(id, name, ...) \
  format::Planes{std::initializer_list<int>{__VA_ARGS__}.size(), {__VA_ARGS__}},
constexpr format::Planes kPlanes[] = {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_WEIGHT_TYPE
#undef LUTGEMM_SUM_TYPE
#define LUTGEMM_WEIGHT_TYPE(id, name, ...)
#define LUTGEMM_SUM_TYPE(id, name, bytes) name,
constexpr std::string_view kSumNames[] = {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_SUM_TYPE
#define LUTGEMM_SUM_TYPE(id, name, bytes) bytes,
constexpr size_t kSumBytes[] = {
#include "model/isa/gen/types.inc"
};
#undef LUTGEMM_ACT_TYPE
#undef LUTGEMM_WEIGHT_TYPE
#undef LUTGEMM_SUM_TYPE

}  // namespace

std::span<const InstructionSpec> Instructions() { return kInstructions; }

const InstructionSpec& SpecOf(Op op) { return kInstructions[static_cast<size_t>(op)]; }

const InstructionSpec* FindOpcode(unsigned opcode) {
  for (const InstructionSpec& spec : kInstructions) {
    if (spec.opcode == opcode) return &spec;
  }
  return nullptr;
}

const InstructionSpec* FindName(std::string_view name) {
  for (const InstructionSpec& spec : kInstructions) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

std::string_view Name(Field field) { return kFieldNames[static_cast<size_t>(field)]; }

const FieldSpec& FieldAt(const InstructionSpec& spec, size_t& at) {
  const size_t begin = at + 1;
  at = spec.syntax.find('}', begin);
  const std::string_view name = spec.syntax.substr(begin, at - begin);
  return *std::find_if(spec.fields.begin(), spec.fields.end(),
                       [&](const FieldSpec& f) { return Name(f.field) == name; });
}

std::span<const std::string_view> TypeNames(Kind kind) {
  switch (kind) {
    case Kind::kAct:
      return kActNames;
    case Kind::kWeight:
      return kWeightNames;
    case Kind::kSum:
      return kSumNames;
    default:
      return {};
  }
}

std::string_view Name(ActType type) { return kActNames[static_cast<size_t>(type)]; }
std::string_view Name(WeightType type) { return kWeightNames[static_cast<size_t>(type)]; }
std::string_view Name(SumType type) { return kSumNames[static_cast<size_t>(type)]; }

bool IsLegalCombination(const Instruction& instruction) {
  bool restricted = false;
  for (const Combination& combination : kCombinations) {
    if (combination.op != instruction.op) continue;
    restricted = true;
    const auto sets = std::span(combination.sets).first(combination.count);
    const bool holds = std::all_of(sets.begin(), sets.end(), [&](const OneOf& set) {
      return (set.values >> instruction[set.field] & 1u) != 0;
    });
    if (holds) return true;
  }
  return !restricted;
}

format::Planes PlanesOf(WeightType type) { return kPlanes[static_cast<size_t>(type)]; }

std::optional<WeightType> WeightTypeOf(WeightFormat format) {
  constexpr std::pair<WeightFormat, WeightType> kPairs[] = {
      {WeightFormat::kInt1, WeightType::kI1},    {WeightFormat::kInt2, WeightType::kI2},
      {WeightFormat::kInt3, WeightType::kI3},    {WeightFormat::kInt4, WeightType::kI4},
      {WeightFormat::kTernary, WeightType::kT2},
  };
  for (const auto& [known, type] : kPairs) {
    if (known == format) return type;
  }
  return std::nullopt;
}

size_t ActBytes(ActType type) { return kActs[static_cast<size_t>(type)].bytes; }
size_t EntryBytes(ActType type) { return kActs[static_cast<size_t>(type)].entry_bytes; }
size_t SumBytes(SumType type) { return kSumBytes[static_cast<size_t>(type)]; }

}  // namespace lutgemm::model::isa
