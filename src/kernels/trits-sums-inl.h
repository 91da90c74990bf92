// Sums of biased bytes of quints, as 16-bit words of even and odd bytes.
#if defined(LUTGEMM_KERNELS_TRITS_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TRITS_SUMS_INL_H_
#undef LUTGEMM_KERNELS_TRITS_SUMS_INL_H_
#else
#define LUTGEMM_KERNELS_TRITS_SUMS_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Consecutive quints of one strip or two.
struct TritsPiece {
  const uint8_t* codes0;
  const uint8_t* codes1;
  size_t quints;
};

// raw[o] += mult * (sum of output o - bias), two outputs from each word and its odd byte's sum.
template <class VU16>
HWY_INLINE void FlushTrits(VU16 words, VU16 odds, int mult, int bias, int32_t* HWY_RESTRICT raw) {
  const hn::DFromV<VU16> du16;
  constexpr size_t kWords = hn::MaxLanes(du16);
  alignas(64) uint16_t even[kWords], odd[kWords];
  hn::Store(hn::Sub(words, hn::ShiftLeft<8>(odds)), du16, even);
  hn::Store(odds, du16, odd);
  for (size_t i = 0; i < kWords; ++i) {
    raw[2 * i] += mult * (int{even[i]} - bias);
    raw[2 * i + 1] += mult * (int{odd[i]} - bias);
  }
}

// Exact tables: T = 36 h + l, both biased by 18 (so at most 36): seven fit a byte sum.
static constexpr size_t kQuintsPerByteSum = 7;

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TRITS_SUMS_INL_H_
