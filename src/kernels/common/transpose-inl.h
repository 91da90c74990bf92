// Codes out of bit planes by transposing 8 x 8 bits: the bytes of one position of up to eight
// planes hold four k of two outputs, and become eight bytes of one code each.
#if defined(LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
#undef LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
#endif

#include "kernels/target/ops-inl.h"

#if LUTGEMM_BIT_TRANSPOSE

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Lower and upper halves of blocks interleaved as lanes of D, and bytes again.
template <class D, class V>
HWY_INLINE void Interleave(D d, V a, V b, V& low, V& high) {
  const hn::DFromV<V> du8;
  const auto x = hn::BitCast(d, a), y = hn::BitCast(d, b);
  low = hn::BitCast(du8, hn::InterleaveLower(d, x, y));
  high = hn::BitCast(du8, hn::InterleaveUpper(d, x, y));
}

// Planes p and p + 1 of a slice, side by side as the transposition wants them: the last first.
template <int kPlanes, int kPlane, class V>
HWY_INLINE void TwoPlanes(const uint8_t* cells, V& low, V& high) {
  const hn::DFromV<V> du8;
  const auto zero = hn::Zero(du8);
  if constexpr (kPlane >= kPlanes) {
    low = high = zero;
  } else {
    const auto last = kPlane + 1 < kPlanes ? hn::Load(du8, cells + (kPlane + 1) * 64) : zero;
    Interleave(du8, last, hn::Load(du8, cells + kPlane * 64), low, high);
  }
}

// Codes of one slice. Vector v holds in the dwords of block b, for o = 4 b + v / 2 and the group of
// four k g = 2 (v % 2): output o and o + 16 of group g, then of group g + 1.
template <int kPlanes, class V>
HWY_INLINE void LoadSliceCodes(const uint8_t* cells, V& v0, V& v1, V& v2, V& v3, V& v4, V& v5,
                               V& v6, V& v7) {
  const hn::Repartition<uint16_t, hn::DFromV<V>> du16;
  const hn::Repartition<uint32_t, hn::DFromV<V>> du32;
  V low01, high01, low23, high23, low45, high45, low67, high67;
  TwoPlanes<kPlanes, 0>(cells, low01, high01);
  TwoPlanes<kPlanes, 2>(cells, low23, high23);
  TwoPlanes<kPlanes, 4>(cells, low45, high45);
  TwoPlanes<kPlanes, 6>(cells, low67, high67);
  V upper0, upper1, upper2, upper3, lower0, lower1, lower2, lower3;
  Interleave(du16, low67, low45, upper0, upper1);
  Interleave(du16, high67, high45, upper2, upper3);
  Interleave(du16, low23, low01, lower0, lower1);
  Interleave(du16, high23, high01, lower2, lower3);
  Interleave(du32, upper0, lower0, v0, v1);
  Interleave(du32, upper1, lower1, v2, v3);
  Interleave(du32, upper2, lower2, v4, v5);
  Interleave(du32, upper3, lower3, v6, v7);
  v0 = TransposeBits(v0), v1 = TransposeBits(v1), v2 = TransposeBits(v2), v3 = TransposeBits(v3);
  v4 = TransposeBits(v4), v5 = TransposeBits(v5), v6 = TransposeBits(v6), v7 = TransposeBits(v7);
}

// 4 x 4 dwords of every block: v0 gets the first of each, and so on.
template <class V>
HWY_INLINE void TransposeDwords(V& v0, V& v1, V& v2, V& v3) {
  const hn::Repartition<uint32_t, hn::DFromV<V>> du32;
  const hn::Repartition<uint64_t, hn::DFromV<V>> du64;
  V low01, high01, low23, high23;
  Interleave(du32, v0, v1, low01, high01);
  Interleave(du32, v2, v3, low23, high23);
  Interleave(du64, low01, low23, v0, v1);
  Interleave(du64, high01, high23, v2, v3);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BIT_TRANSPOSE

#endif  // LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
