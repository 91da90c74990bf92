// int1 to int8: a code q is an unsigned integer of `bits` bits.
//   int1          value s * (2q - 1), that is -s or +s
//   int2 to int8  value s * (q - z); symmetric: z = 2^(bits-1)
#ifndef LUTGEMM_FORMAT_INT_H_
#define LUTGEMM_FORMAT_INT_H_

#include <cstdint>

namespace lutgemm::format {

// One more than the largest code.
constexpr unsigned IntCodes(unsigned bits) { return 1u << bits; }

// Zero point of symmetric weights, bits >= 2.
constexpr unsigned SymmetricZero(unsigned bits) { return 1u << (bits - 1); }

// Largest and smallest integer of a symmetric code, bits >= 2.
constexpr int SymmetricMax(unsigned bits) { return (1 << (bits - 1)) - 1; }
constexpr int SymmetricMin(unsigned bits) { return -(1 << (bits - 1)); }

// The integer that a code stands for. `zero` is not read for bits = 1.
constexpr int IntValue(unsigned bits, unsigned code, unsigned zero) {
  return bits == 1 ? 2 * static_cast<int>(code) - 1
                   : static_cast<int>(code) - static_cast<int>(zero);
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_INT_H_
