// What the operands of lutgen, lmma and fold hold: sizes and places in a group of registers.
//
//   register   128 bytes: 32 lanes of 32 bits. Operands start at a register and go on in the next.
//   tables     [m][entry], then, for lut8, from the next multiple of 4 bytes f32 scales [m]
//   weights    [plane][n][k] bits, lowest first, offline complement applied (format/table.h)
//   sums       [m][n]
//   row sums   i32 [m] (f32 for tables of floats and lut8), then f32 scales [m], then a u32 that
//              says which of the two the sums are
//   outputs    of a group of weights: i32 centers [n], f32 scales [n], f32 offsets [n]
#ifndef LUTGEMM_MODEL_ISA_OPERANDS_H_
#define LUTGEMM_MODEL_ISA_OPERANDS_H_

#include "base/bits.h"
#include "model/isa/isa.h"

namespace lutgemm::model::isa {

inline constexpr size_t kRegisterBytes = 128;
inline constexpr size_t kMaxRegisters = 256;
inline constexpr size_t kScalars = 32;  // s0 is always 0

constexpr size_t Registers(size_t bytes) { return base::CeilDiv(bytes, kRegisterBytes); }
constexpr size_t TableEntries(size_t k) { return size_t{1} << (k - 1); }

// Where the scales of quantised tables begin, which is also where tables without any end.
inline size_t TableScalesAt(size_t m, size_t k, ActType type) {
  return base::RoundUp(m * TableEntries(k) * EntryBytes(type), 4);
}
inline size_t TableBytes(size_t m, size_t k, ActType type) {
  return TableScalesAt(m, k, type) + (type == ActType::kLut8 ? m * 4 : 0);
}
inline size_t WeightBytes(size_t n, size_t k, WeightType type) {
  return base::CeilDiv(PlanesOf(type).count * n * k, 8);
}
inline size_t SumsBytes(size_t m, size_t n, SumType type) { return m * n * SumBytes(type); }
constexpr size_t RowSumBytes(size_t m) { return m * 8 + 4; }
// The last word of a row record: what its sums are. Lookups of either kind leave their own, so that
// sums of one are never read as the other.
enum class RowSumKind : uint32_t {
  kOpen = 0,  // nothing was added yet, or a program wrote the record itself: taken as it is used
  kI32 = 1,
  kF32 = 2,
};
// Of the row sums that come with tables of a type.
constexpr RowSumKind RowSumsOf(ActType table) {
  return table == ActType::kI8 || table == ActType::kI16 ? RowSumKind::kI32 : RowSumKind::kF32;
}
// Of the row sums that fold takes beside sums of a type.
constexpr RowSumKind RowSumsOf(SumType acc) {
  return acc == SumType::kI32 ? RowSumKind::kI32 : RowSumKind::kF32;
}
constexpr size_t OutputRecordBytes(size_t n) { return n * 12; }

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_OPERANDS_H_
