// Quints by 128-entry lookups in one instruction, 64 outputs at a time.
#if defined(LUTGEMM_KERNELS_TERNARY5_LOOKUP_128_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TERNARY5_LOOKUP_128_INL_H_
#undef LUTGEMM_KERNELS_TERNARY5_LOOKUP_128_INL_H_
#else
#define LUTGEMM_KERNELS_TERNARY5_LOOKUP_128_INL_H_
#endif

#include "kernels/target/ops-inl.h"
#include "kernels/ternary5/sums-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Fast tables: negatives biased by 128, u; what they are negatives of is 256 - u, in bytes 0 - u.
// Sums of one strip and token.
struct TritWords {
  hn::Vec<hn::ScalableTag<uint16_t>> words, odds;

  template <class M, class V>
  HWY_INLINE void Add(M positive, V u) {
    const hn::ScalableTag<uint16_t> du16;
    const auto zero = hn::Zero(hn::ScalableTag<uint8_t>());
    const auto sum = hn::BitCast(du16, hn::MaskedSubOr(u, positive, zero, u));
    words = hn::Add(words, sum);
    odds = hn::Add(odds, hn::ShiftRight<8>(sum));
  }
};

// A quint's 128 entries.
struct TritTable {
  hn::Vec<hn::ScalableTag<uint8_t>> low, high;
};
HWY_INLINE TritTable LoadTritTable(const uint8_t* table) {
  const hn::ScalableTag<uint8_t> du8;
  return {hn::Load(du8, table), hn::Load(du8, table + 64)};
}

// Quints of 64 outputs for one token, or for two.
template <int kTokens>
HWY_INLINE void AddQuint(const uint8_t* codes, ptrdiff_t ahead, const TritTable& first,
                         const TritTable& second, TritWords& sums, TritWords& second_sums) {
  hwy::Prefetch(codes + ahead);
  const auto index = hn::Load(hn::ScalableTag<uint8_t>(), codes);
  const auto positive = hn::MaskFromVec(index);
  sums.Add(positive, Lookup128(first.low, first.high, index));
  if constexpr (kTokens == 2) second_sums.Add(positive, Lookup128(second.low, second.high, index));
}

// One token and one, two or four strips, or two tokens whose tables and sums are a stride apart:
// strips share tables, tokens indices and signs.
template <int kTokens, int kStrips>
HWY_INLINE void AddTritsFast(const TritsPiece& piece, const uint8_t* table, size_t table_stride,
                             int32_t* HWY_RESTRICT raw, size_t raw_stride) {
  const auto zero = hn::Zero(hn::ScalableTag<uint16_t>());
  TritWords a0{zero, zero}, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const uint8_t *codes = piece.codes, *codes2 = codes + 2 * piece.strip_bytes;
  for (size_t q = 0; q < piece.quints; ++q, table += kTritsTable, codes += 64, codes2 += 64) {
    const TritTable first = LoadTritTable(table);
    const TritTable second = kTokens == 2 ? LoadTritTable(table + table_stride) : first;
    AddQuint<kTokens>(codes, piece.ahead, first, second, a0, b0);
    if constexpr (kStrips > 1) {
      AddQuint<kTokens>(codes + piece.strip_bytes, piece.ahead, first, second, a1, b1);
    }
    if constexpr (kStrips > 2) {
      AddQuint<kTokens>(codes2, piece.ahead, first, second, a2, b2);
      AddQuint<kTokens>(codes2 + piece.strip_bytes, piece.ahead, first, second, a3, b3);
    }
  }
  const int bias = static_cast<int>(piece.quints) * 128;
  const auto flush = [&](const TritWords& a, const TritWords& b, size_t strip) HWY_ATTR {
    FlushTrits<1>(a.words, a.odds, bias, raw + strip * 64);
    if constexpr (kTokens == 2) {
      FlushTrits<1>(b.words, b.odds, bias, raw + raw_stride + strip * 64);
    }
  };
  flush(a0, b0, 0);
  if constexpr (kStrips > 1) flush(a1, b1, 1);
  if constexpr (kStrips > 2) {
    flush(a2, b2, 2);
    flush(a3, b3, 3);
  }
}

// Sums of one strip's low and high halves: of bytes, and then of words and their odd bytes.
struct TritHalves {
  hn::Vec<hn::ScalableTag<uint8_t>> low_bytes, high_bytes;
  hn::Vec<hn::ScalableTag<uint16_t>> low_words, low_odds, high_words, high_odds;

  HWY_INLINE void Add(const uint8_t* codes, ptrdiff_t ahead, const uint8_t* table) {
    const hn::ScalableTag<uint8_t> du8;
    const auto twice_bias = hn::Set(du8, uint8_t{36});
    hwy::Prefetch(codes + ahead);
    const auto index = hn::Load(du8, codes);
    const auto positive = hn::MaskFromVec(index);
    const auto l = Lookup128(hn::Load(du8, table), hn::Load(du8, table + 64), index);
    const auto h = Lookup128(hn::Load(du8, table + 128), hn::Load(du8, table + 192), index);
    low_bytes = hn::Add(low_bytes, hn::MaskedSubOr(l, positive, twice_bias, l));
    high_bytes = hn::Add(high_bytes, hn::MaskedSubOr(h, positive, twice_bias, h));
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
    FlushTrits<1>(low_words, low_odds, bias, raw);
    FlushTrits<36>(high_words, high_odds, bias, raw);
  }
};

// Exact tables: both halves in one pass.
template <int kStrips>
HWY_INLINE void AddTritsExact(const TritsPiece& piece, const uint8_t* table,
                              int32_t* HWY_RESTRICT raw) {
  const auto zero8 = hn::Zero(hn::ScalableTag<uint8_t>());
  const auto zero16 = hn::Zero(hn::ScalableTag<uint16_t>());
  TritHalves s0{zero8, zero8, zero16, zero16, zero16, zero16}, s1 = s0, s2 = s0, s3 = s0;
  const auto each = [&](auto visit) LUTGEMM_LOOP_ATTR {
    visit(s0, 0);
    if constexpr (kStrips > 1) visit(s1, 1);
    if constexpr (kStrips > 2) {
      visit(s2, 2);
      visit(s3, 3);
    }
  };
  const uint8_t* codes = piece.codes;
  for (size_t begin = 0; begin < piece.quints; begin += kQuintsPerByteSum) {
    const size_t end = HWY_MIN(begin + kQuintsPerByteSum, piece.quints);
    each([&](TritHalves& sums, size_t)
             LUTGEMM_LOOP_ATTR { sums.low_bytes = sums.high_bytes = zero8; });
    for (size_t q = begin; q < end; ++q, table += 2 * kTritsTable, codes += 64) {
      each([&](TritHalves& sums, size_t strip) LUTGEMM_LOOP_ATTR {
        sums.Add(codes + strip * piece.strip_bytes, piece.ahead, table);
      });
    }
    each([&](TritHalves& sums, size_t) LUTGEMM_LOOP_ATTR { sums.AddBytes(); });
  }
  const int bias = static_cast<int>(piece.quints) * 18;
  each([&](TritHalves& sums, size_t strip)
           LUTGEMM_LOOP_ATTR { sums.Flush(bias, raw + strip * 64); });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_TERNARY5_LOOKUP_128_INL_H_
