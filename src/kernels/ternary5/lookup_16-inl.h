// Quints by 16-entry lookups: entry i of a table of 128 is the exclusive or of the differences
// between neighbouring tables of 16 up to the one that i lies in. Sixteen less per step, an index
// past its table turns negative, where a byte shuffle gives zero.
#if defined(LUTGEMM_KERNELS_TERNARY5_LOOKUP_16_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TERNARY5_LOOKUP_16_INL_H_
#undef LUTGEMM_KERNELS_TERNARY5_LOOKUP_16_INL_H_
#else
#define LUTGEMM_KERNELS_TERNARY5_LOOKUP_16_INL_H_
#endif

#include "kernels/target/ops-inl.h"
#include "kernels/ternary5/sums-inl.h"

#if !LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using NarrowTag = hn::ScalableTag<uint8_t>;
// Vectors of outputs that share the loads of a table, as many as registers hold.
static constexpr size_t kTritVectors = hn::MaxLanes(NarrowTag()) == 64 ? 1 : 2;
struct TritBytes {
  hn::Vec<NarrowTag> v[kTritVectors];
};

// Entries of a 128-entry table for the low seven bits of each code.
HWY_INLINE TritBytes Lookup128(const uint8_t* table, const TritBytes& codes) {
  const NarrowTag du8;
  const auto sixteen = hn::Set(du8, uint8_t{16});
  // Other targets' shuffles give zero for any index past 15, not only for negative ones.
  const auto in_table = [&](auto index) HWY_ATTR {
    return HWY_ARCH_X86 ? index : hn::And(index, hn::Set(du8, uint8_t{0x8f}));
  };
  TritBytes index, sums;
  auto last = hn::LoadDup128(du8, table);
  for (size_t i = 0; i < kTritVectors; ++i) {
    index.v[i] = hn::And(codes.v[i], hn::Set(du8, uint8_t{127}));
    sums.v[i] = hn::TableLookupBytesOr0(last, in_table(index.v[i]));
  }
  for (size_t t = 1; t < 8; ++t) {
    const auto entries = hn::LoadDup128(du8, table + t * 16);
    const auto change = hn::Xor(entries, last);
    last = entries;
    for (size_t i = 0; i < kTritVectors; ++i) {
      index.v[i] = hn::Sub(index.v[i], sixteen);
      sums.v[i] = hn::Xor(sums.v[i], hn::TableLookupBytesOr0(change, in_table(index.v[i])));
    }
  }
  return sums;
}

HWY_INLINE TritBytes LoadCodes(const uint8_t* codes) {
  const NarrowTag du8;
  TritBytes bytes;
  for (size_t i = 0; i < kTritVectors; ++i) bytes.v[i] = hn::Load(du8, codes + i * hn::Lanes(du8));
  return bytes;
}

// u where the code is negative, else twice_bias - u.
template <class V>
HWY_INLINE V WithSign(V code, V u, V twice_bias) {
  const hn::DFromV<V> du8;
  const hn::RebindToSigned<decltype(du8)> di8;
  return hn::BitCast(
      du8, hn::IfNegativeThenElse(hn::BitCast(di8, code), hn::BitCast(di8, hn::Sub(twice_bias, u)),
                                  hn::BitCast(di8, u)));
}

struct TritWords {
  hn::Vec<hn::ScalableTag<uint16_t>> words[kTritVectors], odds[kTritVectors];
};
HWY_INLINE TritWords NoTritWords() {
  TritWords sums;
  for (size_t i = 0; i < kTritVectors; ++i) {
    sums.words[i] = sums.odds[i] = hn::Zero(hn::ScalableTag<uint16_t>());
  }
  return sums;
}
HWY_INLINE void AddBytes(const TritBytes& bytes, TritWords& sums) {
  const hn::ScalableTag<uint16_t> du16;
  for (size_t i = 0; i < kTritVectors; ++i) {
    const auto words = hn::BitCast(du16, bytes.v[i]);
    sums.words[i] = hn::Add(sums.words[i], words);
    sums.odds[i] = hn::Add(sums.odds[i], hn::ShiftRight<8>(words));
  }
}
template <int kMult>
HWY_INLINE void FlushTrits(const TritWords& sums, int bias, int32_t* HWY_RESTRICT raw) {
  for (size_t i = 0; i < kTritVectors; ++i) {
    FlushTrits<kMult>(sums.words[i], sums.odds[i], bias, raw + i * hn::Lanes(NarrowTag()));
  }
}

// Fast tables: negatives biased by 128.
HWY_INLINE void AddQuintsFast(const uint8_t* codes, ptrdiff_t ahead, const uint8_t* table,
                              size_t quints, int32_t* HWY_RESTRICT raw) {
  const auto twice_bias = hn::Zero(NarrowTag());  // 256 in bytes
  TritWords sums = NoTritWords();
  for (size_t q = 0; q < quints; ++q) {
    hwy::Prefetch(codes + q * 64 + ahead);
    const TritBytes code = LoadCodes(codes + q * 64);
    TritBytes u = Lookup128(table + q * kTritsTable, code);
    for (size_t i = 0; i < kTritVectors; ++i) u.v[i] = WithSign(code.v[i], u.v[i], twice_bias);
    AddBytes(u, sums);
  }
  FlushTrits<1>(sums, static_cast<int>(quints) * 128, raw);
}

// One half of the exact tables, all l or all h.
template <int kMult>
HWY_INLINE void AddQuintsExact(const uint8_t* codes, ptrdiff_t ahead, const uint8_t* table,
                               size_t quints, int32_t* HWY_RESTRICT raw) {
  const NarrowTag du8;
  const auto twice_bias = hn::Set(du8, uint8_t{36});
  TritWords sums = NoTritWords();
  for (size_t begin = 0; begin < quints; begin += kQuintsPerByteSum) {
    const size_t end = begin + kQuintsPerByteSum < quints ? begin + kQuintsPerByteSum : quints;
    TritBytes bytes;
    for (size_t i = 0; i < kTritVectors; ++i) bytes.v[i] = hn::Zero(du8);
    for (size_t q = begin; q < end; ++q) {
      hwy::Prefetch(codes + q * 64 + ahead);
      const TritBytes code = LoadCodes(codes + q * 64);
      const TritBytes u = Lookup128(table + q * 2 * kTritsTable, code);
      for (size_t i = 0; i < kTritVectors; ++i) {
        bytes.v[i] = hn::Add(bytes.v[i], WithSign(code.v[i], u.v[i], twice_bias));
      }
    }
    AddBytes(bytes, sums);
  }
  FlushTrits<kMult>(sums, static_cast<int>(quints) * 18, raw);
}

// Calls add(codes, raw) for the outputs of each vector of each strip.
template <int kStrips, class Add>
HWY_INLINE void ForEachTrits(const TritsPiece& piece, int32_t* HWY_RESTRICT raw, Add add) {
  for (size_t o = 0; o < 64; o += kTritVectors * hn::Lanes(NarrowTag())) {
    for (size_t strip = 0; strip < kStrips; ++strip) {
      add(piece.codes + strip * piece.strip_bytes + o, raw + strip * 64 + o);
    }
  }
}

// One token, or two whose tables and sums are a stride apart.
template <int kTokens, int kStrips>
HWY_INLINE void AddTritsFast(const TritsPiece& piece, const uint8_t* table, size_t table_stride,
                             int32_t* HWY_RESTRICT raw, size_t raw_stride) {
  for (size_t t = 0; t < kTokens; ++t, table += table_stride, raw += raw_stride) {
    ForEachTrits<kStrips>(piece, raw, [&](const uint8_t* codes, int32_t* sums) LUTGEMM_LOOP_ATTR {
      AddQuintsFast(codes, piece.ahead, table, piece.quints, sums);
    });
  }
}

template <int kStrips>
HWY_INLINE void AddTritsExact(const TritsPiece& piece, const uint8_t* table,
                              int32_t* HWY_RESTRICT raw) {
  ForEachTrits<kStrips>(piece, raw, [&](const uint8_t* codes, int32_t* sums) LUTGEMM_LOOP_ATTR {
    AddQuintsExact<1>(codes, piece.ahead, table, piece.quints, sums);
    AddQuintsExact<36>(codes, piece.ahead, table + kTritsTable, piece.quints, sums);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // !LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_TERNARY5_LOOKUP_16_INL_H_
