// Four bytes of each of 64 outputs, out of vectors of one byte each: interleaving stays within
// blocks of 16 bytes, where it takes one instruction per vector and step, and outputs come in order
// because their bytes were put into another one before.
#if defined(LUTGEMM_KERNELS_COMMON_INTERLEAVE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_INTERLEAVE_INL_H_
#undef LUTGEMM_KERNELS_COMMON_INTERLEAVE_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_INTERLEAVE_INL_H_
#endif

#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using OutputBytes = hn::Vec<hn::ScalableTag<uint8_t>>;

// Which output each byte takes before it is interleaved.
struct OutputOrder {
  alignas(64) uint8_t output[64];
};
static constexpr OutputOrder kOutputOrder = [] {
  OutputOrder order{};
  for (size_t i = 0; i < 64; ++i) {
    order.output[i] = static_cast<uint8_t>(i / 4 % 4 * 16 + i / 16 * 4 + i % 4);
  }
  return order;
}();

// A byte of each output in the order that InterleaveFour wants.
HWY_INLINE OutputBytes LoadForInterleave(const uint8_t* bytes) {
  const hn::ScalableTag<uint8_t> du8;
  return Lookup64(hn::Load(du8, bytes), hn::Load(du8, kOutputOrder.output));
}

// rows[0] to rows[3] hold bytes 0 to 3 of each output; v0 gets all four of outputs 0 to 15, v1 of
// 16 to 31, v2 of 32 to 47 and v3 of 48 to 63.
HWY_INLINE void InterleaveFour(const uint8_t (*rows)[64], OutputBytes& v0, OutputBytes& v1,
                               OutputBytes& v2, OutputBytes& v3) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const auto a = hn::Load(du8, rows[0]), b = hn::Load(du8, rows[1]);
  const auto c = hn::Load(du8, rows[2]), d = hn::Load(du8, rows[3]);
  const auto low_ab = hn::BitCast(du16, hn::InterleaveLower(du8, a, b));
  const auto low_cd = hn::BitCast(du16, hn::InterleaveLower(du8, c, d));
  const auto high_ab = hn::BitCast(du16, hn::InterleaveUpper(du8, a, b));
  const auto high_cd = hn::BitCast(du16, hn::InterleaveUpper(du8, c, d));
  v0 = hn::BitCast(du8, hn::InterleaveLower(du16, low_ab, low_cd));
  v1 = hn::BitCast(du8, hn::InterleaveUpper(du16, low_ab, low_cd));
  v2 = hn::BitCast(du8, hn::InterleaveLower(du16, high_ab, high_cd));
  v3 = hn::BitCast(du8, hn::InterleaveUpper(du16, high_ab, high_cd));
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64

#endif  // LUTGEMM_KERNELS_COMMON_INTERLEAVE_INL_H_
