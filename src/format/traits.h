// What each weight format may be combined with: groups, scale types, zero points; and what it is
// given by default.
#ifndef LUTGEMM_FORMAT_TRAITS_H_
#define LUTGEMM_FORMAT_TRAITS_H_

#include "format/block.h"
#include "format/codebook.h"

#include <lutgemm/weights.hpp>

namespace lutgemm::format {

constexpr bool IsSpecialGroup(uint32_t group) {
  return group == kWholeRow || group == kWholeTensor;
}

// Mantissa bits of block floating point, 0 for other formats.
constexpr unsigned BfpBits(WeightFormat format) {
  if (format < WeightFormat::kBfp3 || format > WeightFormat::kBfp8) return 0;
  return static_cast<unsigned>(format) - static_cast<unsigned>(WeightFormat::kBfp3) + kMinBfpBits;
}

constexpr bool IsBook(WeightFormat format) {
  return format >= WeightFormat::kBitmod3 && format <= WeightFormat::kCodebook;
}

// int2 to int8 may have zero points.
constexpr bool HasZeros(WeightFormat format) {
  return (format >= WeightFormat::kInt2 && format <= WeightFormat::kInt4) ||
         (format >= WeightFormat::kInt5 && format <= WeightFormat::kInt8);
}

// Whether each group selects one of several tables.
constexpr bool HasSelectors(WeightFormat format) { return FixedBook(format).tables > 1; }

// The type of scales that the format prescribes, or kF16 where there is a choice.
constexpr Elem OwnScale(WeightFormat format) {
  if (BfpBits(format) != 0 || format == WeightFormat::kMxfp4) return Elem::kE8m0;
  if (format == WeightFormat::kNvfp4) return Elem::kE4m3;
  return format == WeightFormat::kBitmod3 || format == WeightFormat::kBitmod4 ? Elem::kU8
                                                                              : Elem::kF16;
}

constexpr bool IsFloatElem(Elem elem) {
  return elem == Elem::kF32 || elem == Elem::kF16 || elem == Elem::kBF16;
}

// Scales without super-groups.
constexpr bool TakesScale(WeightFormat format, Elem scale) {
  const Elem own = OwnScale(format);
  if (own == Elem::kE8m0 || own == Elem::kE4m3) return scale == own;
  return IsFloatElem(scale) || (IsBook(format) && scale == Elem::kU8);
}

// Integer scales of groups with a factor for each super-group.
constexpr bool TakesSuperGroups(const WeightInfo& info) {
  const bool free_book =
      info.format == WeightFormat::kNf4 || info.format == WeightFormat::kCodebook;
  return (HasZeros(info.format) || free_book) && info.zero != ZeroKind::kInteger &&
         (info.scale == Elem::kU8 || info.scale == Elem::kI8) && IsFloatElem(info.factor) &&
         !IsSpecialGroup(info.group) && info.group % 16 == 0 &&
         info.super_group % info.group == 0 && info.super_group <= kMaxSuperGroup;
}

// The type of stored offsets: a byte where a factor of the super-group multiplies it.
constexpr Elem OffsetElem(const WeightInfo& info) {
  return info.super_group != 0 ? Elem::kU8 : info.scale;
}

constexpr bool TakesGroup(WeightFormat format, uint32_t group) {
  if (format == WeightFormat::kMxfp4) return group == kMxBlock;
  if (format == WeightFormat::kNvfp4) return group == 16;
  if (BfpBits(format) != 0) return group == 16 || group == 32 || group == 64 || group == 128;
  if (group == kWholeTensor) return !IsBook(format);
  return group % 4 == 0;
}

// What TakesGroup and TakesScale accept, in words.
constexpr const char* GroupsText(WeightFormat format) {
  if (format == WeightFormat::kMxfp4) return "32";
  if (format == WeightFormat::kNvfp4) return "16";
  if (BfpBits(format) != 0) return "16, 32, 64 or 128";
  return IsBook(format) ? "a multiple of 4 or row" : "a multiple of 4, row or tensor";
}
constexpr const char* ScalesText(WeightFormat format) {
  const Elem own = OwnScale(format);
  if (own == Elem::kE8m0) return "e8m0";
  if (own == Elem::kE4m3) return "e4m3";
  return IsBook(format) ? "u8, f16, bf16 or f32" : "f32, f16 or bf16";
}

constexpr uint32_t DefaultGroup(WeightFormat format) {
  switch (format) {
    case WeightFormat::kTernary:
      return kWholeTensor;
    case WeightFormat::kNvfp4:
      return 16;
    case WeightFormat::kNf4:
      return 64;  // the block of QLoRA
    case WeightFormat::kMxfp4:
      return kMxBlock;
    default:
      return BfpBits(format) != 0 ? 32 : 128;
  }
}

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
