// Quints by 16-entry lookups: entry i of a table of 128 is the exclusive or of the differences
// between neighbouring tables of 16 up to the one that i lies in. Sixteen less per step, an index
// past its table turns negative, where a byte shuffle gives zero.

#include "kernels/target/ops-inl.h"
#include "kernels/ternary5/sums-inl.h"

#if LUTGEMM_TABLE_ENTRIES < 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Vectors of outputs that share the loads of a table, as many as registers hold: one of 64 bytes,
// or two. Where there is one, what belongs to the second is not used.
static constexpr bool kTwoTernary5 = hn::MaxLanes(Ternary5Tag()) < 64;
HWY_INLINE size_t Ternary5Outputs() { return (kTwoTernary5 ? 2 : 1) * hn::Lanes(Ternary5Tag()); }

// Entries of a 128-entry table for the low seven bits of each code.
HWY_INLINE void LookupQuints(const uint8_t* table, Ternary5Codes codes, Ternary5Codes second_codes,
                             Ternary5Codes& found, Ternary5Codes& second_found) {
  const Ternary5Tag du8;
  const auto sixteen = hn::Set(du8, uint8_t{16}), seven_bits = hn::Set(du8, uint8_t{127});
  auto last = hn::LoadDup128(du8, table);
  auto index = hn::And(codes, seven_bits), second_index = hn::And(second_codes, seven_bits);
  found = Lookup16Or0(last, index);
  if constexpr (kTwoTernary5) second_found = Lookup16Or0(last, second_index);
  for (size_t t = 1; t < 8; ++t) {
    const auto entries = hn::LoadDup128(du8, table + t * 16);
    const auto change = hn::Xor(entries, last);
    last = entries;
    index = hn::Sub(index, sixteen);
    found = hn::Xor(found, Lookup16Or0(change, index));
    if constexpr (kTwoTernary5) {
      second_index = hn::Sub(second_index, sixteen);
      second_found = hn::Xor(second_found, Lookup16Or0(change, second_index));
    }
  }
}

// u where the code is negative, else twice_bias - u.
HWY_INLINE Ternary5Codes WithSign(Ternary5Codes code, Ternary5Codes u, Ternary5Codes twice_bias) {
  const Ternary5Tag du8;
  const hn::RebindToSigned<Ternary5Tag> di8;
  return hn::BitCast(
      du8, hn::IfNegativeThenElse(hn::BitCast(di8, code), hn::BitCast(di8, hn::Sub(twice_bias, u)),
                                  hn::BitCast(di8, u)));
}

// The table's entries of a quint of both vectors' outputs.
HWY_INLINE void LoadQuints(const uint8_t* codes, const uint8_t* table, Ternary5Codes twice_bias,
                           Ternary5Codes& u, Ternary5Codes& second_u) {
  const Ternary5Tag du8;
  const auto code = hn::Load(du8, codes);
  const auto second_code = kTwoTernary5 ? hn::Load(du8, codes + hn::Lanes(du8)) : code;
  LookupQuints(table, code, second_code, u, second_u);
  u = WithSign(code, u, twice_bias);
  if constexpr (kTwoTernary5) second_u = WithSign(second_code, second_u, twice_bias);
}

template <int kMult>
HWY_INLINE void FlushBoth(Ternary5Sums words, Ternary5Sums odds, Ternary5Sums second_words,
                          Ternary5Sums second_odds, int bias, int32_t* HWY_RESTRICT raw) {
  FlushTernary5<kMult>(words, odds, bias, raw);
  if constexpr (kTwoTernary5) {
    FlushTernary5<kMult>(second_words, second_odds, bias, raw + hn::Lanes(Ternary5Tag()));
  }
}

// Fast tables: negatives biased by 128.
HWY_INLINE void AddQuintsFast(const uint8_t* codes, ptrdiff_t ahead, const uint8_t* table,
                              size_t quints, int32_t* HWY_RESTRICT raw) {
  const auto twice_bias = hn::Zero(Ternary5Tag());  // 256 in bytes
  auto words = hn::Zero(hn::Repartition<uint16_t, Ternary5Tag>()), odds = words;
  auto second_words = words, second_odds = words;
  for (size_t q = 0; q < quints; ++q) {
    hwy::Prefetch(codes + q * 64 + ahead);
    Ternary5Codes u, second_u;
    LoadQuints(codes + q * 64, table + q * kTernary5Table, twice_bias, u, second_u);
    AddTernary5Bytes(u, words, odds);
    if constexpr (kTwoTernary5) AddTernary5Bytes(second_u, second_words, second_odds);
  }
  FlushBoth<1>(words, odds, second_words, second_odds, static_cast<int>(quints) * 128, raw);
}

// One half of the exact tables, all l or all h.
template <int kMult>
HWY_INLINE void AddQuintsExact(const uint8_t* codes, ptrdiff_t ahead, const uint8_t* table,
                               size_t quints, int32_t* HWY_RESTRICT raw) {
  const Ternary5Tag du8;
  const auto twice_bias = hn::Set(du8, uint8_t{36});
  auto words = hn::Zero(hn::Repartition<uint16_t, Ternary5Tag>()), odds = words;
  auto second_words = words, second_odds = words;
  for (size_t begin = 0; begin < quints; begin += kQuintsPerByteSum) {
    const size_t end = begin + kQuintsPerByteSum < quints ? begin + kQuintsPerByteSum : quints;
    auto bytes = hn::Zero(du8), second_bytes = bytes;
    for (size_t q = begin; q < end; ++q) {
      hwy::Prefetch(codes + q * 64 + ahead);
      Ternary5Codes u, second_u;
      LoadQuints(codes + q * 64, table + q * 2 * kTernary5Table, twice_bias, u, second_u);
      bytes = hn::Add(bytes, u);
      if constexpr (kTwoTernary5) second_bytes = hn::Add(second_bytes, second_u);
    }
    AddTernary5Bytes(bytes, words, odds);
    if constexpr (kTwoTernary5) AddTernary5Bytes(second_bytes, second_words, second_odds);
  }
  FlushBoth<kMult>(words, odds, second_words, second_odds, static_cast<int>(quints) * 18, raw);
}

// Calls add(codes, raw) for the outputs of each vector of each strip.
template <int kStrips, class Add>
HWY_INLINE void ForEachTernary5(const Ternary5Piece& piece, int32_t* HWY_RESTRICT raw, Add add) {
  for (size_t o = 0; o < 64; o += Ternary5Outputs()) {
    for (size_t strip = 0; strip < kStrips; ++strip) {
      add(piece.codes + strip * piece.strip_bytes + o, raw + strip * 64 + o);
    }
  }
}

// One token, or two whose tables and sums are a stride apart.
template <int kTokens, int kStrips>
HWY_INLINE void AddTernary5Fast(const Ternary5Piece& piece, const uint8_t* table,
                                size_t table_stride, int32_t* HWY_RESTRICT raw, size_t raw_stride) {
  for (size_t t = 0; t < kTokens; ++t, table += table_stride, raw += raw_stride) {
    ForEachTernary5<kStrips>(piece, raw,
                             [&](const uint8_t* codes, int32_t* sums) LUTGEMM_LOOP_ATTR {
                               AddQuintsFast(codes, piece.ahead, table, piece.quints, sums);
                             });
  }
}

template <int kStrips>
HWY_INLINE void AddTernary5Exact(const Ternary5Piece& piece, const uint8_t* table,
                                 int32_t* HWY_RESTRICT raw) {
  ForEachTernary5<kStrips>(piece, raw, [&](const uint8_t* codes, int32_t* sums) LUTGEMM_LOOP_ATTR {
    AddQuintsExact<1>(codes, piece.ahead, table, piece.quints, sums);
    AddQuintsExact<36>(codes, piece.ahead, table + kTernary5Table, piece.quints, sums);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES < 64
