// Four tables of 16 entries, each the sum of up to four activations in fixed point times small
// digits, for targets with 64-entry byte lookups: products of pairs of 16 bits make the 16 sums of
// a table in two instructions, and what rounding leaves of four tables' sums is a byte of each
// lane.
#if defined(LUTGEMM_KERNELS_COMMON_TABLE_ENTRIES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_TABLE_ENTRIES_INL_H_
#undef LUTGEMM_KERNELS_COMMON_TABLE_ENTRIES_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_TABLE_ENTRIES_INL_H_
#endif

#include "kernels/target/ops-inl.h"

#include <cstring>

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// What each of four activations is multiplied with in each of 16 entries: two of them, then two.
struct EntryDigits {
  alignas(64) int16_t first[16][2];
  alignas(64) int16_t second[16][2];
};

// Two values, in every lane.
HWY_INLINE hn::Vec<hn::ScalableTag<int16_t>> PairAt(const int16_t* at) {
  int32_t two;
  std::memcpy(&two, at, sizeof(two));
  return hn::BitCast(hn::ScalableTag<int16_t>(), hn::Set(hn::ScalableTag<int32_t>(), two));
}

// start plus the 16 sums of activations fixed[0..3].
HWY_INLINE hn::Vec<hn::ScalableTag<int32_t>> SumEntries(const EntryDigits& digits,
                                                        const int16_t* fixed, int32_t start) {
  const hn::ScalableTag<int16_t> di16;
  const hn::ScalableTag<int32_t> di32;
  const auto first = hn::Load(di16, digits.first[0]), second = hn::Load(di16, digits.second[0]);
  auto unused = hn::Zero(di32);
  const auto half =
      hn::ReorderWidenMulAccumulate(di32, first, PairAt(fixed), hn::Set(di32, start), unused);
  return hn::ReorderWidenMulAccumulate(di32, second, PairAt(fixed + 2), half, unused);
}

// Byte 4 i + j: bits kShift to kShift + 7 of entry i of the activations j * `stride` further on.
template <int kShift>
HWY_INLINE hn::Vec<hn::ScalableTag<uint8_t>> EntryBytes(const EntryDigits& digits,
                                                        const int16_t* fixed, size_t stride,
                                                        int32_t even_start, int32_t odd_start) {
  return BytesAt<kShift>(SumEntries(digits, fixed, even_start),
                         SumEntries(digits, fixed + stride, odd_start),
                         SumEntries(digits, fixed + 2 * stride, even_start),
                         SumEntries(digits, fixed + 3 * stride, odd_start));
}

// Entry i of table j to byte 16 j + i.
struct EntryOrder {
  alignas(64) uint8_t from[64];
};
static constexpr EntryOrder kEntryOrder = [] {
  EntryOrder order{};
  for (size_t i = 0; i < 64; ++i) order.from[i] = static_cast<uint8_t>(i % 16 * 4 + i / 16);
  return order;
}();
HWY_INLINE hn::Vec<hn::ScalableTag<uint8_t>> InEntryOrder(hn::Vec<hn::ScalableTag<uint8_t>> bytes) {
  return Lookup64(bytes, hn::Load(hn::ScalableTag<uint8_t>(), kEntryOrder.from));
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64

#endif  // LUTGEMM_KERNELS_COMMON_TABLE_ENTRIES_INL_H_
