// Products of bytes of weights and activations, four k at a time, for the method dot.
#if defined(LUTGEMM_KERNELS_DOT_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_PRODUCTS_INL_H_
#undef LUTGEMM_KERNELS_DOT_PRODUCTS_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_PRODUCTS_INL_H_
#endif

#include "kernels/target/ops-inl.h"

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

// Where no instruction sums four products: whether bytes are at most 15, of which eight products'
// pairs fit 16 bits (8 * 2 * 15 * 128 = 30720), at most 128, or larger, which costs more.
enum class Bytes { kNibbles, kSmall, kAll };
#if LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE
static constexpr Bytes kNibbleBytes = Bytes::kSmall, kAllBytes = Bytes::kSmall;
#else
static constexpr Bytes kNibbleBytes = Bytes::kNibbles, kAllBytes = Bytes::kAll;
#endif
static constexpr size_t kNibbleProducts = 8;

// Sums of pairs of products of nibbles, kNibbleProducts at most, before they are widened.
template <class DI32, class VU8, class VI8, class VI16>
HWY_INLINE void AddPairs(DI32, VU8 u, VI8 i, VI16& pairs) {
  pairs = hn::Add(pairs, hn::SatWidenMulPairwiseAdd(hn::Repartition<int16_t, DI32>(), u, i));
  // Sums one after the other: g++ 12 unrolls loops, adds in another order and keeps products in
  // memory meanwhile.
  KeepInRegister(pairs);
}
template <class DI32, class VI16, class VI32>
HWY_INLINE void AddWidened(DI32 di32, VI16 pairs, VI32& sum) {
  const hn::Repartition<int16_t, DI32> di16;
  sum = hn::Add(sum, hn::WidenMulPairwiseAdd(di32, pairs, hn::Set(di16, int16_t{1})));
}

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

// AddDot for sums that fill the registers, so that no product finds room to wait.
template <Bytes kBytes, class DI32, class VU8, class VI8, class VI32>
HWY_INLINE void AddTileDot(DI32 di32, VU8 u, VI8 i, VI32& sum) {
  AddDot<kBytes>(di32, u, i, sum);
  KeepInRegister(sum);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_PRODUCTS_INL_H_
