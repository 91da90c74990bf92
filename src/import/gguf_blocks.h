// Blocks of GGUF as codes and scales: what each type is, and the pieces that the families of types
// share. Every type has a struct with
//   kBytes            of a block
//   kHalves           where its f16 numbers lie; or a function IsFinite of its own
//   Read(block, out)  writes the block's codes and scales and moves `out` behind them
// The layouts of blocks are in docs/files.md.
#ifndef LUTGEMM_IMPORT_GGUF_BLOCKS_H_
#define LUTGEMM_IMPORT_GGUF_BLOCKS_H_

#include "format/fp.h"

#include <lutgemm/import.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lutgemm::importing {

// Where the next block of a row goes: ends of what is already there. Those that the type does not
// have are null and stay so.
struct RowOut {
  uint8_t* codes = nullptr;
  float* scales = nullptr;
  float* offsets = nullptr;
  float* factors = nullptr;
  float* offset_factors = nullptr;
};

// Reads `blocks` neighbouring blocks. Returns the first whose scale is NaN or infinite, or
// `blocks`.
using ReadBlocks = size_t (*)(const uint8_t* from, size_t blocks, RowOut out);

struct GgufFormat {
  GgufType type;
  WeightInfo info;  // without a shape
  ReadBlocks read;
  const Codebook* book = nullptr;  // of kCodebook
};
// Null for a type that is none of lutgemm::GgufType's.
const GgufFormat* FindFormat(GgufType type) noexcept;

// The tables of the families, one file each.
std::span<const GgufFormat> SmallBlocks() noexcept;    // 32 weights to a block
std::span<const GgufFormat> KBlocks() noexcept;        // Q2_K to Q6_K
std::span<const GgufFormat> TernaryBlocks() noexcept;  // one and two bits
std::span<const GgufFormat> BookBlocks() noexcept;     // codebooks

inline uint16_t LoadHalfBits(const uint8_t* from) {
  uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  return bits;
}
inline float LoadHalf(const uint8_t* from) { return format::F16ToF32(LoadHalfBits(from)); }
inline bool IsFiniteHalf(const uint8_t* from) { return (~LoadHalfBits(from) & 0x7c00) != 0; }

inline uint32_t LoadWord(const uint8_t* from) {
  uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Eight bits as eight bytes of 0 or 1, the lowest bit first. Each half's product holds copies of
// its four bits that lie 7 apart, so that bit i of copy i is at 8 i.
constexpr uint64_t SpreadByte(uint64_t byte) {
  return ((byte & 15) | (byte >> 4) << 32) * 0x00204081u & 0x0101010101010101u;
}

// Maps kCount bytes, as words T, by f(word). Through arrays of its own: compilers make vectors only
// of what cannot overlap.
template <size_t kCount, class T = uint64_t, class F>
void MapWords(const uint8_t* from, uint8_t* to, F f) {
  static_assert(kCount % sizeof(T) == 0);
  T in[kCount / sizeof(T)], out[kCount / sizeof(T)];
  std::memcpy(in, from, kCount);
  for (size_t i = 0; i < kCount / sizeof(T); ++i) out[i] = static_cast<T>(f(in[i]));
  std::memcpy(to, out, kCount);
}

// A byte in each byte of a word.
constexpr uint64_t EachByte(uint8_t byte) { return byte * 0x0101010101010101u; }

// The 2 kCount codes of nibbles: those of the first half low, of the second half high.
template <size_t kCount>
void ReadNibbles(const uint8_t* from, uint8_t* codes) {
  MapWords<kCount>(from, codes, [](uint64_t word) { return word & EachByte(15); });
  MapWords<kCount>(from, codes + kCount, [](uint64_t word) { return word >> 4 & EachByte(15); });
}

// Two-bit fields of 256 weights: weight 128 h + 32 j + l in bits 2 j of byte 32 h + l.
inline void ReadPairs(const uint8_t* from, uint8_t* codes) {
  for (size_t h = 0; h < 2; ++h) {
    for (unsigned j = 0; j < 4; ++j) {
      MapWords<32>(from + 32 * h, codes + 128 * h + 32 * j,
                   [j](uint64_t word) { return word >> 2 * j & EachByte(3); });
    }
  }
}

// Bits of 32 bytes, from bit `shift` on as many as `mask` has, that are bits `to` and up of codes.
struct HighBits {
  unsigned shift = 0;
  uint8_t mask = 1;
  unsigned to = 0;
};
inline void AddBits(const uint8_t* from, uint8_t* codes, HighBits bits) {
  uint64_t in[4], out[4];
  std::memcpy(in, from, 32);
  std::memcpy(out, codes, 32);
  for (size_t i = 0; i < 4; ++i) out[i] |= (in[i] >> bits.shift & EachByte(bits.mask)) << bits.to;
  std::memcpy(codes, out, 32);
}

template <class Block>
bool IsFinite(const uint8_t* block) {
  if constexpr (requires { Block::IsFinite(block); }) {
    return Block::IsFinite(block);
  } else {
    bool finite = true;
    for (const size_t at : Block::kHalves) finite &= IsFiniteHalf(block + at);
    return finite;
  }
}

template <class Block>
size_t ReadBlocksOf(const uint8_t* from, size_t blocks, RowOut out) {
  bool finite = true;
  for (size_t b = 0; b < blocks; ++b) {
    const uint8_t* block = from + b * Block::kBytes;
    finite &= IsFinite<Block>(block);
    Block::Read(block, out);
  }
  size_t good = finite ? blocks : 0;
  while (good < blocks && IsFinite<Block>(from + good * Block::kBytes)) ++good;
  return good;
}

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_GGUF_BLOCKS_H_
