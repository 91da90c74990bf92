// Step 4 of the BitMoD PE: a group's sum times its 8-bit scale, one scale bit per cycle, most
// significant first: value = 2 * value + (bit ? sum : 0). The exponent passes through. It works on
// one group while the PE sums the next.
#ifndef LUTGEMM_MODEL_UNITS_DEQUANTIZER_H_
#define LUTGEMM_MODEL_UNITS_DEQUANTIZER_H_

#include "base/check.h"
#include "model/units/accumulator.h"

#include <cstdint>

namespace lutgemm::model::units {

inline constexpr unsigned kScaleBits = 8;
// 15 signed bits times 8 unsigned ones. The authors' circuit has 21, for scales of 6 bits; its
// scales of 8 bits need these.
inline constexpr unsigned kScaledBits = 23;

// mantissa * 2^(exponent - kExponentBias); a float holds it exactly.
struct ScaledSum {
  int32_t mantissa = 0;
  uint8_t exponent = 0;

  friend constexpr bool operator==(const ScaledSum&, const ScaledSum&) = default;
};

class Dequantizer {
 public:
  // Takes a sum and its scale; only when idle.
  constexpr void Start(GroupSum sum, uint8_t scale) {
    LUTGEMM_DCHECK(!busy());
    sum_ = sum;
    scale_ = scale;
    left_ = kScaleBits;
    value_ = {0, sum.exponent};
  }

  // One cycle; nothing happens when idle.
  constexpr void Cycle() {
    if (left_ == 0) return;
    --left_;
    value_.mantissa = 2 * value_.mantissa + ((scale_ >> left_ & 1) != 0 ? sum_.mantissa : 0);
    LUTGEMM_DCHECK(FitsSigned(value_.mantissa, kScaledBits));
  }

  constexpr bool busy() const { return left_ != 0; }
  // The whole product once not busy, before that the product with the scale bits seen so far.
  constexpr ScaledSum value() const { return value_; }

 private:
  GroupSum sum_;
  ScaledSum value_;
  uint8_t scale_ = 0;
  uint8_t left_ = 0;
};

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_DEQUANTIZER_H_
