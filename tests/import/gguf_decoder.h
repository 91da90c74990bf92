// A decoder of GGUF blocks, one weight at a time, written from the description of each type: what
// tests hold ImportBlocks against. Numbers are doubles, and exact.
#ifndef LUTGEMM_TESTS_IMPORT_GGUF_DECODER_H_
#define LUTGEMM_TESTS_IMPORT_GGUF_DECODER_H_

#include <lutgemm/import.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lutgemm::test {

struct GgufCase {
  GgufType type;
  std::string_view name;
  size_t elements;
  size_t bytes;
  std::vector<size_t> halves;  // where f16 numbers lie
};

inline const std::vector<GgufCase>& GgufCases() {
  static const std::vector<GgufCase> cases = {
      {GgufType::kQ4_0, "Q4_0", 32, 18, {0}},      {GgufType::kQ4_1, "Q4_1", 32, 20, {0, 2}},
      {GgufType::kQ5_0, "Q5_0", 32, 22, {0}},      {GgufType::kQ5_1, "Q5_1", 32, 24, {0, 2}},
      {GgufType::kQ8_0, "Q8_0", 32, 34, {0}},      {GgufType::kQ2_K, "Q2_K", 256, 84, {80, 82}},
      {GgufType::kQ3_K, "Q3_K", 256, 110, {108}},  {GgufType::kQ4_K, "Q4_K", 256, 144, {0, 2}},
      {GgufType::kQ5_K, "Q5_K", 256, 176, {0, 2}}, {GgufType::kQ6_K, "Q6_K", 256, 210, {208}},
      {GgufType::kIq4_Nl, "IQ4_NL", 32, 18, {0}},  {GgufType::kIq4_Xs, "IQ4_XS", 256, 136, {0}},
      {GgufType::kTq1_0, "TQ1_0", 256, 54, {52}},  {GgufType::kTq2_0, "TQ2_0", 256, 66, {64}},
      {GgufType::kMxfp4, "MXFP4", 32, 17, {}},     {GgufType::kNvfp4, "NVFP4", 64, 36, {}},
      {GgufType::kQ1_0, "Q1_0", 128, 18, {0}},     {GgufType::kQ2_0, "Q2_0", 64, 18, {0}}};
  return cases;
}

namespace decoder {

inline double Half(const uint8_t* b) {
  const unsigned bits = b[0] | b[1] << 8, exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 0
                               ? std::ldexp(fraction, -24)
                               : std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

// Nibble i of halves: the first half of `length` in low nibbles, the second in high ones.
inline int SplitNibble(const uint8_t* b, size_t i, size_t length) {
  return i < length / 2 ? b[i] & 15 : b[i - length / 2] >> 4;
}

inline double E2m1(int code) {
  constexpr double kValues[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return code < 8 ? kValues[code] : -kValues[code - 8];
}

inline double Ue4m3(int x) {
  if (x == 0 || x == 0x7f) return 0;
  const int exponent = x >> 3 & 15, mantissa = x & 7;
  return exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
}

inline int Iq4(int code) {
  constexpr int kValues[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                               1,    13,   25,  38,  53,  69,  89,  113};
  return kValues[code];
}

// Scale and minimum t of Q4_K and Q5_K.
inline int SixBitScale(const uint8_t* s, size_t t) {
  return t < 4 ? s[t] & 63 : (s[t + 4] & 15) | s[t - 4] >> 6 << 4;
}
inline int SixBitMin(const uint8_t* s, size_t t) {
  return t < 4 ? s[t + 4] & 63 : s[t + 4] >> 4 | s[t] >> 6 << 4;
}

inline int Q3Scale(const uint8_t* s, size_t k) {
  const int low = k < 8 ? s[k] & 15 : s[k - 8] >> 4;
  return (low | (s[8 + k % 4] >> 2 * (k / 4) & 3) << 4) - 32;
}

inline int Trit(int byte, size_t n) {
  int power = 1;
  while (n-- > 0) power *= 3;
  return (byte * power % 256) * 3 / 256;
}

inline double Small(GgufType type, const uint8_t* b, size_t i) {
  const double d = Half(b);
  const auto fifth = [&](const uint8_t* high) { return (high[i / 8] >> i % 8 & 1) << 4; };
  switch (type) {
    case GgufType::kQ4_0:
      return d * (SplitNibble(b + 2, i, 32) - 8);
    case GgufType::kQ4_1:
      return d * SplitNibble(b + 4, i, 32) + Half(b + 2);
    case GgufType::kQ5_0:
      return d * ((SplitNibble(b + 6, i, 32) | fifth(b + 2)) - 16);
    case GgufType::kQ5_1:
      return d * (SplitNibble(b + 8, i, 32) | fifth(b + 4)) + Half(b + 2);
    case GgufType::kQ8_0:
      return d * static_cast<int8_t>(b[2 + i]);
    case GgufType::kIq4_Nl:
      return d * Iq4(SplitNibble(b + 2, i, 32));
    case GgufType::kQ1_0:
      return (b[2 + i / 8] >> i % 8 & 1) != 0 ? d : -d;
    case GgufType::kQ2_0:
      return d * ((b[2 + i / 4] >> i % 4 * 2 & 3) - 1);
    default:
      return NAN;
  }
}

inline double Large(GgufType type, const uint8_t* b, size_t i) {
  const size_t h = i / 128, j = i % 128 / 32, l = i % 32, t = i / 32, k = 8 * h + 2 * j + l / 16;
  const auto pair = [&](const uint8_t* from) { return from[32 * h + l] >> 2 * j & 3; };
  const auto nibble = [&](const uint8_t* from) {
    const int byte = from[32 * (t / 2) + l];
    return t % 2 != 0 ? byte >> 4 : byte & 15;
  };
  switch (type) {
    case GgufType::kQ2_K:
      return Half(b + 80) * (b[k] & 15) * pair(b + 16) - Half(b + 82) * (b[k] >> 4);
    case GgufType::kQ3_K:
      return Half(b + 108) * Q3Scale(b + 96, k) *
             ((pair(b + 32) | (b[l] >> (4 * h + j) & 1) << 2) - 4);
    case GgufType::kQ4_K:
      return Half(b) * SixBitScale(b + 4, t) * nibble(b + 16) - Half(b + 2) * SixBitMin(b + 4, t);
    case GgufType::kQ5_K:
      return Half(b) * SixBitScale(b + 4, t) * (nibble(b + 48) | (b[16 + l] >> t & 1) << 4) -
             Half(b + 2) * SixBitMin(b + 4, t);
    case GgufType::kQ6_K: {
      const int byte = b[64 * h + 32 * (j % 2) + l];
      const int q = (j >= 2 ? byte >> 4 : byte & 15) | (b[128 + 32 * h + l] >> 2 * j & 3) << 4;
      return Half(b + 208) * static_cast<int8_t>(b[192 + k]) * (q - 32);
    }
    case GgufType::kTq2_0:
      return Half(b + 64) * (pair(b) - 1);
    case GgufType::kTq1_0: {
      const int trit = i < 160   ? Trit(b[i % 32], i / 32)
                       : i < 240 ? Trit(b[32 + (i - 160) % 16], (i - 160) / 16)
                                 : Trit(b[48 + (i - 240) % 4], (i - 240) / 4);
      return Half(b + 52) * (trit - 1);
    }
    case GgufType::kIq4_Xs: {
      const int high = (b[2] | b[3] << 8) >> 2 * t & 3;
      const int scale = ((b[4 + t / 2] >> 4 * (t % 2) & 15) | high << 4) - 32;
      return Half(b) * scale * Iq4(SplitNibble(b + 8 + 16 * t, l, 32));
    }
    default:
      return NAN;
  }
}

}  // namespace decoder

// Weight i of a block.
inline double DecodeGguf(GgufType type, const uint8_t* block, size_t i) {
  using namespace decoder;
  if (type == GgufType::kMxfp4) {
    return std::ldexp(E2m1(SplitNibble(block + 1, i, 32)), int{block[0]} - 127);
  }
  if (type == GgufType::kNvfp4) {
    return Ue4m3(block[i / 16]) * E2m1(SplitNibble(block + 4 + 8 * (i / 16), i % 16, 16));
  }
  for (const GgufCase& one : GgufCases()) {
    if (one.type == type) {
      return one.elements < 256 ? Small(type, block, i) : Large(type, block, i);
    }
  }
  return NAN;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_IMPORT_GGUF_DECODER_H_
