// Quints by 128-entry lookups in one instruction, 64 outputs at a time.

#include "kernels/target/ops-inl.h"
#include "kernels/ternary5/sums-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Sums of all strips and tokens are variables of their own, in registers.
#undef LUTGEMM_EACH_TRITS_STRIP
#define LUTGEMM_EACH_TRITS_STRIP(X) X(0) X(1) X(2) X(3)

// Fast tables: negatives biased by 128, u; what they are negatives of is 256 - u, in bytes 0 - u.
// `low` and `high` are a quint's 128 entries.
template <class M>
HWY_INLINE void AddTernary5Of(Ternary5Codes index, M positive, Ternary5Codes low,
                              Ternary5Codes high, Ternary5Sums& words, Ternary5Sums& odds) {
  const auto u = Lookup128(low, high, index);
  AddTernary5Bytes(hn::MaskedSubOr(u, positive, hn::Zero(Ternary5Tag()), u), words, odds);
}

// One token and one, two or four strips, or two tokens whose tables and sums are a stride apart:
// strips share tables, tokens indices and signs.
template <int kTokens, int kStrips>
HWY_INLINE void AddTernary5Fast(const Ternary5Piece& piece, const uint8_t* table,
                                size_t table_stride, int32_t* HWY_RESTRICT raw, size_t raw_stride) {
  const Ternary5Tag du8;
  const auto zero = hn::Zero(hn::Repartition<uint16_t, Ternary5Tag>());
#define LUTGEMM_X(s)                            \
  Ternary5Sums words##s = zero, odds##s = zero; \
  [[maybe_unused]] Ternary5Sums second_words##s = zero, second_odds##s = zero;
  LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
  // Of strips 0 and 2.
  const uint8_t *codes0 = piece.codes, *codes2 = codes0 + 2 * piece.strip_bytes;
  for (size_t q = 0; q < piece.quints; ++q, table += kTernary5Table, codes0 += 64, codes2 += 64) {
    const auto low = hn::Load(du8, table), high = hn::Load(du8, table + 64);
    const uint8_t* second = kTokens == 2 ? table + table_stride : table;
    const auto second_low = hn::Load(du8, second), second_high = hn::Load(du8, second + 64);
#define LUTGEMM_X(s)                                                                            \
  if constexpr (s < kStrips) {                                                                  \
    const uint8_t* codes = (s < 2 ? codes0 : codes2) + s % 2 * piece.strip_bytes;               \
    hwy::Prefetch(codes + piece.ahead);                                                         \
    const auto index = hn::Load(du8, codes);                                                    \
    const auto positive = hn::MaskFromVec(index);                                               \
    AddTernary5Of(index, positive, low, high, words##s, odds##s);                               \
    if constexpr (kTokens == 2) {                                                               \
      AddTernary5Of(index, positive, second_low, second_high, second_words##s, second_odds##s); \
    }                                                                                           \
  }
    LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
  }
  const int bias = static_cast<int>(piece.quints) * 128;
#define LUTGEMM_X(s)                                                                      \
  if constexpr (s < kStrips) {                                                            \
    FlushTernary5<1>(words##s, odds##s, bias, raw + s * 64);                              \
    if constexpr (kTokens == 2) {                                                         \
      FlushTernary5<1>(second_words##s, second_odds##s, bias, raw + raw_stride + s * 64); \
    }                                                                                     \
  }
  LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
}

// A quint's low and high halves, added to sums of bytes.
HWY_INLINE void AddTernary5Halves(const uint8_t* codes, ptrdiff_t ahead, const uint8_t* table,
                                  Ternary5Codes& low_bytes, Ternary5Codes& high_bytes) {
  const Ternary5Tag du8;
  const auto twice_bias = hn::Set(du8, uint8_t{36});
  hwy::Prefetch(codes + ahead);
  const auto index = hn::Load(du8, codes);
  const auto positive = hn::MaskFromVec(index);
  const auto l = Lookup128(hn::Load(du8, table), hn::Load(du8, table + 64), index);
  const auto h = Lookup128(hn::Load(du8, table + 128), hn::Load(du8, table + 192), index);
  low_bytes = hn::Add(low_bytes, hn::MaskedSubOr(l, positive, twice_bias, l));
  high_bytes = hn::Add(high_bytes, hn::MaskedSubOr(h, positive, twice_bias, h));
}

// Exact tables: both halves in one pass.
template <int kStrips>
HWY_INLINE void AddTernary5Exact(const Ternary5Piece& piece, const uint8_t* table,
                                 int32_t* HWY_RESTRICT raw) {
  const auto zero8 = hn::Zero(Ternary5Tag());
  const auto zero16 = hn::Zero(hn::Repartition<uint16_t, Ternary5Tag>());
#define LUTGEMM_X(s)                                        \
  Ternary5Codes low##s = zero8, high##s = zero8;            \
  Ternary5Sums low_words##s = zero16, low_odds##s = zero16; \
  Ternary5Sums high_words##s = zero16, high_odds##s = zero16;
  LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
  const uint8_t* codes = piece.codes;
  for (size_t begin = 0; begin < piece.quints; begin += kQuintsPerByteSum) {
    const size_t end = HWY_MIN(begin + kQuintsPerByteSum, piece.quints);
#define LUTGEMM_X(s) low##s = high##s = zero8;
    LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
    for (size_t q = begin; q < end; ++q, table += 2 * kTernary5Table, codes += 64) {
#define LUTGEMM_X(s)                                                                       \
  if constexpr (s < kStrips) {                                                             \
    AddTernary5Halves(codes + s * piece.strip_bytes, piece.ahead, table, low##s, high##s); \
  }
      LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
    }
#define LUTGEMM_X(s)                                        \
  if constexpr (s < kStrips) {                              \
    AddTernary5Bytes(low##s, low_words##s, low_odds##s);    \
    AddTernary5Bytes(high##s, high_words##s, high_odds##s); \
  }
    LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
  }
  const int bias = static_cast<int>(piece.quints) * 18;
#define LUTGEMM_X(s)                                                    \
  if constexpr (s < kStrips) {                                          \
    FlushTernary5<1>(low_words##s, low_odds##s, bias, raw + s * 64);    \
    FlushTernary5<36>(high_words##s, high_odds##s, bias, raw + s * 64); \
  }
  LUTGEMM_EACH_TRITS_STRIP(LUTGEMM_X)
#undef LUTGEMM_X
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
