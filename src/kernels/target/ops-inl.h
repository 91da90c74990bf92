// The few vector operations that Highway lacks or that deserve a choice per target.
#if defined(LUTGEMM_KERNELS_TARGET_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TARGET_OPS_INL_H_
#undef LUTGEMM_KERNELS_TARGET_OPS_INL_H_
#else
#define LUTGEMM_KERNELS_TARGET_OPS_INL_H_
#endif

#include "kernels/target/traits-inl.h"

#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <cmath>

// 64- and 128-entry byte lookups and a byte dot product in one instruction each.
#undef LUTGEMM_WIDE_LOOKUP
#if LUTGEMM_TABLE_ENTRIES >= 64
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

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TARGET_OPS_INL_H_
