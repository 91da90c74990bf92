// f16 (1+5+10 bits) and bf16 (1+8+7 bits): exact conversion to f32, and back by rounding to nearest
// even. Subnormals, infinities and NaN included; NaN stays NaN and keeps its sign. Then elements of
// any type, as tensors and scales store them.
#ifndef LUTGEMM_FORMAT_FP_H_
#define LUTGEMM_FORMAT_FP_H_

#include "format/minifloat.h"

#include <lutgemm/types.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lutgemm::format {

constexpr float Bf16ToF32(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

constexpr uint16_t F32ToBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {  // NaN: quiet, so that no payload rounds to infinity
    return static_cast<uint16_t>((bits >> 16) | 0x40u);
  }
  const uint32_t round = 0x7fffu + ((bits >> 16) & 1u);
  return static_cast<uint16_t>((bits + round) >> 16);
}

constexpr float F16ToF32(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0x1fu) return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // zero or subnormal
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
}

constexpr uint16_t F32ToF16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x38800000u && magnitude < 0x477ff000u) {  // normal, the most frequent
    const uint32_t whole = magnitude - (112u << 23);
    return static_cast<uint16_t>(sign | ((whole + 0xfffu + ((whole >> 13) & 1u)) >> 13));
  }
  if (magnitude > 0x7f800000u) {
    return static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  }
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // >= 65520
  if (magnitude < 0x33000000u) return static_cast<uint16_t>(sign);             // < 2^-25
  // Subnormal: the significand, with `drop` low bits to lose.
  const uint32_t drop = 126 - (magnitude >> 23);
  const uint32_t whole = (magnitude & 0x7fffffu) | 0x800000u;
  const uint32_t half = (1u << (drop - 1)) - 1 + ((whole >> drop) & 1u);
  return static_cast<uint16_t>(sign | ((whole + half) >> drop));
}

// Element i of an array; integers convert by value.
inline float LoadElem(const void* data, Elem elem, size_t i) noexcept {
  const auto load = [data, i]<class T>(T value) {
    std::memcpy(&value, static_cast<const std::byte*>(data) + i * sizeof(T), sizeof(T));
    return value;
  };
  switch (elem) {
    case Elem::kF32:
      return load(float{});
    case Elem::kF16:
      return F16ToF32(load(uint16_t{}));
    case Elem::kBF16:
      return Bf16ToF32(load(uint16_t{}));
    case Elem::kI8:
      return static_cast<float>(load(int8_t{}));
    case Elem::kI32:
      return static_cast<float>(load(int32_t{}));
    case Elem::kE8m0:
      return E8M0Value(load(uint8_t{}));
    case Elem::kE4m3:
      return MiniFloatValue(kE4M3, load(uint8_t{}));
    case Elem::kU8:
      return static_cast<float>(load(uint8_t{}));
  }
  return 0.0f;
}

// Bytes of the types that only scales have: the largest power of two that is not above the value,
// the nearest E4M3 float or integer that is not negative. NaN gives 0.
constexpr uint8_t ScaleByte(Elem elem, float value) {
  if (!(value > 0.0f)) return 0;
  if (elem == Elem::kE8m0) {
    return value > 0x1p127f ? E8M0Code(kE8M0Bias) : E8M0Code(FloorLog2(value));
  }
  if (elem == Elem::kE4m3) return MiniFloatCode(kE4M3, value);
  return value >= 255.0f ? uint8_t{255} : static_cast<uint8_t>(RoundHalfEven(value));
}

// The nearest signed byte. NaN gives 0.
constexpr int8_t SignedScaleByte(float value) {
  if (value >= 127.0f) return 127;
  if (value <= -128.0f) return -128;
  return value == value ? static_cast<int8_t>(RoundHalfEven(value)) : int8_t{0};
}

// Rounds to a type of scales; nothing else is stored this way.
inline void StoreElem(void* data, Elem elem, size_t i, float value) noexcept {
  const auto store = [data, i]<class T>(T bits) {
    std::memcpy(static_cast<std::byte*>(data) + i * sizeof(T), &bits, sizeof(T));
  };
  switch (elem) {
    case Elem::kF32:
      return store(value);
    case Elem::kF16:
      return store(F32ToF16(value));
    case Elem::kBF16:
      return store(F32ToBf16(value));
    case Elem::kE8m0:
    case Elem::kE4m3:
    case Elem::kU8:
      return store(ScaleByte(elem, value));
    case Elem::kI8:
      return store(SignedScaleByte(value));
    case Elem::kI32:
      return;
  }
}

// The value as `elem` would store it.
constexpr float RoundToElem(float value, Elem elem) {
  if (elem == Elem::kF16) return F16ToF32(F32ToF16(value));
  if (elem == Elem::kBF16) return Bf16ToF32(F32ToBf16(value));
  if (elem == Elem::kE8m0) return E8M0Value(ScaleByte(elem, value));
  if (elem == Elem::kE4m3) return MiniFloatValue(kE4M3, ScaleByte(elem, value));
  if (elem == Elem::kU8) return ScaleByte(elem, value);
  if (elem == Elem::kI8) return SignedScaleByte(value);
  return value;
}

// Smallest positive value that `elem` (kF32, kF16, kBF16) can store.
constexpr float SmallestPositive(Elem elem) {
  if (elem == Elem::kF16) return 0x1p-24f;
  if (elem == Elem::kBF16) return 0x1p-133f;
  return 0x1p-149f;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_FP_H_
