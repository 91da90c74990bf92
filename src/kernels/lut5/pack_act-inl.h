// Tables of five activations for `fives`.
#if defined(LUTGEMM_KERNELS_LUT5_PACK_ACT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_LUT5_PACK_ACT_INL_H_
#undef LUTGEMM_KERNELS_LUT5_PACK_ACT_INL_H_
#else
#define LUTGEMM_KERNELS_LUT5_PACK_ACT_INL_H_
#endif

#include "kernels/common/table_entries-inl.h"
#include "kernels/ternary5/pack_act-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Signs of the first four activations in entries that add the fifth.
static constexpr EntryDigits kFiveSigns = [] {
  EntryDigits signs{};
  for (size_t i = 0; i < 16; ++i) {
    for (size_t j = 0; j < 2; ++j) {
      signs.first[i][j] = i >> j & 1 ? 1 : -1;
      signs.second[i][j] = i >> (j + 2) & 1 ? 1 : -1;
    }
  }
  return signs;
}();

// The tables of two fives out of 16 entries of each that add the fifth activation, at byte 4 i + j
// of 64 (five j), and their negatives behind them: entry i of five 0 to byte i, of five 1 to 32 +
// i.
struct FiveOrder {
  alignas(64) uint8_t from[2][64];
};
static constexpr FiveOrder kFiveOrder = [] {
  FiveOrder order{};
  for (size_t step = 0; step < 2; ++step) {
    for (size_t i = 0; i < 64; ++i) {
      const size_t entry = i % 32, five = step * 2 + i / 32;
      const size_t from = entry >= 16 ? (entry - 16) * 4 : 64 + (15 - entry) * 4;
      order.from[step][i] = static_cast<uint8_t>(from + five);
    }
  }
  return order;
}();

// Two steps from 20 activations in fixed point.
struct FiveTables {
  hn::Vec<hn::ScalableTag<uint8_t>> first, second;
};
HWY_INLINE FiveTables MakeFives(const int16_t* fixed) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int16_t> di16;
  const hn::ScalableTag<int32_t> di32;
  const auto first = hn::Load(di16, kFiveSigns.first[0]);
  const auto second = hn::Load(di16, kFiveSigns.second[0]);
  const auto sum = [&](const int16_t* at, size_t five) HWY_ATTR {
    auto unused = hn::Zero(di32);
    const auto start = hn::Set(di32, at[4] + RoundFraction(five));
    const auto half = hn::ReorderWidenMulAccumulate(di32, first, PairAt(at), start, unused);
    return hn::ReorderWidenMulAccumulate(di32, second, PairAt(at + 2), half, unused);
  };
  const auto bytes = BytesAt<kFractionBits>(sum(fixed, 0), sum(fixed + 5, 1), sum(fixed + 10, 0),
                                            sum(fixed + 15, 1));
  const auto negatives = hn::Sub(hn::Zero(du8), bytes);
  return {Lookup128(bytes, negatives, hn::Load(du8, kFiveOrder.from[0])),
          Lookup128(bytes, negatives, hn::Load(du8, kFiveOrder.from[1]))};
}

// Fixed point activations behind a block's are read and not used.
inline HWY_NOINLINE void PrepFivesFast(const PrepArgs& args, size_t block_begin, size_t block_end) {
  const hn::ScalableTag<uint8_t> du8;
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const auto make = [&](const BlockCursor& at, const BlockSpan&, const int16_t* fixed) HWY_ATTR {
    size_t step = at.begin;
    for (; step + 2 <= at.end; step += 2, fixed += 2 * kFivesStep) {
      const FiveTables two = MakeFives(fixed);
      hn::Store(two.first, du8, tables + step * kFivesTables);
      hn::Store(two.second, du8, tables + (step + 1) * kFivesTables);
    }
    if (step < at.end) hn::Store(MakeFives(fixed).first, du8, tables + step * kFivesTables);
  };
  ForEachFixedBlock(args, block_begin, block_end, MaxSumOfFive, make);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_LUT5_PACK_ACT_INL_H_
