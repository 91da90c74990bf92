// A BFP block as bytes: the exponent, then the integers as two's complement fields of m bits in a
// little-endian bit stream, padded to a multiple of eight fields.
#ifndef LUTGEMM_FORMAT_BFP_BLOCK_H_
#define LUTGEMM_FORMAT_BFP_BLOCK_H_

#include "format/block.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lutgemm::format {

inline constexpr size_t kMaxBfpBlock = 128;
inline constexpr size_t kBfpFields = 8;  // that fill whole bytes

constexpr size_t BfpBlockBytes(unsigned bits, size_t length) {
  return 1 + (length + kBfpFields - 1) / kBfpFields * bits;
}

// Quantises `block` to BfpBlockBytes bytes.
inline void PackBfpBlock(unsigned bits, std::span<const float> block, uint8_t* to) noexcept {
  const uint8_t exponent = BlockExponent(block);
  *to++ = exponent;
  const unsigned mask = (1u << bits) - 1;
  for (size_t i = 0; i < block.size(); i += kBfpFields) {
    uint64_t fields = 0;
    for (size_t j = i; j < i + kBfpFields && j < block.size(); ++j) {
      const auto q = static_cast<unsigned>(BfpCode(bits, exponent, block[j]));
      fields |= uint64_t{q & mask} << (j - i) * bits;
    }
    for (unsigned byte = 0; byte < bits; ++byte, fields >>= 8) *to++ = static_cast<uint8_t>(fields);
  }
}

// The integers of a block as floats, padded with zeros to a multiple of eight, and what 1 is worth:
// NaN in NaN blocks.
inline float UnpackBfpBlock(unsigned bits, size_t length, const uint8_t* from,
                            float* integers) noexcept {
  const float unit = static_cast<float>(BfpValue(bits, *from++, 1));
  const unsigned half = 1u << (bits - 1), mask = 2 * half - 1;
  for (size_t i = 0; i < length; i += kBfpFields, from += bits) {
    uint64_t fields = 0;
    std::memcpy(&fields, from, bits);
    for (size_t j = 0; j < kBfpFields; ++j) {
      const auto field = static_cast<unsigned>(fields >> j * bits) & mask;
      integers[i + j] = static_cast<float>(static_cast<int>(field ^ half) - static_cast<int>(half));
    }
  }
  return unit;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_BFP_BLOCK_H_
