// Tables of four activations for `planes`: fast ones of 8 bits, exact ones of two bytes.

#include "kernels/common/table_entries-inl.h"
#include "kernels/dot/pack_act-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Largest sum of |a| over groups of four; padded is a multiple of 16.
HWY_INLINE float MaxSumOfFour(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  auto largest = hn::Zero(di32);
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto x = hn::Abs(hn::LoadU(df, act + i));
    const auto pairs = hn::Add(x, hn::Shuffle2301(x));
    const auto sums = hn::Add(pairs, hn::Shuffle1032(pairs));
    largest = hn::Max(largest, hn::BitCast(di32, sums));
  }
  return hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
}

// 64 entries of one slice. Entry i of group j is the sum of four activations, plus where a bit of i
// is set and minus elsewhere, its fraction rounded off; entry 15 - i is its exact negative.
#if LUTGEMM_TABLE_ENTRIES >= 64

// Signs of entries; with kOpposite, those of entry 15 - i for an entry i without bit 3.
template <bool kOpposite>
static constexpr EntryDigits kEntrySigns = [] {
  EntryDigits signs{};
  for (size_t i = 0; i < 16; ++i) {
    const size_t entry = kOpposite && i < 8 ? 15 - i : i;
    for (size_t j = 0; j < 2; ++j) {
      signs.first[i][j] = entry >> j & 1 ? 1 : -1;
      signs.second[i][j] = entry >> (j + 2) & 1 ? 1 : -1;
    }
  }
  return signs;
}();

HWY_INLINE void FastSlice(const int16_t* fixed, int8_t* HWY_RESTRICT table) {
  const hn::ScalableTag<uint8_t> du8;
  const auto bytes =
      EntryBytes<kFractionBits>(kEntrySigns<true>, fixed, 4, RoundFraction(0), RoundFraction(1));
  // Entries without bit 3 are the first half.
  const auto entries = hn::MaskedSubOr(bytes, hn::FirstN(du8, 32), hn::Zero(du8), bytes);
  hn::Store(InEntryOrder(entries), du8, reinterpret_cast<uint8_t*>(table));
}

// Tables of int8 activations, T = 16 h + l: 64 entries l, then 64 entries h.
HWY_INLINE void ExactSlice(const int8_t* q, int8_t* HWY_RESTRICT table) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::CappedTag<int16_t, 16> di16;
  const hn::Rebind<int8_t, decltype(di16)> di8;
  alignas(64) int16_t wide[16];
  for (size_t i = 0; i < 16; i += hn::Lanes(di16)) {
    hn::Store(hn::PromoteTo(di16, hn::LoadU(di8, q + i)), di16, wide + i);
  }
  const auto high = EntryBytes<4>(kEntrySigns<false>, wide, 4, 8, 8);
  const auto low = hn::And(EntryBytes<0>(kEntrySigns<false>, wide, 4, 8, 8), hn::Set(du8, 15));
  auto* to = reinterpret_cast<uint8_t*>(table);
  hn::Store(InEntryOrder(hn::Sub(low, hn::Set(du8, 8))), du8, to);
  hn::Store(InEntryOrder(high), du8, to + 64);
}

#else

HWY_INLINE void FastSlice(const int16_t* fixed, int8_t* HWY_RESTRICT table) {
  const hn::CappedTag<int16_t, 8> di16;
  const hn::Rebind<int8_t, decltype(di16)> di8;
  // Signs of activations 0, 1, 2 in entries 8 to 15.
  alignas(16) static constexpr int16_t kSign[3][8] = {
      {-1, 1, -1, 1, -1, 1, -1, 1}, {-1, -1, 1, 1, -1, -1, 1, 1}, {-1, -1, -1, -1, 1, 1, 1, 1}};
  for (size_t j = 0; j < 4; ++j) {
    auto sum = hn::Set(di16, static_cast<int16_t>(fixed[j * 4 + 3] + RoundFraction(j)));
    for (size_t b = 0; b < 3; ++b) {
      sum = hn::Add(sum, hn::Mul(hn::Set(di16, fixed[j * 4 + b]), hn::Load(di16, kSign[b])));
    }
    const auto entry = hn::ShiftRight<kFractionBits>(sum);
    hn::StoreU(hn::DemoteTo(di8, entry), di8, table + j * 16 + 8);
    hn::StoreU(hn::DemoteTo(di8, hn::Neg(hn::Reverse(di16, entry))), di8, table + j * 16);
  }
}

// Tables of int8 activations, T = 16 h + l: 64 entries l, then 64 entries h.
HWY_INLINE void ExactSlice(const int8_t* q, int8_t* HWY_RESTRICT table) {
  const hn::CappedTag<int16_t, 16> di16;
  const hn::Rebind<int8_t, decltype(di16)> di8;
  alignas(64) static constexpr int16_t kSign[4][16] = {
      {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
      {-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1},
      {-1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1},
      {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1}};
  for (size_t j = 0; j < 4; ++j) {
    for (size_t i = 0; i < 16; i += hn::Lanes(di16)) {
      auto sum = hn::Zero(di16);
      for (size_t b = 0; b < 4; ++b) {
        const auto sign = hn::LoadU(di16, &kSign[b][i]);
        sum = hn::Add(sum, hn::Mul(hn::Set(di16, int16_t{q[j * 4 + b]}), sign));
      }
      const auto high = hn::ShiftRight<4>(hn::Add(sum, hn::Set(di16, int16_t{8})));
      const auto low = hn::Sub(sum, hn::ShiftLeft<4>(high));
      hn::StoreU(hn::DemoteTo(di8, low), di8, table + j * 16 + i);
      hn::StoreU(hn::DemoteTo(di8, high), di8, table + 64 + j * 16 + i);
    }
  }
}

#endif

inline HWY_NOINLINE void PackLut4Fast(const PackActArgs& args, size_t block_begin,
                                      size_t block_end) {
  auto* tables = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  ForEachFixedBlock(args, block_begin, block_end, MaxSumOfFour,
                    [&](const BlockCursor& at, const BlockSpan&, const int16_t* fixed) HWY_ATTR {
                      for (size_t s = at.begin; s < at.end; ++s, fixed += 16) {
                        FastSlice(fixed, tables + s * kLut4Table);
                      }
                    });
}

inline HWY_NOINLINE void PackLut4Exact(const PackActArgs& args, size_t block_begin,
                                       size_t block_end) {
  auto* tables = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  ForEachInt8Block(args, block_begin, block_end,
                   [&](const BlockCursor& at, const BlockSpan&, const int8_t* codes) HWY_ATTR {
                     for (size_t s = at.begin; s < at.end; ++s) {
                       ExactSlice(codes + (s - at.begin) * 16, tables + s * 2 * kLut4Table);
                     }
                   });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
