// What each weight format may be combined with: groups, scale types, zero points; and what it is
// given by default.
#ifndef LUTGEMM_FORMAT_TRAITS_H_
#define LUTGEMM_FORMAT_TRAITS_H_

#include "format/block.h"
#include "format/codebook.h"
#include "format/planes.h"

#include <lutgemm/weights.hpp>

namespace lutgemm::format {

constexpr bool IsSpecialGroup(uint32_t group) {
  return group == kWholeRow || group == kWholeTensor;
}

constexpr bool IsBook(WeightFormat format) { return FactsOf(format).integers == Integers::kBook; }

// Mantissa bits of block floating point, 0 for other formats.
constexpr unsigned BfpBits(WeightFormat format) {
  const FormatFacts& facts = FactsOf(format);
  return facts.integers == Integers::kBfp ? facts.planes.count : 0;
}

// Whether each group selects one of several tables.
constexpr bool HasSelectors(WeightFormat format) { return FactsOf(format).tables > 1; }

// The type of scales that the format prescribes or is usually given.
constexpr Elem OwnScale(WeightFormat format) { return FactsOf(format).scale; }

constexpr bool IsFloatElem(Elem elem) {
  return elem == Elem::kF32 || elem == Elem::kF16 || elem == Elem::kBF16;
}

// Scales without super-groups.
constexpr bool TakesScale(WeightFormat format, Elem scale) {
  return (FactsOf(format).scales & Bit(scale)) != 0;
}

// Integer scales of groups with a factor for each super-group.
constexpr bool TakesSuperGroups(const WeightInfo& info) {
  return (FactsOf(info.format).super_scales & Bit(info.scale)) != 0 &&
         info.zero != ZeroKind::kInteger && IsFloatElem(info.factor) &&
         !IsSpecialGroup(info.group) && info.group % 16 == 0 &&
         info.super_group % info.group == 0 && info.super_group <= kMaxSuperGroup;
}

// The type of stored offsets: a byte where a factor of the super-group multiplies it.
constexpr Elem OffsetElem(const WeightInfo& info) {
  return info.super_group != 0 ? Elem::kU8 : info.scale;
}

constexpr bool TakesGroup(WeightFormat format, uint32_t group) {
  const FormatFacts& facts = FactsOf(format);
  if (facts.groups[0] == 0) {
    return group == kWholeTensor ? facts.whole_tensor : group % 4 == 0;
  }
  for (const uint32_t length : facts.groups) {
    if (length != 0 && length == group) return true;
  }
  return false;
}

// What TakesGroup and TakesScale accept, in words.
constexpr const char* GroupsText(WeightFormat format) { return FactsOf(format).groups_text; }
constexpr const char* ScalesText(WeightFormat format) { return FactsOf(format).scales_text; }

constexpr uint32_t DefaultGroup(WeightFormat format) { return FactsOf(format).group; }

// What the integer 1 of a format is worth over its scale: the unit of its codebook, 2^-(m-2) of
// BFP, else 1.
constexpr float UnitOf(WeightFormat format, const Codebook& book) {
  if (IsBook(format)) return book.unit;
  const unsigned bits = BfpBits(format);
  return bits != 0 ? static_cast<float>(BfpUnit(bits)) : 1.0f;
}

// Second-level scale factors: none, one of the tensor, one per row (f32 both), or one for each
// super-group of a row.
enum class Factors : uint8_t { kNone, kTensor, kRows, kSuperGroups };
constexpr Factors FactorsOf(const WeightInfo& info) {
  return info.super_group != 0       ? Factors::kSuperGroups
         : info.scale == Elem::kE4m3 ? Factors::kTensor
         : info.scale == Elem::kU8   ? Factors::kRows
                                     : Factors::kNone;
}
// How they are stored.
constexpr Elem FactorElem(const WeightInfo& info) {
  return info.super_group != 0 ? info.factor : Elem::kF32;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_TRAITS_H_
