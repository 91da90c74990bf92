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

#include "format/facts.h"

#include <lutgemm/types.hpp>

namespace lutgemm::format {

constexpr const Planes& PlanesOf(WeightFormat format) { return FactsOf(format).planes; }

// Bit p of the result is the code's bit in plane p. Ternary counts in unary, 0 -> 00, 1 -> 01,
// 2 -> 11 (plane 0 is the low bit), so that its two planes weigh the same.
constexpr unsigned PlaneBits(WeightFormat format, unsigned code) {
  return FactsOf(format).unary ? (1u << code) - 1 : code;
}

// Whether stored zero points say which code is 0.
constexpr bool HasZeros(WeightFormat format) {
  return FactsOf(format).zeros != Bit(ZeroKind::kNone);
}

// The integer v(code) of every format without a codebook: int1 2q - 1, ints q - zero, ternary and
// BFP q minus their middle. `zero` is read where the format has zero points.
constexpr int IntegerValue(WeightFormat format, unsigned code, unsigned zero) {
  const FormatFacts& facts = FactsOf(format);
  if (HasZeros(format)) return static_cast<int>(code) - static_cast<int>(zero);
  return facts.first + facts.step * static_cast<int>(code);
}

// The zero point of weights whose ZeroKind is kNone. 0 for int1, which has none.
constexpr unsigned NoneZero(WeightFormat format) {
  const FormatFacts& facts = FactsOf(format);
  return facts.step == 1 ? static_cast<unsigned>(-facts.first) : 0;
}

// 2 * v(code) = Gain * (the sum of the code's signed digits) + Center: the gain is 2 for int1 and 1
// for all others; Center is the sum of multipliers minus twice the zero point (int1 and ternary:
// 0).
constexpr int Gain(WeightFormat format) { return FactsOf(format).step; }
constexpr int Center(WeightFormat format, unsigned zero) {
  const FormatFacts& facts = FactsOf(format);
  const int total = static_cast<int>(facts.planes.total());
  if (HasZeros(format)) return total - 2 * static_cast<int>(zero);
  return 2 * facts.first + facts.step * total;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_PLANES_H_
