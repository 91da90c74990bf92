// The few vector operations that Highway lacks or that deserve a choice per target.
#if defined(LUTGEMM_KERNELS_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_OPS_INL_H_
#undef LUTGEMM_KERNELS_OPS_INL_H_
#else
#define LUTGEMM_KERNELS_OPS_INL_H_
#endif

#include <lutgemm/types.hpp>

#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <cmath>

// 64- and 128-entry byte lookups and a byte dot product in one instruction each.
#undef LUTGEMM_WIDE_LOOKUP
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
#define LUTGEMM_WIDE_LOOKUP 1
#else
#define LUTGEMM_WIDE_LOOKUP 0
#endif

// HWY_ATTR for a lambda that is an inner loop: clang 19 calls such a body with its sums in memory
// instead of inlining it, which halved the speed of `dot`.
#undef LUTGEMM_LOOP_ATTR
#define LUTGEMM_LOOP_ATTR HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// sum[i] + the four products of unsigned and signed bytes in lane i. Where no instruction does it,
// the products are summed in pairs of 16 bits: unsigned bytes must then be at most 128, which keeps
// a pair within 2 * 128 * 127 (the codes here are at most 15).
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 DotBytes(DI32 di32, VU8 u, VI8 i, VI32 sum) {
#if HWY_TARGET <= HWY_AVX3_DL
  return hn::SumOfMulQuadAccumulate(di32, u, i, sum);
#else
  const hn::Repartition<int16_t, DI32> di16;
  const auto pairs = hn::SatWidenMulPairwiseAdd(di16, u, i);
  return hn::Add(sum, hn::WidenMulPairwiseAdd(di32, pairs, hn::Set(di16, int16_t{1})));
#endif
}

// a * b + c with one rounding, on every target.
template <class DF, class VF>
HWY_INLINE VF Fused(DF df, VF a, VF b, VF c) {
#if HWY_NATIVE_FMA
  (void)df;
  return hn::MulAdd(a, b, c);
#else
  alignas(64) float x[hn::MaxLanes(df)], y[hn::MaxLanes(df)], z[hn::MaxLanes(df)];
  hn::Store(a, df, x);
  hn::Store(b, df, y);
  hn::Store(c, df, z);
  for (size_t i = 0; i < hn::MaxLanes(df); ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(df, z);
#endif
}

// DotBytes for unsigned bytes up to 255: where no instruction does it, even and odd bytes apart.
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 DotAllBytes(DI32 di32, VU8 u, VI8 i, VI32 sum) {
#if HWY_TARGET <= HWY_AVX3_DL
  return DotBytes(di32, u, i, sum);
#else
  const hn::Repartition<int16_t, DI32> di16;
  const auto u16 = hn::BitCast(di16, u), i16 = hn::BitCast(di16, i);
  const auto odd_u = hn::ShiftRight<8>(hn::BitCast(hn::RebindToUnsigned<decltype(di16)>(), u));
  const auto even = hn::WidenMulPairwiseAdd(di32, hn::And(u16, hn::Set(di16, int16_t{255})),
                                            hn::ShiftRight<8>(hn::ShiftLeft<8>(i16)));
  const auto odd = hn::WidenMulPairwiseAdd(di32, hn::BitCast(di16, odd_u), hn::ShiftRight<8>(i16));
  return hn::Add(sum, hn::Add(even, odd));
#endif
}

#if LUTGEMM_WIDE_LOOKUP
// Which of a register's four tables of 16 entries each byte of an index looks into.
alignas(64) static constexpr uint8_t kTableOfByte[64] = {
    0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16,
    32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48,
    0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48};

// table[index], index < 64.
template <class V, class VI>
HWY_INLINE V Lookup64(V table, VI index) {
  return hn::TableLookupLanes(table, hn::Indices512<hn::TFromV<V>>{index.raw});
}
// Entry of a 128-entry table by the low seven bits of index; bit 7 is ignored by the instruction,
// which is why this does not go through IndicesFromVec and its debug check.
template <class V>
HWY_INLINE V Lookup128(V low, V high, V index) {
  return hn::TwoTablesLookupLanes(low, high, hn::Indices512<hn::TFromV<V>>{index.raw});
}
#endif

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

// Loads Lanes(df) elements of type `elem` at element `index` as f32.
template <class DF>
HWY_INLINE hn::Vec<DF> LoadAsF32(DF df, const void* base, Elem elem, size_t index) {
  const auto* bytes = static_cast<const uint8_t*>(base);
  if (elem == Elem::kF16) {
    const hn::Rebind<hwy::float16_t, DF> d16;
    return hn::PromoteTo(
        df, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(bytes + 2 * index)));
  }
  if (elem == Elem::kBF16) {
    const hn::Rebind<hwy::bfloat16_t, DF> d16;
    return hn::PromoteTo(
        df, hn::LoadU(d16, reinterpret_cast<const hwy::bfloat16_t*>(bytes + 2 * index)));
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

#if LUTGEMM_WIDE_LOOKUP
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
#if LUTGEMM_WIDE_LOOKUP
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

#endif  // LUTGEMM_KERNELS_OPS_INL_H_
