// Elements of any type to f32 in vectors, and f32 to the types of outputs.
#if defined(LUTGEMM_KERNELS_COMMON_SCALES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_SCALES_INL_H_
#undef LUTGEMM_KERNELS_COMMON_SCALES_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_SCALES_INL_H_
#endif

#include "kernels/target/ops-inl.h"

#include <lutgemm/types.hpp>

// An instruction converts f16.
#undef LUTGEMM_NATIVE_F16
#if (HWY_ARCH_X86 && HWY_TARGET < HWY_SSE4 && !defined(HWY_DISABLE_F16C)) || HWY_NEON_HAVE_F16C
#define LUTGEMM_NATIVE_F16 1
#else
#define LUTGEMM_NATIVE_F16 0
#endif

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// 2^(code - 127), NaN for 255; code 0 is subnormal.
template <class DF, class VU32>
HWY_INLINE hn::Vec<DF> FromE8m0(DF df, VU32 codes) {
  const hn::RebindToUnsigned<DF> du32;
  const auto bits = hn::Max(hn::ShiftLeft<23>(codes), hn::Set(du32, 0x00400000u));
  const auto nan = hn::Eq(codes, hn::Set(du32, 255u));
  return hn::BitCast(df, hn::IfThenElse(nan, hn::Set(du32, 0x7fc00000u), bits));
}

// Exponent and mantissa in the places of an f32, then its bias; NaN for all ones.
template <class DF, class VU32>
HWY_INLINE hn::Vec<DF> FromE4m3(DF df, VU32 codes) {
  const hn::RebindToUnsigned<DF> du32;
  const auto magnitude = hn::And(codes, hn::Set(du32, 0x7fu));
  const auto value = hn::Mul(hn::BitCast(df, hn::ShiftLeft<20>(magnitude)), hn::Set(df, 0x1p120f));
  const auto nan = hn::Eq(magnitude, hn::Set(du32, 0x7fu));
  const auto bits = hn::IfThenElse(nan, hn::Set(du32, 0x7fc00000u), hn::BitCast(du32, value));
  const auto sign = hn::ShiftLeft<24>(hn::And(codes, hn::Set(du32, 0x80u)));
  return hn::BitCast(df, hn::Or(bits, sign));
}

// f16 to f32 and back, as format/fp.h has them; a NaN becomes quiet. Where no instruction does it,
// Highway's substitute makes numbers from 65536 on of infinities and NaN, and gives every NaN the
// same payload.
template <class DF, class V16>
HWY_INLINE hn::Vec<DF> FromF16(DF df, V16 half) {
  const auto value = hn::PromoteTo(df, half);
#if LUTGEMM_NATIVE_F16
  return value;
#else
  const hn::RebindToSigned<DF> di32;
  const auto bits = hn::BitCast(di32, value);
  const auto magnitude = hn::BitCast(di32, hn::Abs(value));
  const auto past_numbers = hn::Set(di32, 0x47800000);  // 65536
  const auto nan = hn::Gt(magnitude, past_numbers);
  const auto infinity = hn::Or(bits, hn::Set(di32, 0x7f800000));
  const auto special = hn::Or(infinity, hn::IfThenElseZero(nan, hn::Set(di32, 0x400000)));
  return hn::BitCast(df, hn::IfThenElse(hn::Lt(magnitude, past_numbers), bits, special));
#endif
}
template <class D16, class VF>
HWY_INLINE hn::Vec<D16> ToF16(D16 d16, VF value) {
  const auto half = hn::DemoteTo(d16, value);
#if LUTGEMM_NATIVE_F16
  return half;
#else
  const hn::RebindToUnsigned<D16> du16;
  const hn::Rebind<uint32_t, D16> du32;
  const auto bits = hn::BitCast(du32, value);
  const auto sign = hn::And(hn::ShiftRight<16>(bits), hn::Set(du32, 0x8000u));
  const auto payload = hn::And(hn::ShiftRight<13>(bits), hn::Set(du32, 0x3ffu));
  const auto nan = hn::Or3(sign, payload, hn::Set(du32, 0x7e00u));
  const auto plain = hn::PromoteTo(du32, hn::BitCast(du16, half));
  const auto is_nan = hn::RebindMask(du32, hn::IsNaN(value));
  return hn::BitCast(d16, hn::TruncateTo(du16, hn::IfThenElse(is_nan, nan, plain)));
#endif
}

// Loads Lanes(df) elements of type `elem` at element `index` as f32.
template <class DF>
HWY_INLINE hn::Vec<DF> LoadAsF32(DF df, const void* base, Elem elem, size_t index) {
  const auto* bytes = static_cast<const uint8_t*>(base);
  if (elem == Elem::kF16) {
    const hn::Rebind<hwy::float16_t, DF> d16;
    return FromF16(df, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(bytes + 2 * index)));
  }
  if (elem == Elem::kBF16) {
    const hn::Rebind<hwy::bfloat16_t, DF> d16;
    return hn::PromoteTo(
        df, hn::LoadU(d16, reinterpret_cast<const hwy::bfloat16_t*>(bytes + 2 * index)));
  }
  if (elem == Elem::kI8) {
    const hn::Rebind<int8_t, DF> di8;
    const auto codes = hn::LoadU(di8, reinterpret_cast<const int8_t*>(bytes) + index);
    return hn::ConvertTo(df, hn::PromoteTo(hn::RebindToSigned<DF>(), codes));
  }
  if (elem == Elem::kU8 || elem == Elem::kE8m0 || elem == Elem::kE4m3) {
    const hn::Rebind<uint8_t, DF> du8;
    const auto codes = hn::PromoteTo(hn::RebindToUnsigned<DF>(), hn::LoadU(du8, bytes + index));
    return elem == Elem::kU8     ? hn::ConvertTo(df, codes)
           : elem == Elem::kE8m0 ? FromE8m0(df, codes)
                                 : FromE4m3(df, codes);
  }
  return hn::LoadU(df, reinterpret_cast<const float*>(bytes + 4 * index));
}

// Stores Lanes(df) floats as elements of type `elem`: f32, f16 or bf16.
template <class DF, class VF>
HWY_INLINE void StoreAs(DF df, VF value, Elem elem, std::byte* out) {
  if (elem == Elem::kF16) {
    const hn::Rebind<hwy::float16_t, DF> d16;
    hn::StoreU(ToF16(d16, value), d16, reinterpret_cast<hwy::float16_t*>(out));
  } else if (elem == Elem::kBF16) {
    const hn::Rebind<hwy::bfloat16_t, DF> d16;
    hn::StoreU(hn::DemoteTo(d16, value), d16, reinterpret_cast<hwy::bfloat16_t*>(out));
  } else {
    hn::StoreU(value, df, reinterpret_cast<float*>(out));
  }
}

#if LUTGEMM_TABLE_ENTRIES >= 64
// The two bytes of the bfloat16 that each E4M3 magnitude is, and how they become f32: those of
// value i from bytes i of 64 low ones and of the high ones behind them, zeros from byte 32.
struct E4m3Bytes {
  alignas(64) uint8_t low[128];
  alignas(64) uint8_t high[128];
  alignas(64) uint8_t first[64];
  alignas(64) uint8_t second[64];
};
static constexpr E4m3Bytes kE4m3Bytes = [] {
  E4m3Bytes bytes{};
  for (uint32_t code = 0; code < 128; ++code) {
    uint32_t exponent = code >> 3, mantissa = code & 7;
    if (exponent == 0 && mantissa != 0) {
      for (exponent = 1; (mantissa & 8) == 0; --exponent) mantissa <<= 1;
      mantissa &= 7;
    }
    uint32_t bits = code == 0 ? 0u : (exponent + 120) << 7 | mantissa << 4;
    if (code == 127) bits = 0x7fc0;
    bytes.low[code] = static_cast<uint8_t>(bits & 255);
    bytes.high[code] = static_cast<uint8_t>(bits >> 8);
  }
  for (uint8_t i = 0; i < 16; ++i) {
    for (size_t b = 0; b < 2; ++b) bytes.first[i * 4 + b] = bytes.second[i * 4 + b] = 32;
    bytes.first[i * 4 + 2] = i, bytes.first[i * 4 + 3] = static_cast<uint8_t>(64 + i);
    bytes.second[i * 4 + 2] = static_cast<uint8_t>(16 + i);
    bytes.second[i * 4 + 3] = static_cast<uint8_t>(80 + i);
  }
  return bytes;
}();
#endif

// LoadAsF32 of two vectors that follow one another. With 64-byte lookups, E4M3 takes 5 instructions
// for 32 values instead of 18: a third of a fold in groups of 16.
template <class DF>
HWY_INLINE void LoadTwoAsF32(DF df, const void* base, Elem elem, size_t index, hn::Vec<DF>& first,
                             hn::Vec<DF>& second) {
#if LUTGEMM_TABLE_ENTRIES >= 64
  if (elem == Elem::kE4m3) {
    const hn::ScalableTag<uint8_t> du8;
    const hn::Half<decltype(du8)> half;
    const auto codes =
        hn::ZeroExtendVector(du8, hn::LoadU(half, static_cast<const uint8_t*>(base) + index));
    const auto look_up = [&](const uint8_t* table, auto at) HWY_ATTR {
      return Lookup128(hn::Load(du8, table), hn::Load(du8, table + 64), at);
    };
    const auto low = look_up(kE4m3Bytes.low, codes);
    const auto high = hn::OrAnd(look_up(kE4m3Bytes.high, codes), codes, hn::Set(du8, uint8_t{128}));
    first = hn::BitCast(df, Lookup128(low, high, hn::Load(du8, kE4m3Bytes.first)));
    second = hn::BitCast(df, Lookup128(low, high, hn::Load(du8, kE4m3Bytes.second)));
    return;
  }
#endif
  first = LoadAsF32(df, base, elem, index);
  second = LoadAsF32(df, base, elem, index + hn::Lanes(df));
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_SCALES_INL_H_
