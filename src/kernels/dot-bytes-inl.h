// Products of bytes of weights and activations, four k at a time, for the family `dot`.
#if defined(LUTGEMM_KERNELS_DOT_BYTES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_BYTES_INL_H_
#undef LUTGEMM_KERNELS_DOT_BYTES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_BYTES_INL_H_
#endif

#include "kernels/arch/x86_vnni-inl.h"
#include "kernels/ops-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Four activations of one token in every lane.
template <class DI32>
HWY_INLINE hn::Vec<hn::Repartition<int8_t, DI32>> BroadcastFour(DI32 di32, const int8_t* act) {
  int32_t four;
  std::memcpy(&four, act, 4);
  return hn::BitCast(hn::Repartition<int8_t, DI32>(), hn::Set(di32, four));
}

// Whether bytes may exceed 128, which costs more where no instruction multiplies them.
enum class Bytes { kSmall, kAll };
#if LUTGEMM_WIDE_LOOKUP
static constexpr Bytes kAllBytes = Bytes::kSmall;
#else
static constexpr Bytes kAllBytes = Bytes::kAll;
#endif
template <Bytes kBytes, class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 Dot(DI32 di32, VU8 u, VI8 i, VI32 sum) {
  return kBytes == Bytes::kAll ? DotAllBytes(di32, u, i, sum) : DotBytes(di32, u, i, sum);
}

// The same in place, see x86_vnni-inl.h: for the many sums of a register tile.
template <Bytes kBytes, class DI32, class VU8, class VI8, class VI32>
HWY_INLINE void AddDot(DI32 di32, VU8 u, VI8 i, VI32& sum) {
  if constexpr (kBytes == Bytes::kAll) {
    sum = DotAllBytes(di32, u, i, sum);
  } else {
    AddDotBytes(di32, u, i, sum);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_BYTES_INL_H_
