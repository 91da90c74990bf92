// Quints by 128-entry lookups in one instruction, 64 outputs at a time.
#if defined(LUTGEMM_KERNELS_TRITS_WIDE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TRITS_WIDE_INL_H_
#undef LUTGEMM_KERNELS_TRITS_WIDE_INL_H_
#else
#define LUTGEMM_KERNELS_TRITS_WIDE_INL_H_
#endif

#include "kernels/ops-inl.h"
#include "kernels/trits-sums-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Two streams of codes, tables from L1: 1.5 KiB ahead. At 4 KiB, where one stream is best off, 0.73
// instead of 0.82 of what L3 gives to reading alone.
static constexpr size_t kTritsAhead = 1536;

// Fast tables: entries biased by 128, of which the negative is 256 - u, in bytes 0 - u.
template <bool kPair>
HWY_INLINE void AddTritsFast(const uint8_t* codes0, const uint8_t* codes1, const uint8_t* table,
                             size_t quints, int32_t* HWY_RESTRICT raw) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const auto zero8 = hn::Zero(du8);
  auto w0 = hn::Zero(du16), o0 = w0, w1 = w0, o1 = w0;
  for (size_t q = 0; q < quints; ++q) {
    const auto low = hn::Load(du8, table + q * kTritsTable);
    const auto high = hn::Load(du8, table + q * kTritsTable + 64);
    const auto add = [&](const uint8_t* codes, auto& words, auto& odds) HWY_ATTR {
      hwy::Prefetch(codes + q * 64 + kTritsAhead);
      const auto index = hn::Load(du8, codes + q * 64);
      const auto u = Lookup128(low, high, index);
      const auto positive = hn::MaskFromVec(index);
      const auto sum = hn::BitCast(du16, hn::IfThenElse(positive, u, hn::Sub(zero8, u)));
      words = hn::Add(words, sum);
      odds = hn::Add(odds, hn::ShiftRight<8>(sum));
    };
    add(codes0, w0, o0);
    if constexpr (kPair) add(codes1, w1, o1);
  }
  const int bias = static_cast<int>(quints) * 128;
  FlushTrits(w0, o0, 1, bias, raw);
  if constexpr (kPair) FlushTrits(w1, o1, 1, bias, raw + 64);
}

// Sums of one strip's low and high halves: of bytes, and then of words and their odd bytes.
struct TritHalves {
  hn::Vec<hn::ScalableTag<uint8_t>> low_bytes, high_bytes;
  hn::Vec<hn::ScalableTag<uint16_t>> low_words, low_odds, high_words, high_odds;

  HWY_INLINE void Add(const uint8_t* codes, const uint8_t* table) {
    const hn::ScalableTag<uint8_t> du8;
    const auto twice_bias = hn::Set(du8, uint8_t{36});
    hwy::Prefetch(codes + kTritsAhead);
    const auto index = hn::Load(du8, codes);
    const auto positive = hn::MaskFromVec(index);
    const auto l = Lookup128(hn::Load(du8, table), hn::Load(du8, table + 64), index);
    const auto h = Lookup128(hn::Load(du8, table + 128), hn::Load(du8, table + 192), index);
    low_bytes = hn::Add(low_bytes, hn::IfThenElse(positive, l, hn::Sub(twice_bias, l)));
    high_bytes = hn::Add(high_bytes, hn::IfThenElse(positive, h, hn::Sub(twice_bias, h)));
  }
  HWY_INLINE void AddBytes() {
    const hn::ScalableTag<uint16_t> du16;
    const auto lows = hn::BitCast(du16, low_bytes), highs = hn::BitCast(du16, high_bytes);
    low_words = hn::Add(low_words, lows);
    low_odds = hn::Add(low_odds, hn::ShiftRight<8>(lows));
    high_words = hn::Add(high_words, highs);
    high_odds = hn::Add(high_odds, hn::ShiftRight<8>(highs));
  }
  HWY_INLINE void Flush(int bias, int32_t* HWY_RESTRICT raw) const {
    FlushTrits(low_words, low_odds, 1, bias, raw);
    FlushTrits(high_words, high_odds, 36, bias, raw);
  }
};

// Exact tables: both halves in one pass.
template <bool kPair>
HWY_INLINE void AddTritsExact(const uint8_t* codes0, const uint8_t* codes1, const uint8_t* table,
                              size_t quints, int32_t* HWY_RESTRICT raw) {
  const auto zero8 = hn::Zero(hn::ScalableTag<uint8_t>());
  const auto zero16 = hn::Zero(hn::ScalableTag<uint16_t>());
  TritHalves first{zero8, zero8, zero16, zero16, zero16, zero16}, second = first;
  for (size_t begin = 0; begin < quints; begin += kQuintsPerByteSum) {
    const size_t end = HWY_MIN(begin + kQuintsPerByteSum, quints);
    first.low_bytes = first.high_bytes = second.low_bytes = second.high_bytes = zero8;
    for (size_t q = begin; q < end; ++q, table += 2 * kTritsTable) {
      first.Add(codes0 + q * 64, table);
      if constexpr (kPair) second.Add(codes1 + q * 64, table);
    }
    first.AddBytes();
    if constexpr (kPair) second.AddBytes();
  }
  const int bias = static_cast<int>(quints) * 18;
  first.Flush(bias, raw);
  if constexpr (kPair) second.Flush(bias, raw + 64);
}

template <bool kExact, bool kPair>
HWY_INLINE void AddTrits(const uint8_t* codes0, const uint8_t* codes1, const uint8_t* table,
                         size_t quints, int32_t* HWY_RESTRICT raw) {
  if constexpr (kExact) {
    AddTritsExact<kPair>(codes0, codes1, table, quints, raw);
  } else {
    AddTritsFast<kPair>(codes0, codes1, table, quints, raw);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_TRITS_WIDE_INL_H_
