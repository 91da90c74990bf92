// Cells of two planes to the indices of method lut5.

#include "kernels/common/lookup_row-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#include <type_traits>

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using Lut5Bytes = hn::Vec<hn::ScalableTag<uint8_t>>;
using Lut5Bits = hn::Vec<hn::ScalableTag<uint16_t>>;

// The low nibbles of the four bytes of each lane as its low 16 bits.
HWY_INLINE hn::Vec<hn::ScalableTag<uint32_t>> JoinedNibbles(Lut5Bytes bytes) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<uint32_t> du32;
  const hn::ScalableTag<int16_t> di16;
  const hn::ScalableTag<int32_t> di32;
  const auto pairs = hn::BitCast(hn::ScalableTag<int8_t>(), hn::Set(du16, uint16_t{0x1001}));
  const auto quads = hn::BitCast(di16, hn::Set(du32, uint32_t{0x01000001}));
  const auto nibbles = hn::And(bytes, hn::Set(du8, uint8_t{15}));
  return hn::BitCast(
      du32, hn::WidenMulPairwiseAdd(di32, hn::SatWidenMulPairwiseAdd(di16, nibbles, pairs), quads));
}

// A slice of 32 outputs, 0 to 15 in `low` and 16 to 31 in `high`: the 16 bits of plane 0 in the low
// half of each lane, of plane 1 above. Slices from number `slices` on are zeros.
HWY_INLINE void LoadSliceBits(const uint8_t* cells, size_t slice, size_t slices, Lut5Bits& low,
                              Lut5Bits& high) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  if (HWY_UNLIKELY(slice >= slices)) {
    low = high = hn::Zero(du16);
    return;
  }
  cells += slice * 2 * 64;
  const auto zero = hn::Load(du8, cells), one = hn::Load(du8, cells + 64);
  const auto shifted_zero = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, zero)));
  const auto shifted_one = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, one)));
  low = hn::BitCast(du16, hn::Or(JoinedNibbles(zero), hn::ShiftLeft<16>(JoinedNibbles(one))));
  high = hn::BitCast(
      du16, hn::Or(JoinedNibbles(shifted_zero), hn::ShiftLeft<16>(JoinedNibbles(shifted_one))));
}

// Steps and slices after which both start anew.
static constexpr size_t kLut5Period = 8, kPeriodSlices = 5;
static_assert(kLut5Period * kLut5Step == kPeriodSlices * 16);

// Indices of one step of a period out of the bits of its slices, outputs 0 to 15 and 16 to 31.
template <size_t kStep>
HWY_INLINE void StoreLut5(Lut5Bits low0, Lut5Bits high0, Lut5Bits low1, Lut5Bits high1,
                          uint8_t* HWY_RESTRICT panel) {
  const hn::ScalableTag<uint8_t> du8;
  const auto five = hn::Set(du8, uint8_t{31});
  const auto second_table = hn::BitCast(du8, hn::Set(hn::ScalableTag<uint32_t>(), 0x20200000u));
  constexpr int kFrom = kStep * kLut5Step % 16;
  const auto low = FiveBitsAt(ShiftRightOfPairs<kFrom>(low0, low1));
  const auto high = FiveBitsAt(ShiftRightOfPairs<kFrom>(high0, high1));
  hn::Store(MaskedOr(low, five, second_table), du8, panel);
  hn::Store(MaskedOr(high, five, second_table), du8, panel + 64);
}

// Steps [begin, end) of a period whose first `slices` slices are there, the rest zeros.
HWY_INLINE void ExpandPeriod(const uint8_t* cells, size_t slices, size_t begin, size_t end,
                             uint8_t* HWY_RESTRICT panel) {
  Lut5Bits low0, high0, low1, high1, low2, high2, low3, high3, low4, high4;
  LoadSliceBits(cells, 0, slices, low0, high0);
  LoadSliceBits(cells, 1, slices, low1, high1);
  LoadSliceBits(cells, 2, slices, low2, high2);
  LoadSliceBits(cells, 3, slices, low3, high3);
  LoadSliceBits(cells, 4, slices, low4, high4);
  const auto store = [&](auto step, Lut5Bits l0, Lut5Bits h0, Lut5Bits l1, Lut5Bits h1) HWY_ATTR {
    if (step < begin || step >= end) return;
    StoreLut5<step>(l0, h0, l1, h1, panel);
    panel += kIndexRow;
  };
  store(std::integral_constant<size_t, 0>(), low0, high0, low1, high1);
  store(std::integral_constant<size_t, 1>(), low0, high0, low1, high1);
  store(std::integral_constant<size_t, 2>(), low1, high1, low2, high2);
  store(std::integral_constant<size_t, 3>(), low1, high1, low2, high2);
  store(std::integral_constant<size_t, 4>(), low2, high2, low3, high3);
  store(std::integral_constant<size_t, 5>(), low3, high3, low4, high4);
  store(std::integral_constant<size_t, 6>(), low3, high3, low4, high4);
  store(std::integral_constant<size_t, 7>(), low4, high4, low4, high4);
}

// Steps [begin, end) of one strip, whose cells start at `codes`, to its half of a panel's rows: one
// for a step. Bytes of an output are planes 0 and 1 in the first table, and in the second.
HWY_INLINE void ExpandLut5(const KernelArgs& args, const uint8_t* codes, size_t begin, size_t end,
                           uint8_t* HWY_RESTRICT panel) {
  const size_t group_steps = args.grid.group_steps, group_slices = args.weight.group_slices;
  const size_t slices = args.weight.strip_bytes / (2 * 64);
  for (size_t step = begin; step < end;) {
    const size_t group = step / group_steps, first = group * group_slices;
    const size_t group_end = HWY_MIN((group + 1) * group_steps, end) - group * group_steps;
    const size_t in_group = HWY_MIN(group_slices, slices - first);
    for (size_t at = step - group * group_steps; at < group_end;) {
      const size_t period = at / kLut5Period, start = period * kLut5Period;
      const size_t stop = HWY_MIN(kLut5Period, group_end - start);
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

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
