// Sums rounded once. Rounding to odd keeps what a second rounding, to a type with at least two bits
// less, needs to know (Boldo and Melquiond, "When double rounding is odd").
#ifndef LUTGEMM_FORMAT_ROUNDING_H_
#define LUTGEMM_FORMAT_ROUNDING_H_

#include "format/fp.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace lutgemm::format {

// a + b; where that is no double, the neighbour with an odd last bit.
inline double AddToOdd(double a, double b) {
  const double sum = a + b;
  if (!std::isfinite(sum)) return sum;
  const double b_part = sum - a;
  const double error = (a - (sum - b_part)) + (b - b_part);
  if (error == 0.0) return sum;
  uint64_t bits = std::bit_cast<uint64_t>(sum);
  if (std::signbit(error) != std::signbit(sum)) --bits;  // towards zero
  return std::bit_cast<double>(bits | 1u);
}

// x; where that is no float, the neighbour with an odd last bit.
inline float ToOddF32(double x) {
  const auto rounded = static_cast<float>(x);
  if (static_cast<double>(rounded) == x || !std::isfinite(x)) return rounded;
  uint32_t bits = std::bit_cast<uint32_t>(rounded);
  if (std::fabs(static_cast<double>(rounded)) > std::fabs(x)) --bits;  // towards zero
  return std::bit_cast<float>(bits | 1u);
}

// The value of the nearest f16, ties to even.
inline float RoundedToF16(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint32_t magnitude = bits & 0x7fffffffu;
  // From 2^-14 up to what rounds to infinity, 13 bits are lost; adding may carry into the exponent.
  if (magnitude >= 0x38800000u && magnitude < 0x477ff000u) {
    return std::bit_cast<float>((bits + 0xfffu + (bits >> 13 & 1u)) & ~0x1fffu);
  }
  return F16ToF32(F32ToF16(x));
}

// The nearest f16, ties to even; x is exact or rounded to odd.
inline uint16_t ToF16(double x) { return F32ToF16(ToOddF32(x)); }

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_ROUNDING_H_
