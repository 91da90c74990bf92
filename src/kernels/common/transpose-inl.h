// Codes out of bit planes by transposing 8 x 8 bits: the bytes of one position of up to eight
// planes hold four k of two outputs, and become eight bytes of one code each.
#if defined(LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
#undef LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
#endif

#include "kernels/target/arch/x86_gfni-inl.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Lower and upper halves of interleaved blocks.
template <class V>
struct Halves {
  V low, high;
};
template <class D, class VA, class VB>
HWY_INLINE Halves<hn::Vec<D>> Interleave(D d, VA a, VB b) {
  const auto x = hn::BitCast(d, a), y = hn::BitCast(d, b);
  return {hn::InterleaveLower(d, x, y), hn::InterleaveUpper(d, x, y)};
}

// Codes of one slice. Vector v holds in the dwords of block b, for o = 4 b + v / 2 and the group of
// four k g = 2 (v % 2): output o and o + 16 of group g, then of group g + 1.
template <class V>
struct SliceCodes {
  V v0, v1, v2, v3, v4, v5, v6, v7;
};

// Planes p and p + 1 of a slice, side by side as the transposition wants them: the last first.
template <int kPlanes, int kPlane>
HWY_INLINE Halves<hn::Vec<hn::ScalableTag<uint8_t>>> TwoPlanes(const uint8_t* cells) {
  const hn::ScalableTag<uint8_t> du8;
  const auto zero = hn::Zero(du8);
  if constexpr (kPlane >= kPlanes) {
    return {zero, zero};
  } else {
    const auto last = kPlane + 1 < kPlanes ? hn::Load(du8, cells + (kPlane + 1) * 64) : zero;
    return Interleave(du8, last, hn::Load(du8, cells + kPlane * 64));
  }
}

template <int kPlanes>
HWY_INLINE SliceCodes<hn::Vec<hn::ScalableTag<uint8_t>>> LoadSliceCodes(const uint8_t* cells) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const hn::Repartition<uint32_t, decltype(du8)> du32;
  const auto p01 = TwoPlanes<kPlanes, 0>(cells), p23 = TwoPlanes<kPlanes, 2>(cells);
  const auto p45 = TwoPlanes<kPlanes, 4>(cells), p67 = TwoPlanes<kPlanes, 6>(cells);
  const auto upper0 = Interleave(du16, p67.low, p45.low);
  const auto upper1 = Interleave(du16, p67.high, p45.high);
  const auto lower0 = Interleave(du16, p23.low, p01.low);
  const auto lower1 = Interleave(du16, p23.high, p01.high);
  const auto a = Interleave(du32, upper0.low, lower0.low);
  const auto b = Interleave(du32, upper0.high, lower0.high);
  const auto c = Interleave(du32, upper1.low, lower1.low);
  const auto d = Interleave(du32, upper1.high, lower1.high);
  const auto codes = [&](auto rows) HWY_ATTR { return TransposeBits(hn::BitCast(du8, rows)); };
  return {codes(a.low), codes(a.high), codes(b.low), codes(b.high),
          codes(c.low), codes(c.high), codes(d.low), codes(d.high)};
}

// 4 x 4 dwords of every block: v0 gets the first of each, and so on.
template <class V>
HWY_INLINE void TransposeDwords(V& v0, V& v1, V& v2, V& v3) {
  const hn::DFromV<V> du8;
  const hn::Repartition<uint32_t, decltype(du8)> du32;
  const hn::Repartition<uint64_t, decltype(du8)> du64;
  const auto a = Interleave(du32, v0, v1), b = Interleave(du32, v2, v3);
  const auto low = Interleave(du64, a.low, b.low), high = Interleave(du64, a.high, b.high);
  v0 = hn::BitCast(du8, low.low);
  v1 = hn::BitCast(du8, low.high);
  v2 = hn::BitCast(du8, high.low);
  v3 = hn::BitCast(du8, high.high);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_COMMON_TRANSPOSE_INL_H_
