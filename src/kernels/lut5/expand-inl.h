// Cells of two planes to the indices of family `fives`.
#if defined(LUTGEMM_KERNELS_LUT5_EXPAND_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_LUT5_EXPAND_INL_H_
#undef LUTGEMM_KERNELS_LUT5_EXPAND_INL_H_
#else
#define LUTGEMM_KERNELS_LUT5_EXPAND_INL_H_
#endif

#include "kernels/target/arch/x86_vbmi-inl.h"
#include "kernels/contract.h"
#include "kernels/common/lookup_row-inl.h"
#include "kernels/target/ops-inl.h"

#include <type_traits>

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// A slice of 32 outputs: the 16 bits of plane 0 in the low half of each lane, of plane 1 above.
struct SliceBits {
  hn::Vec<hn::ScalableTag<uint16_t>> low, high;  // outputs 0 to 15 and 16 to 31
};
HWY_INLINE SliceBits SliceBitsOf(const uint8_t* cells) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<uint32_t> du32;
  const hn::ScalableTag<int16_t> di16;
  const hn::ScalableTag<int32_t> di32;
  const auto pairs = hn::BitCast(hn::ScalableTag<int8_t>(), hn::Set(du16, uint16_t{0x1001}));
  const auto quads = hn::BitCast(di16, hn::Set(du32, uint32_t{0x01000001}));
  const auto joined = [&](auto nibbles) HWY_ATTR {
    const auto bytes = hn::SatWidenMulPairwiseAdd(di16, nibbles, pairs);
    return hn::BitCast(du32, hn::WidenMulPairwiseAdd(di32, bytes, quads));
  };
  const auto nibble = hn::Set(du8, uint8_t{15});
  const auto low = [&](auto cell) HWY_ATTR { return joined(hn::And(cell, nibble)); };
  const auto high = [&](auto cell) HWY_ATTR {
    return joined(hn::And(hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell))), nibble));
  };
  const auto zero = hn::Load(du8, cells), one = hn::Load(du8, cells + 64);
  return {hn::BitCast(du16, hn::Or(low(zero), hn::ShiftLeft<16>(low(one)))),
          hn::BitCast(du16, hn::Or(high(zero), hn::ShiftLeft<16>(high(one))))};
}

// Steps and slices after which both start anew.
static constexpr size_t kFivesPeriod = 8, kPeriodSlices = 5;
static_assert(kFivesPeriod * kFivesStep == kPeriodSlices * 16);

// Indices of one step of a period out of the bits of its slices.
template <size_t kStep>
HWY_INLINE void StoreFives(const SliceBits& s0, const SliceBits& s1, uint8_t* HWY_RESTRICT panel) {
  const hn::ScalableTag<uint8_t> du8;
  const auto five = hn::Set(du8, uint8_t{31});
  const auto second_table = hn::BitCast(du8, hn::Set(hn::ScalableTag<uint32_t>(), 0x20200000u));
  constexpr int kFrom = kStep * kFivesStep % 16;
  const auto low = FivesAt(ShiftRightOfPairs<kFrom>(s0.low, s1.low));
  const auto high = FivesAt(ShiftRightOfPairs<kFrom>(s0.high, s1.high));
  hn::Store(MaskedOr(low, five, second_table), du8, panel);
  hn::Store(MaskedOr(high, five, second_table), du8, panel + 64);
}

// Steps [begin, end) of a period whose first `slices` slices are there, the rest zeros.
HWY_INLINE void ExpandPeriod(const uint8_t* cells, size_t slices, size_t begin, size_t end,
                             uint8_t* HWY_RESTRICT panel) {
  const auto zero = hn::Zero(hn::ScalableTag<uint16_t>());
  const auto bits_of = [&](size_t s) HWY_ATTR {
    return HWY_LIKELY(s < slices) ? SliceBitsOf(cells + s * 2 * 64) : SliceBits{zero, zero};
  };
  const SliceBits s0 = bits_of(0), s1 = bits_of(1), s2 = bits_of(2), s3 = bits_of(3);
  const SliceBits s4 = bits_of(4);
  const auto store = [&](auto step, const SliceBits& first, const SliceBits& second) HWY_ATTR {
    if (step < begin || step >= end) return;
    StoreFives<step>(first, second, panel);
    panel += kIndexRow;
  };
  store(std::integral_constant<size_t, 0>(), s0, s1);
  store(std::integral_constant<size_t, 1>(), s0, s1);
  store(std::integral_constant<size_t, 2>(), s1, s2);
  store(std::integral_constant<size_t, 3>(), s1, s2);
  store(std::integral_constant<size_t, 4>(), s2, s3);
  store(std::integral_constant<size_t, 5>(), s3, s4);
  store(std::integral_constant<size_t, 6>(), s3, s4);
  store(std::integral_constant<size_t, 7>(), s4, s4);
}

// Steps [begin, end) of one strip, whose cells start at `codes`, to its half of a panel's rows: one
// for a step. Bytes of an output are planes 0 and 1 in the first table, and in the second.
HWY_INLINE void ExpandFives(const LookupArgs& args, const uint8_t* codes, size_t begin, size_t end,
                            uint8_t* HWY_RESTRICT panel) {
  const size_t group_steps = args.grid.group_steps, group_slices = args.weight.group_slices;
  const size_t slices = args.weight.strip_bytes / (2 * 64);
  for (size_t step = begin; step < end;) {
    const size_t group = step / group_steps, first = group * group_slices;
    const size_t group_end = HWY_MIN((group + 1) * group_steps, end) - group * group_steps;
    const size_t in_group = HWY_MIN(group_slices, slices - first);
    for (size_t at = step - group * group_steps; at < group_end;) {
      const size_t period = at / kFivesPeriod, start = period * kFivesPeriod;
      const size_t stop = HWY_MIN(kFivesPeriod, group_end - start);
      const size_t slice = period * kPeriodSlices;
      ExpandPeriod(codes + (first + slice) * 2 * 64, in_group - slice, at - start, stop, panel);
      panel += (start + stop - at) * kIndexRow;
      step += start + stop - at;
      at = start + stop;
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_LUT5_EXPAND_INL_H_
