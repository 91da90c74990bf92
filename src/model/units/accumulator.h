// Step 3 of the BitMoD PE: the sum of a weight group, a 15-bit mantissa with a 6-bit exponent.
#ifndef LUTGEMM_MODEL_UNITS_ACCUMULATOR_H_
#define LUTGEMM_MODEL_UNITS_ACCUMULATOR_H_

#include "base/check.h"
#include "model/units/lanes.h"

#include <algorithm>
#include <cstdint>

namespace lutgemm::model::units {

inline constexpr unsigned kSumBits = 15;
inline constexpr unsigned kShiftedBits = 23;  // a dot product moved left by its significance
// One more than the paper's 23: a full accumulator plus the largest INT8 dot product needs it, and
// then normalisation moves by up to 9 (ours).
inline constexpr unsigned kWideSumBits = 24;

// mantissa * 2^(exponent - kExponentBias)
struct GroupSum {
  int32_t mantissa = 0;
  uint8_t exponent = 0;

  friend constexpr bool operator==(const GroupSum&, const GroupSum&) = default;
};

// The smallest right shift after which `wide` fits 15 bits. Nothing is ever moved left: after a
// cancellation the exponent stays.
constexpr GroupSum Normalise(int32_t wide, unsigned exponent, Rounding rounding) {
  LUTGEMM_DCHECK(FitsSigned(wide, kWideSumBits));
  unsigned shift = 0;
  int32_t mantissa = wide;
  while (!FitsSigned(mantissa, kSumBits)) mantissa = ShiftRight(wide, ++shift, rounding);
  LUTGEMM_DCHECK(exponent + shift < 64);
  return {mantissa, static_cast<uint8_t>(exponent + shift)};
}

// Adds a cycle's dot product (17 bits). The smaller exponent gives way, on either side.
constexpr GroupSum Accumulate(GroupSum sum, int32_t dot, unsigned exponent, unsigned significance,
                              Rounding rounding) {
  const int32_t shifted = dot * (1 << significance);
  LUTGEMM_DCHECK(FitsSigned(shifted, kShiftedBits));
  const unsigned top = std::max<unsigned>(sum.exponent, exponent);
  const int32_t kept = ShiftRight(sum.mantissa, top - sum.exponent, rounding);
  const int32_t added = ShiftRight(shifted, top - exponent, rounding);
  return Normalise(kept + added, top, rounding);
}

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_ACCUMULATOR_H_
