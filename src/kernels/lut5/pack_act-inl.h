// Tables of five activations for `fives`.

#include "kernels/common/table_entries-inl.h"
#include "kernels/ternary5/pack_act-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

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

// The tables of two steps from 20 activations in fixed point, or of the first one only.
HWY_INLINE void MakeLut5(const int16_t* fixed, bool both, uint8_t* HWY_RESTRICT tables) {
  const hn::ScalableTag<uint8_t> du8;
  const auto sum = [&](size_t five) HWY_ATTR {
    const int16_t* at = fixed + five * 5;
    return SumEntries(kFiveSigns, at, at[4] + RoundFraction(five));
  };
  const auto bytes = BytesAt<kFractionBits>(sum(0), sum(1), sum(2), sum(3));
  const auto negatives = hn::Sub(hn::Zero(du8), bytes);
  const auto first = Lookup128(bytes, negatives, hn::Load(du8, kFiveOrder.from[0]));
  hn::Store(first, du8, tables);
  if (!both) return;
  const auto second = Lookup128(bytes, negatives, hn::Load(du8, kFiveOrder.from[1]));
  hn::Store(second, du8, tables + kLut5Tables);
}

// Fixed point activations behind a block's are read and not used.
inline HWY_NOINLINE void PackLut5Fast(const PackActArgs& args, size_t block_begin,
                                      size_t block_end) {
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const auto make = [&](const BlockCursor& at, const BlockSpan&, const int16_t* fixed) HWY_ATTR {
    size_t step = at.begin;
    for (; step + 2 <= at.end; step += 2, fixed += 2 * kLut5Step) {
      MakeLut5(fixed, true, tables + step * kLut5Tables);
    }
    if (step < at.end) MakeLut5(fixed, false, tables + step * kLut5Tables);
  };
  ForEachFixedBlock(args, block_begin, block_end, MaxSumOfFive, make);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
