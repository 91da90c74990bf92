// Family `trits`: one byte holds five ternary weights of an output; its low seven bits index a
// table of the sums of five activations, its high bit is the sign. Sums are kept as biased bytes:
// the negative of u is 2 * bias - u, one masked subtraction, and 16-bit sums of even and odd bytes
// are words and words >> 8. Only where a 128-entry byte lookup exists; elsewhere `dot` serves.
#if defined(LUTGEMM_KERNELS_TRITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TRITS_INL_H_
#undef LUTGEMM_KERNELS_TRITS_INL_H_
#else
#define LUTGEMM_KERNELS_TRITS_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_WIDE_LOOKUP

// raw[o] += mult * (sum of output o - bias), 64 outputs from even and odd 16-bit sums.
template <class VU16>
HWY_INLINE void FlushTrits(VU16 words, VU16 odds, int mult, int bias, int32_t* HWY_RESTRICT raw) {
  const hn::ScalableTag<uint16_t> du16;
  alignas(64) uint16_t even[32], odd[32];
  hn::Store(hn::Sub(words, hn::ShiftLeft<8>(odds)), du16, even);
  hn::Store(odds, du16, odd);
  for (size_t i = 0; i < 32; ++i) {
    raw[2 * i] += mult * (int{even[i]} - bias);
    raw[2 * i + 1] += mult * (int{odd[i]} - bias);
  }
}

// 257 bytes of 255 fill a 16-bit sum.
static constexpr size_t kQuintsPerFlush = 256;

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
      hwy::Prefetch(codes + q * 64 + kPrefetchBytes);
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

// Exact tables: T = 36 h + l, both biased by 18 (so at most 36): seven fit a byte sum.
static constexpr size_t kQuintsPerByteSum = 7;

HWY_INLINE void AddTritsExact(const uint8_t* codes, const uint8_t* table, size_t quints,
                              int32_t* HWY_RESTRICT raw) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const auto twice_bias = hn::Set(du8, uint8_t{36});
  auto low_words = hn::Zero(du16), low_odds = low_words;
  auto high_words = low_words, high_odds = low_words;
  for (size_t begin = 0; begin < quints; begin += kQuintsPerByteSum) {
    const size_t end = begin + kQuintsPerByteSum < quints ? begin + kQuintsPerByteSum : quints;
    auto low_bytes = hn::Zero(du8), high_bytes = low_bytes;
    for (size_t q = begin; q < end; ++q) {
      hwy::Prefetch(codes + q * 64 + kPrefetchBytes);
      const uint8_t* t = table + q * 2 * kTritsTable;
      const auto index = hn::Load(du8, codes + q * 64);
      const auto positive = hn::MaskFromVec(index);
      const auto l = Lookup128(hn::Load(du8, t), hn::Load(du8, t + 64), index);
      const auto h = Lookup128(hn::Load(du8, t + 128), hn::Load(du8, t + 192), index);
      low_bytes = hn::Add(low_bytes, hn::IfThenElse(positive, l, hn::Sub(twice_bias, l)));
      high_bytes = hn::Add(high_bytes, hn::IfThenElse(positive, h, hn::Sub(twice_bias, h)));
    }
    const auto lows = hn::BitCast(du16, low_bytes), highs = hn::BitCast(du16, high_bytes);
    low_words = hn::Add(low_words, lows);
    low_odds = hn::Add(low_odds, hn::ShiftRight<8>(lows));
    high_words = hn::Add(high_words, highs);
    high_odds = hn::Add(high_odds, hn::ShiftRight<8>(highs));
  }
  const int bias = static_cast<int>(quints) * 18;
  FlushTrits(low_words, low_odds, 1, bias, raw);
  FlushTrits(high_words, high_odds, 36, bias, raw);
}

template <bool kExact>
HWY_NOINLINE void TritsLookup(const LookupArgs& args) {
  const hn::ScalableTag<int32_t> di32;
  const size_t table_bytes = kExact ? 2 * kTritsTable : kTritsTable;
  const size_t pair = kExact ? 1 : 2;
  alignas(64) int32_t raw[128];
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    const uint8_t* tables = args.act.data + token * args.act.token_bytes;
    for (size_t strip = 0; strip < args.strips; strip += pair) {
      const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
      const bool two = !kExact && strip + 1 < args.strips;
      for (BlockCursor at(args.grid); !at.done(); at.Next()) {
        for (int32_t& r : raw) r = 0;
        for (size_t q = at.begin; q < at.end; q += kQuintsPerFlush) {
          const size_t n = q + kQuintsPerFlush < at.end ? kQuintsPerFlush : at.end - q;
          const uint8_t* c = codes + q * 64;
          const uint8_t* t = tables + q * table_bytes;
          if constexpr (kExact) {
            AddTritsExact(c, t, n, raw);
          } else if (two) {
            AddTritsFast<true>(c, c + args.weight.strip_bytes, t, n, raw);
          } else {
            AddTritsFast<false>(c, c, t, n, raw);
          }
        }
        for (size_t i = 0; i < (two ? size_t{2} : size_t{1}); ++i) {
          const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip + i);
          for (size_t o = 0; o < 64; o += hn::Lanes(di32)) {
            const auto sums = hn::Load(di32, raw + i * 64 + o);
            Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
          }
        }
      }
    }
  }
}

#endif  // LUTGEMM_WIDE_LOOKUP

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TRITS_INL_H_
