// A BFP block as bytes: the exponent, then the integers as two's complement fields of m bits in a
// little-endian bit stream, padded to a multiple of eight fields.
#ifndef LUTGEMM_FORMAT_BFP_BLOCK_H_
#define LUTGEMM_FORMAT_BFP_BLOCK_H_

#include "format/block.h"

#include <array>
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

// Eight fields of kBits bytes as one word, in loads of whole words: copied byte by byte they would
// pass through memory.
template <unsigned kBits>
inline uint64_t LoadBfpFields(const uint8_t* from) noexcept {
  const auto load = [from](auto word, unsigned at) {
    std::memcpy(&word, from + at, sizeof(word));
    return uint64_t{word} << 8 * at;
  };
  if constexpr (kBits == 3) return load(uint16_t{}, 0) | load(uint8_t{}, 2);
  if constexpr (kBits == 4) return load(uint32_t{}, 0);
  if constexpr (kBits == 5) return load(uint32_t{}, 0) | load(uint8_t{}, 4);
  if constexpr (kBits == 6) return load(uint32_t{}, 0) | load(uint16_t{}, 4);
  if constexpr (kBits == 7) return load(uint32_t{}, 0) | load(uint32_t{}, 3);
  return load(uint64_t{}, 0);
}

// The fields of `length` integers as floats, padded to a multiple of eight. The width is a constant
// so that shifts are.
template <unsigned kBits>
inline void UnpackBfpFields(size_t length, const uint8_t* from, float* integers) noexcept {
  for (size_t i = 0; i < length; i += kBfpFields, from += kBits) {
    const uint64_t fields = LoadBfpFields<kBits>(from);
    for (size_t j = 0; j < kBfpFields; ++j) {
      // The field at the top of a word, then down again with its sign.
      const auto top =
          static_cast<int32_t>(static_cast<uint32_t>(fields >> j * kBits) << (32 - kBits));
      integers[i + j] = static_cast<float>(top >> (32 - kBits));
    }
  }
}

// The integers of a block, padded with zeros to a multiple of eight, and what 1 is worth: NaN in
// NaN blocks. bits is 3 to 8.
inline float UnpackBfpBlock(unsigned bits, size_t length, const uint8_t* from,
                            float* integers) noexcept {
  constexpr auto kUnpack = std::array{UnpackBfpFields<3>, UnpackBfpFields<4>, UnpackBfpFields<5>,
                                      UnpackBfpFields<6>, UnpackBfpFields<7>, UnpackBfpFields<8>};
  kUnpack[bits - kMinBfpBits](length, from + 1, integers);
  return static_cast<float>(BfpValue(bits, *from, 1));
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_BFP_BLOCK_H_
