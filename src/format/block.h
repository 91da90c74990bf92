// Numbers that share one power of two per block: block floating point (BFP) and the OCP MX element
// types.
//
// BFP(m, n): n neighbours share an exponent E = floor(log2 max|x|); an element is an integer q of m
// bits, sign included, with value q * 2^(E - (m - 2)) and |q| <= 2^(m-1) - 1. The exponent is
// stored as the E8M0 byte E + 127. m = 8, n = 32 is OCP MXINT8 (MX v1.0, 5.3.4); m = 4, 6, 8 are
// also known as BFP12, BFP14, BFP16, n = 16 with m = 4, 8 as MSFP12, MSFP16.
//
// MX: 32 neighbours share X = 2^(floor(log2 max|x|) - emax of the element type), MX v1.0, 6.3.
#ifndef LUTGEMM_FORMAT_BLOCK_H_
#define LUTGEMM_FORMAT_BLOCK_H_

#include "format/minifloat.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::format {

inline constexpr unsigned kMinBfpBits = 3, kMaxBfpBits = 8;
inline constexpr size_t kMxBlock = 32;

constexpr int BfpMax(unsigned bits) { return (1 << (bits - 1)) - 1; }

// What one step of q is worth, over the shared power of two: 2^-(m-2).
constexpr double BfpUnit(unsigned bits) { return Pow2(2 - static_cast<int>(bits)); }

// The stored exponent of a block: E8M0 of 2^(E - emax), with emax = 0 for BFP. All-zero blocks have
// byte 0, and a block with NaN or infinity has the NaN byte (our choice where MX v1.0 leaves it
// open). E is limited to what the byte can hold.
inline uint8_t BlockExponent(std::span<const float> block, int emax = 0) noexcept {
  float largest = 0;
  for (const float x : block) {
    if (!std::isfinite(x)) return kE8M0Nan;
    largest = std::fmax(largest, std::fabs(x));
  }
  return largest == 0 ? uint8_t{0} : E8M0Code(FloorLog2(largest) - emax);
}

// q of an element whose block has that exponent byte: nearest, ties to even, then limited to
// +-(2^(m-1) - 1). 0 in NaN blocks.
constexpr int BfpCode(unsigned bits, uint8_t exponent, float x) {
  if (exponent == kE8M0Nan) return 0;
  const double steps =
      static_cast<double>(x) * Pow2(static_cast<int>(bits) - 2 - (int{exponent} - kE8M0Bias));
  const double limit = BfpMax(bits);
  const double limited = steps < -limit ? -limit : steps > limit ? limit : steps;
  return static_cast<int>(RoundHalfEven(limited));
}

// Value of q, of which -2^(m-1) decodes as well, though BfpCode never gives it. Exact in double.
constexpr double BfpValue(unsigned bits, uint8_t exponent, int q) {
  return static_cast<double>(E8M0Value(exponent)) * BfpUnit(bits) * q;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_BLOCK_H_
