// Exact helpers on binary floating point, usable in constant expressions: powers of two, binary
// exponents, rounding half to even.
#ifndef LUTGEMM_FORMAT_EXACT_H_
#define LUTGEMM_FORMAT_EXACT_H_

#include <bit>
#include <cstdint>

namespace lutgemm::format {

// 2^e for e in [-1022, 1023].
constexpr double Pow2(int e) {
  return std::bit_cast<double>(static_cast<uint64_t>(e + 1023) << 52);
}

// Half to even, for |x| < 2^51: two additions that compilers vectorise.
constexpr double RoundHalfEven(double x) {
  constexpr double kMagic = 0x1.8p52;
  return (x + kMagic) - kMagic;
}

// floor(log2 |x|) from the bits, exact where a logarithm would round up to the next integer.
// x must be finite and not zero; subnormals included.
constexpr int FloorLog2(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffffu;
  if (magnitude >= 0x800000u) return static_cast<int>(magnitude >> 23) - 127;
  return static_cast<int>(std::bit_width(magnitude)) - 150;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_EXACT_H_
