// Elements of operands in registers, and the checks that instructions on them share.
#ifndef LUTGEMM_MODEL_FUNC_LANES_H_
#define LUTGEMM_MODEL_FUNC_LANES_H_

#include "format/fp.h"
#include "format/minifloat.h"
#include "model/func/state.h"

#include "base/text.h"

#include <array>
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

// All operands within the registers, and the result over none of the sources; the one at
// `in_place` may be exactly the result. Counts the bytes.
template <size_t kCount>
Trap CheckOperands(State& state, const Operand& result, const std::array<Operand, kCount>& sources,
                   size_t in_place = kCount) {
  if (Trap t = state.CheckRegisters(result.first, result.bytes); !t.ok()) return t;
  for (size_t i = 0; i < kCount; ++i) {
    const Operand& source = sources[i];
    if (Trap t = state.CheckRegisters(source.first, source.bytes); !t.ok()) return t;
    state.counters.register_read += source.bytes;
    const bool same = i == in_place && source.first == result.first;
    if (!same && source.Registers().Overlaps(result.Registers())) {
      return {TrapKind::kOverlap, 0,
              base::Cat("the result from r", result.first, " overlaps the operand from r",
                        source.first)};
    }
  }
  state.counters.register_written += result.bytes;
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_LANES_H_
