// Tables of three activations for `triples`.

#include "kernels/common/pack_act-inl.h"
#include "kernels/common/table_entries-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Largest sum of |a| over groups of three; padded is a multiple of 60.
HWY_INLINE float MaxSumOfThree(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  const size_t step = 3 * hn::Lanes(df);
  auto largest = hn::Zero(di32);
  for (size_t i = 0; i < padded; i += step) {
    // The last step looks at some groups again.
    const float* from = act + (i + step <= padded ? i : padded - step);
    hn::Vec<decltype(df)> a, b, c;
    hn::LoadInterleaved3(df, from, a, b, c);
    const auto sum = hn::Add(hn::Add(hn::Abs(a), hn::Abs(b)), hn::Abs(c));
    largest = hn::Max(largest, hn::BitCast(di32, sum));
  }
  return hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
}

// Tables of three activations: entry i holds 9 a + 3 b + c = i with digits -1, 0, 1.
static constexpr EntryDigits kTernary3Digits = [] {
  EntryDigits digits{};
  for (size_t i = 0; i < 14; ++i) {
    const int v = static_cast<int>(i) + 13;
    digits.first[i][0] = static_cast<int16_t>(v / 9 - 1);
    digits.first[i][1] = static_cast<int16_t>(v / 3 % 3 - 1);
    digits.second[i][0] = static_cast<int16_t>(v % 3 - 1);
  }
  return digits;
}();

// 64 entries from twelve activations in fixed point (and one more that is read and not used),
// biased by 128.
HWY_INLINE void Ternary3Tables(const int16_t* fixed, uint8_t* HWY_RESTRICT tables) {
  constexpr int32_t kStart = (128 << kFractionBits) + kRoundFraction;
  const auto bytes = EntryBytes<kFractionBits>(kTernary3Digits, fixed, 3, kStart, kStart);
  hn::Store(InEntryOrder(bytes), hn::ScalableTag<uint8_t>(), tables);
}

inline HWY_NOINLINE void PackTernary3Fast(const PackActArgs& args, size_t block_begin,
                                          size_t block_end) {
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const auto make = [&](const BlockCursor& at, const BlockSpan& span,
                        const int16_t* fixed) HWY_ATTR {
    for (size_t k = 0; k < span.padded; k += 12) {
      Ternary3Tables(fixed + k, tables + at.begin * kTernary3Tables + k / 12 * 64);
    }
  };
  ForEachFixedBlock(args, block_begin, block_end, MaxSumOfThree, make);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
