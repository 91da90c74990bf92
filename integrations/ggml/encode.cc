// The layouts of blocks are those that docs/imports.md names; each writer here has its reader in
// the library.
#include "ggml/encode.h"

#include <cmath>
#include <cstring>

namespace lutgemm_ggml {
namespace {

// A block's codes, and its own part of each array of scales.
struct Source {
  const uint8_t* codes;
  const float* scales;
  const float* offsets;
  const float* factors;
  const float* offset_factors;
};

// An f16 from a float that one holds exactly.
void PutHalf(uint8_t* to, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const int exponent = static_cast<int>(bits >> 23 & 0xff) - 127;
  uint16_t half = sign;
  if (exponent >= -14) {
    half = static_cast<uint16_t>(sign | (exponent + 15) << 10 | (bits >> 13 & 0x3ff));
  } else if (value != 0) {
    half = static_cast<uint16_t>(sign | static_cast<uint16_t>(std::ldexp(std::fabs(value), 24)));
  }
  std::memcpy(to, &half, 2);
}

unsigned Low4(unsigned code) { return code & 15; }

// Byte i holds weight i in its low nibble, the one `half` later in its high one.
void PutNibbles(const uint8_t* codes, size_t half, uint8_t* to) {
  for (size_t i = 0; i < half; ++i) {
    to[i] = static_cast<uint8_t>(Low4(codes[i]) | Low4(codes[i + half]) << 4);
  }
}

// 256 codes' low two bits: four runs of 32 share 32 bytes.
void PutPairs(const uint8_t* codes, uint8_t* to) {
  for (size_t half = 0; half < 2; ++half, codes += 128, to += 32) {
    for (size_t i = 0; i < 32; ++i) {
      to[i] = static_cast<uint8_t>((codes[i] & 3) | (codes[32 + i] & 3) << 2 |
                                   (codes[64 + i] & 3) << 4 | (codes[96 + i] & 3) << 6);
    }
  }
}

// Bit `bit` of 256 codes: byte i has those of weights i, 32 + i, ...
void PutBits(const uint8_t* codes, unsigned bit, uint8_t* to) {
  for (size_t i = 0; i < 32; ++i) {
    unsigned byte = 0;
    for (size_t t = 0; t < 8; ++t) byte |= (codes[32 * t + i] >> bit & 1u) << t;
    to[i] = static_cast<uint8_t>(byte);
  }
}

unsigned Byte(float value) { return static_cast<unsigned>(static_cast<int>(value)); }

void Q4_0(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  PutNibbles(from.codes, 16, to + 2);
}

void Q4_1(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  PutHalf(to + 2, from.offsets[0]);
  PutNibbles(from.codes, 16, to + 4);
}

void PutFiveBits(const uint8_t* codes, uint8_t* to) {
  uint32_t fifth = 0;
  for (size_t i = 0; i < 32; ++i) fifth |= (codes[i] >> 4 & 1u) << i;
  std::memcpy(to, &fifth, 4);
  PutNibbles(codes, 16, to + 4);
}

void Q5_0(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  PutFiveBits(from.codes, to + 2);
}

void Q5_1(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  PutHalf(to + 2, from.offsets[0]);
  PutFiveBits(from.codes, to + 4);
}

void Q8_0(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  for (size_t i = 0; i < 32; ++i) to[2 + i] = from.codes[i] ^ 0x80;
}

void Q2K(const Source& from, uint8_t* to) {
  for (size_t i = 0; i < 16; ++i) {
    to[i] = static_cast<uint8_t>(Byte(from.scales[i]) | Byte(from.offsets[i]) << 4);
  }
  PutPairs(from.codes, to + 16);
  PutHalf(to + 80, from.factors[0]);
  PutHalf(to + 82, -from.offset_factors[0]);
}

void Q3K(const Source& from, uint8_t* to) {
  PutBits(from.codes, 2, to);
  PutPairs(from.codes, to + 32);
  uint8_t* scales = to + 96;
  std::memset(scales, 0, 12);
  for (size_t i = 0; i < 16; ++i) {
    const unsigned scale = Byte(from.scales[i] + 32);
    scales[i % 8] |= static_cast<uint8_t>(Low4(scale) << i / 8 * 4);
    scales[8 + i % 4] |= static_cast<uint8_t>(scale >> 4 << i / 4 * 2);
  }
  PutHalf(to + 108, from.factors[0]);
}

// Factors, and eight scales and minima of six bits.
void PutSixBits(const Source& from, uint8_t* to) {
  PutHalf(to, from.factors[0]);
  PutHalf(to + 2, -from.offset_factors[0]);
  for (size_t i = 0; i < 4; ++i) {
    const unsigned scale = Byte(from.scales[4 + i]), min = Byte(from.offsets[4 + i]);
    to[4 + i] = static_cast<uint8_t>(Byte(from.scales[i]) | scale >> 4 << 6);
    to[8 + i] = static_cast<uint8_t>(Byte(from.offsets[i]) | min >> 4 << 6);
    to[12 + i] = static_cast<uint8_t>(Low4(scale) | Low4(min) << 4);
  }
}

void Q4K(const Source& from, uint8_t* to) {
  PutSixBits(from, to);
  for (size_t t = 0; t < 4; ++t) PutNibbles(from.codes + 64 * t, 32, to + 16 + 32 * t);
}

void Q5K(const Source& from, uint8_t* to) {
  PutSixBits(from, to);
  PutBits(from.codes, 4, to + 16);
  for (size_t t = 0; t < 4; ++t) PutNibbles(from.codes + 64 * t, 32, to + 48 + 32 * t);
}

void Q6K(const Source& from, uint8_t* to) {
  for (size_t half = 0; half < 2; ++half) {
    const uint8_t* codes = from.codes + 128 * half;
    PutNibbles(codes, 64, to + 64 * half);
    for (size_t i = 0; i < 32; ++i) {
      to[128 + 32 * half + i] =
          static_cast<uint8_t>(codes[i] >> 4 | codes[32 + i] >> 4 << 2 | codes[64 + i] >> 4 << 4 |
                               codes[96 + i] >> 4 << 6);
    }
  }
  for (size_t i = 0; i < 16; ++i) to[192 + i] = static_cast<uint8_t>(Byte(from.scales[i]));
  PutHalf(to + 208, from.factors[0]);
}

void Iq4Xs(const Source& from, uint8_t* to) {
  PutHalf(to, from.factors[0]);
  std::memset(to + 2, 0, 6);
  unsigned high = 0;
  for (size_t t = 0; t < 8; ++t) {
    const unsigned scale = Byte(from.scales[t] + 32);
    to[4 + t / 2] |= static_cast<uint8_t>(Low4(scale) << t % 2 * 4);
    high |= scale >> 4 << 2 * t;
    PutNibbles(from.codes + 32 * t, 16, to + 8 + 16 * t);
  }
  to[2] = static_cast<uint8_t>(high);
  to[3] = static_cast<uint8_t>(high >> 8);
}

// The exponent of a power of two, plus 127.
void Mxfp4(const Source& from, uint8_t* to) {
  to[0] = static_cast<uint8_t>(std::ilogb(from.scales[0]) + 127);
  PutNibbles(from.codes, 16, to + 1);
}

// A float of 4 bits of exponent and 3 of mantissa, without a sign.
uint8_t E4m3(float value) {
  if (value < 0x1p-6f) return static_cast<uint8_t>(value * 0x1p9f);
  const int exponent = std::ilogb(value);
  const auto mantissa = static_cast<unsigned>(std::ldexp(value, 3 - exponent)) & 7;
  return static_cast<uint8_t>(static_cast<unsigned>(exponent + 7) << 3 | mantissa);
}

void Nvfp4(const Source& from, uint8_t* to) {
  for (size_t s = 0; s < 4; ++s) {
    to[s] = E4m3(from.scales[s]);
    PutNibbles(from.codes + 16 * s, 8, to + 4 + 8 * s);
  }
}

// Digits of base 3, the first the highest, as a fraction of 256 that is rounded up.
void PutDigits(const uint8_t* codes, size_t count, size_t digits, uint8_t* to) {
  for (size_t i = 0; i < count; ++i) {
    unsigned number = 0;
    for (size_t n = 0; n < 5; ++n) number = 3 * number + (n < digits ? codes[n * count + i] : 0u);
    to[i] = static_cast<uint8_t>((number * 256 + 242) / 243);
  }
}

void Tq1(const Source& from, uint8_t* to) {
  PutDigits(from.codes, 32, 5, to);
  PutDigits(from.codes + 160, 16, 5, to + 32);
  PutDigits(from.codes + 240, 4, 4, to + 48);
  PutHalf(to + 52, from.scales[0]);
}

void Tq2(const Source& from, uint8_t* to) {
  PutPairs(from.codes, to);
  PutHalf(to + 64, from.scales[0]);
}

void Q1_0(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  for (size_t i = 0; i < 16; ++i) {
    unsigned byte = 0;
    for (size_t bit = 0; bit < 8; ++bit) byte |= (from.codes[8 * i + bit] & 1u) << bit;
    to[2 + i] = static_cast<uint8_t>(byte);
  }
}

void Q2_0(const Source& from, uint8_t* to) {
  PutHalf(to, from.scales[0]);
  for (size_t i = 0; i < 16; ++i) {
    const uint8_t* codes = from.codes + 4 * i;
    to[2 + i] = static_cast<uint8_t>(codes[0] | codes[1] << 2 | codes[2] << 4 | codes[3] << 6);
  }
}

struct Writer {
  uint32_t type;
  size_t weights;  // of a block
  size_t bytes;
  size_t groups;
  void (*put)(const Source&, uint8_t* to);
};

constexpr Writer kWriters[] = {
    {LUTGEMM_GGUF_Q4_0, 32, 18, 1, Q4_0},   {LUTGEMM_GGUF_Q4_1, 32, 20, 1, Q4_1},
    {LUTGEMM_GGUF_Q5_0, 32, 22, 1, Q5_0},   {LUTGEMM_GGUF_Q5_1, 32, 24, 1, Q5_1},
    {LUTGEMM_GGUF_Q8_0, 32, 34, 1, Q8_0},   {LUTGEMM_GGUF_Q2_K, 256, 84, 16, Q2K},
    {LUTGEMM_GGUF_Q3_K, 256, 110, 16, Q3K}, {LUTGEMM_GGUF_Q4_K, 256, 144, 8, Q4K},
    {LUTGEMM_GGUF_Q5_K, 256, 176, 8, Q5K},  {LUTGEMM_GGUF_Q6_K, 256, 210, 16, Q6K},
    {LUTGEMM_GGUF_IQ4_NL, 32, 18, 1, Q4_0}, {LUTGEMM_GGUF_IQ4_XS, 256, 136, 8, Iq4Xs},
    {LUTGEMM_GGUF_MXFP4, 32, 17, 1, Mxfp4}, {LUTGEMM_GGUF_NVFP4, 64, 36, 4, Nvfp4},
    {LUTGEMM_GGUF_TQ1_0, 256, 54, 1, Tq1},  {LUTGEMM_GGUF_TQ2_0, 256, 66, 1, Tq2},
    {LUTGEMM_GGUF_Q1_0, 128, 18, 1, Q1_0},  {LUTGEMM_GGUF_Q2_0, 64, 18, 1, Q2_0}};

const float* At(const float* numbers, size_t index) {
  return numbers == nullptr ? nullptr : numbers + index;
}

}  // namespace

void EncodeRow(uint32_t type, const lutgemm_codes& codes, size_t row, uint8_t* out) {
  const Writer* writer = nullptr;
  for (const Writer& one : kWriters) {
    if (one.type == type) writer = &one;
  }
  if (writer == nullptr) return;
  const size_t blocks = codes.k / writer->weights;
  const bool one_scale = codes.group == LUTGEMM_WHOLE_TENSOR;
  for (size_t block = 0; block < blocks; ++block, out += writer->bytes) {
    const size_t index = row * blocks + block;
    const size_t group = one_scale ? 0 : index * writer->groups;
    writer->put(
        {codes.codes + row * codes.k + block * writer->weights, codes.scales + group,
         At(codes.offsets, group), At(codes.factors, index), At(codes.offset_factors, index)},
        out);
  }
}

}  // namespace lutgemm_ggml
