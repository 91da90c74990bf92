// Steps 1 and 2 of the BitMoD PE in one cycle: four lanes of one f16 activation times one weight
// term each, aligned to the largest exponent and added (HPCA 2025, Fig. 5). Integer arithmetic of
// the widths given there; the value of a cycle's dot product is
//   dot * 2^(exponent - kExponentBias) * 2^significance.
#ifndef LUTGEMM_MODEL_UNITS_LANES_H_
#define LUTGEMM_MODEL_UNITS_LANES_H_

#include "base/check.h"
#include "model/units/terms.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lutgemm::model::units {

inline constexpr unsigned kLanes = 4;
inline constexpr unsigned kGuardBits = 3;
inline constexpr unsigned kAlignedBits = 14;  // 11 of the mantissa and the guard bits
inline constexpr int kExponentBias = 15 + 10 + kGuardBits;

// What happens to bits shifted out. The paper has guard bits "for round to nearest even" and does
// not say where it rounds; the authors' published circuit truncates, and so does the default here.
enum class Rounding : uint8_t { kTruncate, kNearestEven };

// value / 2^amount, rounded down or to nearest even. |value| < 2^30.
constexpr int32_t ShiftRight(int32_t value, unsigned amount, Rounding rounding) {
  if (amount == 0) return value;
  if (amount > 31) amount = 31;
  const int64_t wide = value;
  const int64_t floor = wide >> amount;
  if (rounding == Rounding::kTruncate) return static_cast<int32_t>(floor);
  const int64_t rest = wide - floor * (int64_t{1} << amount);
  const int64_t half = int64_t{1} << (amount - 1);
  const bool up = rest > half || (rest == half && (floor & 1) != 0);
  return static_cast<int32_t>(floor + (up ? 1 : 0));
}

constexpr bool FitsSigned(int64_t value, unsigned bits) {
  const int64_t limit = int64_t{1} << (bits - 1);
  return value >= -limit && value < limit;
}

// A finite f16 as the PE takes it: (-1)^negative * mantissa * 2^(exponent - 25).
struct Activation {
  bool negative = false;
  uint8_t exponent = 1;   // 1..30
  uint16_t mantissa = 0;  // 11 bits, the hidden one included
};

constexpr bool IsFiniteF16(uint16_t bits) { return (bits & 0x7c00u) != 0x7c00u; }

// Subnormal values have exponent 1 and no hidden bit; the paper does not mention them (ours).
// Infinity and NaN have no place in the datapath: `bits` must be finite.
constexpr Activation SplitF16(uint16_t bits) {
  LUTGEMM_DCHECK(IsFiniteF16(bits));
  const unsigned field = (bits >> 10) & 31u, fraction = bits & 0x3ffu;
  return {(bits & 0x8000u) != 0, static_cast<uint8_t>(field == 0 ? 1 : field),
          static_cast<uint16_t>(field == 0 ? fraction : fraction | 0x400u)};
}

using LaneActivations = std::array<Activation, kLanes>;
using LaneTerms = std::array<Term, kLanes>;

// Step 1, 6 bits: the largest exponent sum, and by how much each lane falls short of it. A lane
// whose term or activation is zero takes part like any other.
struct Alignment {
  uint8_t exponent = 0;
  std::array<uint8_t, kLanes> shift{};
};

constexpr Alignment MatchExponents(const LaneActivations& acts, const LaneTerms& terms) {
  Alignment match;
  for (unsigned i = 0; i < kLanes; ++i) {
    match.shift[i] = static_cast<uint8_t>(acts[i].exponent + terms[i].exponent);
    match.exponent = std::max(match.exponent, match.shift[i]);
  }
  for (uint8_t& shift : match.shift) shift = static_cast<uint8_t>(match.exponent - shift);
  LUTGEMM_DCHECK(match.exponent < 64);
  return match;
}

// An 11-bit mantissa in the 14-bit field, moved right.
constexpr int32_t AlignMantissa(unsigned mantissa, unsigned shift, Rounding rounding) {
  const int32_t aligned = ShiftRight(static_cast<int32_t>(mantissa << kGuardBits), shift, rounding);
  LUTGEMM_DCHECK(aligned < (1 << kAlignedBits));
  return aligned;
}

// Step 2: mantissas times term bits, signed (15 bits) and added in a tree (16, then 17 bits).
constexpr int32_t MultiplyAndAdd(const LaneActivations& acts, const LaneTerms& terms,
                                 const Alignment& match, Rounding rounding) {
  std::array<int32_t, kLanes> product{};
  for (unsigned i = 0; i < kLanes; ++i) {
    const unsigned mantissa = terms[i].mantissa != 0 ? acts[i].mantissa : 0;
    const int32_t aligned = AlignMantissa(mantissa, match.shift[i], rounding);
    product[i] = acts[i].negative != terms[i].negative ? -aligned : aligned;
    LUTGEMM_DCHECK(FitsSigned(product[i], 15));
  }
  const int32_t low = product[0] + product[1], high = product[2] + product[3];
  LUTGEMM_DCHECK(FitsSigned(low, 16) && FitsSigned(high, 16));
  LUTGEMM_DCHECK(FitsSigned(low + high, 17));
  return low + high;
}

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_LANES_H_
