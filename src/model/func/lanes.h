// Elements of operands in registers, and the checks that instructions on them share.
#ifndef LUTGEMM_MODEL_FUNC_LANES_H_
#define LUTGEMM_MODEL_FUNC_LANES_H_

#include "format/fp.h"
#include "format/minifloat.h"
#include "format/rounding.h"
#include "model/func/state.h"

#include "base/text.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace lutgemm::model::func {

template <class T>
T LoadAs(const std::byte* base, size_t index) {
  T value;
  std::memcpy(&value, base + index * sizeof(T), sizeof(T));
  return value;
}
template <class T>
void StoreAs(std::byte* base, size_t index, T value) {
  std::memcpy(base + index * sizeof(T), &value, sizeof(T));
}

// Floats that instructions compute have one NaN: quiet, positive, without a payload. What a
// processor makes of signs and payloads of operands differs, so none of that is kept.
inline constexpr uint16_t kNanF16 = 0x7e00;
inline constexpr uint32_t kNanF32 = 0x7fc00000;

inline void StoreF32(std::byte* base, size_t index, float value) {
  StoreAs(base, index, std::isnan(value) ? std::bit_cast<float>(kNanF32) : value);
}
// Rounds to f16; `value` is exact or rounded to odd.
inline void StoreF16(std::byte* base, size_t index, double value) {
  StoreAs(base, index, std::isnan(value) ? kNanF16 : format::ToF16(value));
}

// Activation `index` of a float type.
inline double LoadActF64(const std::byte* base, isa::ActType type, size_t index) {
  if (type == isa::ActType::kF16) return double{format::F16ToF32(LoadAs<uint16_t>(base, index))};
  const format::MiniFloat& f8 = type == isa::ActType::kF8e4m3 ? format::kE4M3 : format::kE5M2;
  return double{format::MiniFloatValue(f8, LoadAs<uint8_t>(base, index))};
}

// An operand: its first register and size.
struct Operand {
  int32_t first = 0;
  size_t bytes = 0;

  ByteRange Registers() const {
    const auto begin = static_cast<size_t>(first);
    return {begin, begin + isa::Registers(bytes)};
  }
};

// A trap unless all operands lie within the registers.
template <size_t kCount>
Trap CheckWithin(const State& state, const std::array<Operand, kCount>& operands) {
  for (const Operand& operand : operands) {
    if (Trap t = state.CheckRegisters(operand.first, operand.bytes); !t.ok()) return t;
  }
  return {};
}

// A trap if the result lies over one of the sources; the one at `in_place` may be exactly the
// result.
template <size_t kCount>
Trap CheckApart(const Operand& result, const std::array<Operand, kCount>& sources,
                size_t in_place = kCount) {
  for (size_t i = 0; i < kCount; ++i) {
    const Operand& source = sources[i];
    const bool same = i == in_place && source.first == result.first;
    if (!same && source.Registers().Overlaps(result.Registers())) {
      return {TrapKind::kOverlap, 0,
              base::Cat("the result from r", result.first, " overlaps the operand from r",
                        source.first)};
    }
  }
  return {};
}

// Bytes that an instruction reads and writes; one that traps does neither.
template <size_t kReads, size_t kWrites>
void CountOperands(State& state, const std::array<Operand, kReads>& reads,
                   const std::array<Operand, kWrites>& writes) {
  for (const Operand& operand : reads) state.counters.register_read += operand.bytes;
  for (const Operand& operand : writes) state.counters.register_written += operand.bytes;
}

// The record's word that says what its row sums are; `m` is the record's.
inline size_t RowKindAt(size_t m) { return 2 * m; }

// A trap if a row record's sums are of another type than an instruction takes.
inline Trap CheckRowKind(State& state, int32_t record, size_t m, isa::RowSumKind wanted) {
  const auto kind = LoadAs<uint32_t>(state.Register(record), RowKindAt(m));
  if (kind == static_cast<uint32_t>(isa::RowSumKind::kOpen) ||
      kind == static_cast<uint32_t>(wanted)) {
    return {};
  }
  const char* const needs = wanted == isa::RowSumKind::kI32 ? "i32 (kind 1)" : "f32 (kind 2)";
  return {TrapKind::kType, 0,
          base::Cat("the row sums from r", record, " are of kind ", kind, ", and ", needs,
                    " is needed")};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_LANES_H_
