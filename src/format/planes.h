// Codes as bit planes, the form that table lookup works on.
//
// Plane p holds one bit b_p of every code. Two views of the same bits:
//   weighted bits   code = sum over p of m_p * b_p
//   signed digits   sum over p of m_p * (2 b_p - 1) = 2 * code - sum over p of m_p
// with multipliers m = 1, 2, 4, 8 ... for ints and BFP and 1, 1 for ternary. The second view makes
// a table of sums of +-activations do for every format: the integer that a code stands for is half
// of the signed sum plus a constant of the group, see Center. Codes of codebooks are cut into bits
// alike, but their integers are table entries: of the identities below only those of codes hold for
// them.
#ifndef LUTGEMM_FORMAT_PLANES_H_
#define LUTGEMM_FORMAT_PLANES_H_

#include "format/int.h"
#include "format/ternary.h"

#include <lutgemm/types.hpp>

namespace lutgemm::format {

struct Planes {
  unsigned count = 0;
  unsigned multiplier[8] = {};

  // Sum of the multipliers, which is also the largest code.
  constexpr unsigned total() const {
    unsigned sum = 0;
    for (const unsigned m : multiplier) sum += m;
    return sum;
  }
};

constexpr Planes PlanesOf(WeightFormat format) {
  switch (format) {
    case WeightFormat::kInt1:
      return {1, {1}};
    case WeightFormat::kInt2:
      return {2, {1, 2}};
    case WeightFormat::kInt3:
      return {3, {1, 2, 4}};
    case WeightFormat::kInt4:
      return {4, {1, 2, 4, 8}};
    case WeightFormat::kTernary:
      return {2, {1, 1}};
    case WeightFormat::kBitmod3:
      return {3, {1, 2, 4}};
    case WeightFormat::kBfp3:
      return {3, {1, 2, 4}};
    case WeightFormat::kBfp4:
      return {4, {1, 2, 4, 8}};
    case WeightFormat::kBfp5:
    case WeightFormat::kInt5:
      return {5, {1, 2, 4, 8, 16}};
    case WeightFormat::kBfp6:
    case WeightFormat::kInt6:
      return {6, {1, 2, 4, 8, 16, 32}};
    case WeightFormat::kBfp7:
      return {7, {1, 2, 4, 8, 16, 32, 64}};
    case WeightFormat::kBfp8:
    case WeightFormat::kInt8:
      return {8, {1, 2, 4, 8, 16, 32, 64, 128}};
    case WeightFormat::kBitmod4:
    case WeightFormat::kMxfp4:
    case WeightFormat::kNvfp4:
    case WeightFormat::kNf4:
    case WeightFormat::kCodebook:
      return {4, {1, 2, 4, 8}};
  }
  return {};
}

// Bit p of the result is the code's bit in plane p. Ternary counts in unary, 0 -> 00, 1 -> 01,
// 2 -> 11 (plane 0 is the low bit), so that its two planes weigh the same.
constexpr unsigned PlaneBits(WeightFormat format, unsigned code) {
  return format == WeightFormat::kTernary ? (1u << code) - 1 : code;
}

// The integer v(code) of every format without a codebook: int1 2q - 1, ints and BFP q - zero,
// ternary q - 1.
constexpr int IntegerValue(WeightFormat format, unsigned code, unsigned zero) {
  if (format == WeightFormat::kTernary) return TernaryValue(code);
  return IntValue(PlanesOf(format).count, code, zero);
}

// The zero point of weights whose ZeroKind is kNone. 0 for int1, which has none.
constexpr unsigned NoneZero(WeightFormat format) {
  if (format == WeightFormat::kTernary) return kTernaryZero;
  return format == WeightFormat::kInt1 ? 0 : SymmetricZero(PlanesOf(format).count);
}

// 2 * v(code) = Gain * (the sum of the code's signed digits) + Center: the gain is 2 for int1 and 1
// for all others; Center is the sum of multipliers minus twice the zero point (int1 and ternary:
// 0).
constexpr int Gain(WeightFormat format) { return format == WeightFormat::kInt1 ? 2 : 1; }
constexpr int Center(WeightFormat format, unsigned zero) {
  if (format == WeightFormat::kInt1 || format == WeightFormat::kTernary) return 0;
  return static_cast<int>(PlanesOf(format).total()) - 2 * static_cast<int>(zero);
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_PLANES_H_
