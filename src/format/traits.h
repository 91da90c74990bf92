// What each weight format may be combined with: groups, scale types, zero points; and what it is
// given by default.
#ifndef LUTGEMM_FORMAT_TRAITS_H_
#define LUTGEMM_FORMAT_TRAITS_H_

#include "format/block.h"
#include "format/codebook.h"

#include <lutgemm/types.hpp>

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

// int2, int3 and int4 may have zero points.
constexpr bool HasZeros(WeightFormat format) {
  return format >= WeightFormat::kInt2 && format <= WeightFormat::kInt4;
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

constexpr bool TakesScale(WeightFormat format, Elem scale) {
  const Elem own = OwnScale(format);
  if (own == Elem::kE8m0 || own == Elem::kE4m3) return scale == own;
  return IsFloatElem(scale) || (IsBook(format) && scale == Elem::kU8);
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

// Second-level scale factors, f32 each: none, one of the tensor, or one per row.
enum class Factors : uint8_t { kNone, kTensor, kRows };
constexpr Factors FactorsOf(Elem scale) {
  return scale == Elem::kE4m3 ? Factors::kTensor
         : scale == Elem::kU8 ? Factors::kRows
                              : Factors::kNone;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_TRAITS_H_
