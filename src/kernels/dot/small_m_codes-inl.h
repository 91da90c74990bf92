// A few tokens of layout codes, for dot and codebook: nibbles are decoded in registers again
// for every dozen of tokens, which costs less than a panel as long as these are few.
#if defined(LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
#undef LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
#endif

#include "kernels/codebook/decode-inl.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/small_m-inl.h"
#include "kernels/common/span-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/gemv_codes-inl.h"
#include "kernels/dot/products-inl.h"
#include "kernels/dot/zeros-inl.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static constexpr size_t kSmallMTile = 12;

// Two vectors of weights, four k of 32 outputs, with every token.
template <int kTokens, int kFirst = 0, class VU8, class VI32>
HWY_INLINE void AddFew(VU8 low, VU8 high, const SmallMActs& acts, size_t k,
                       LUTGEMM_SMALL_M(VI32& sum)) {
  const TileTag di32;
#define LUTGEMM_X(t)                                               \
  if constexpr (t >= kFirst && t < kTokens) {                      \
    const auto x = BroadcastFour(di32, acts.template Of<t>() + k); \
    AddDotBytes(di32, low, x, sum_a##t);                           \
    AddDotBytes(di32, high, x, sum_b##t);                          \
  }
  LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
}

// AddFew of high nibbles, to sums of their own where `kOdd`.
template <bool kOdd, int kTokens, int kFirst = 0, class VU8, class VI32>
HWY_INLINE void AddUpper(VU8 low, VU8 high, const SmallMActs& acts, size_t k,
                         LUTGEMM_SMALL_M(VI32& sum), LUTGEMM_SMALL_M(VI32& odd)) {
  if constexpr (kOdd) {
    AddFew<kTokens, kFirst>(low, high, acts, k, LUTGEMM_SMALL_M(odd));
  } else {
    AddFew<kTokens, kFirst>(low, high, acts, k, LUTGEMM_SMALL_M(sum));
  }
}

// Products of n slices of one group, whose rows of the decoder are `row_low` and `row_high`: those
// of low nibbles go to `sum`, of high ones, where tokens are few, to `odd`. What is read next lies
// `ahead` bytes further.
template <int kTokens, class Decoder, class VU8, class VI32>
HWY_INLINE void SmallMSlices(const uint8_t*& cells, size_t ahead, SmallMActs& acts, size_t n,
                             const Decoder& decoder, VU8 row_low, VU8 row_high, VU8 table,
                             LUTGEMM_SMALL_M(VI32& sum), LUTGEMM_SMALL_M(VI32& odd)) {
  const CodebookTag du8;
  const hn::Repartition<uint16_t, CodebookTag> du16;
  const auto upper = [&](auto both) HWY_ATTR {
    return hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
  };
  constexpr int kHalf = (kTokens + 1) / 2;
  constexpr bool kOdd = kTokens <= kSmallMKept;
  for (; n != 0; --n, cells += 256, acts.Next(16)) {
    for (size_t line = 0; line < 4; ++line) hwy::Prefetch(cells + line * 64 + ahead);
    const auto low0 = hn::Load(du8, cells), high0 = hn::Load(du8, cells + 128);
    const auto low1 = hn::Load(du8, cells + 64), high1 = hn::Load(du8, cells + 192);
    // What comes next is decoded amid products, one vector at a time: lookups share a port with
    // half of them.
    const auto a0 = decoder.Bytes(low0, row_low, table);
    const auto b0 = decoder.Bytes(high0, row_high, table);
    AddFew<kHalf>(a0, b0, acts, 0, LUTGEMM_SMALL_M(sum));
    auto a1 = decoder.Bytes(upper(low0), row_low, table);
    KeepInRegister(a1);
    AddFew<kTokens, kHalf>(a0, b0, acts, 0, LUTGEMM_SMALL_M(sum));
    auto b1 = decoder.Bytes(upper(high0), row_high, table);
    KeepInRegister(b1);
    AddUpper<kOdd, kHalf>(a1, b1, acts, 4, LUTGEMM_SMALL_M(sum), LUTGEMM_SMALL_M(odd));
    auto a2 = decoder.Bytes(low1, row_low, table);
    KeepInRegister(a2);
    AddUpper<kOdd, kTokens, kHalf>(a1, b1, acts, 4, LUTGEMM_SMALL_M(sum), LUTGEMM_SMALL_M(odd));
    auto b2 = decoder.Bytes(high1, row_high, table);
    KeepInRegister(b2);
    AddFew<kHalf>(a2, b2, acts, 8, LUTGEMM_SMALL_M(sum));
    auto a3 = decoder.Bytes(upper(low1), row_low, table);
    KeepInRegister(a3);
    AddFew<kTokens, kHalf>(a2, b2, acts, 8, LUTGEMM_SMALL_M(sum));
    auto b3 = decoder.Bytes(upper(high1), row_high, table);
    KeepInRegister(b3);
    AddUpper<kOdd, kTokens>(a3, b3, acts, 12, LUTGEMM_SMALL_M(sum), LUTGEMM_SMALL_M(odd));
  }
}

// Tokens token + 0, 1, ... times one strip.
template <int kTokens, class Decoder>
HWY_NOINLINE void SmallMCodesTile(const KernelArgs& args, size_t strip, size_t token,
                                  const Decoder& decoder) {
  const TileTag di32;
  using VI32 = hn::Vec<TileTag>;
  using VF = hn::Vec<hn::Rebind<float, TileTag>>;
  const size_t stride = args.act.token_bytes, blocks = args.grid.blocks;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * stride);
  SmallMActs acts(act, stride);
  const bool spans = args.grid.span_groups != 0;
  float* acc = (spans ? args.inner : args.acc) + AccIndex(args, token, strip * args.weight.strip);
  constexpr bool kKept = kTokens <= kSmallMKept;
  CodebookBytes table;
  decoder.Tables(table);
  VI32 LUTGEMM_SMALL_M(sum), LUTGEMM_SMALL_M(odd);
  VF LUTGEMM_SMALL_M(acc), LUTGEMM_SMALL_M_SCALES();
  LoadSmallMAccs<kTokens>(acc, true, LUTGEMM_SMALL_M(acc));
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    FetchGroup(args, args.strip + strip, at.group);
    const float* act_scale = args.act.scale + token * blocks + at.block;
    const int32_t* int_sum = args.act.int_sum + token * blocks + at.block;
#define LUTGEMM_X(t)                                                               \
  if constexpr (t < kTokens) {                                                     \
    sum_a##t = sum_b##t = hn::Set(di32, args.weight.fold.b * int_sum[t * blocks]); \
    odd_a##t = odd_b##t = hn::Zero(di32);                                          \
  }
    LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
    SmallMSlices<kTokens>(cells, args.ahead, acts, at.end - at.begin, decoder,
                          decoder.Row(args.strip + strip, at.group, 0),
                          decoder.Row(args.strip + strip, at.group, 16), table,
                          LUTGEMM_SMALL_M(sum), LUTGEMM_SMALL_M(odd));
    const BlockFold fold = MakeBlockFold<true>(args, at, token, strip);
    LoadSmallMScales(fold, LUTGEMM_SMALL_M_SCALES());
#define LUTGEMM_X(t)                                                                      \
  if constexpr (t < kTokens) {                                                            \
    float* acc_t = acc + t * kAccUnit;                                                    \
    if constexpr (kKept) {                                                                \
      sum_a##t = hn::Add(sum_a##t, odd_a##t), sum_b##t = hn::Add(sum_b##t, odd_b##t);     \
    } else {                                                                              \
      LoadSmallMAcc(acc_t, fold.first, LUTGEMM_SMALL_M_OF(acc, t));                       \
    }                                                                                     \
    const float act = spans ? 1.0f : act_scale[t * blocks];                               \
    FoldFew(SmallMFold{fold.offsets, act, int_sum[t * blocks]}, LUTGEMM_SMALL_M_SCALES(), \
            LUTGEMM_SMALL_M_OF(sum, t), LUTGEMM_SMALL_M_OF(acc, t));                      \
    if constexpr (!kKept) StoreSmallMAcc(LUTGEMM_SMALL_M_OF(acc, t), acc_t);              \
  }
    LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
    if (!spans || !at.ends_span()) continue;
    if constexpr (kKept) StoreSmallMAccs<kTokens>(LUTGEMM_SMALL_M(acc), acc);
    EndSpan(args, at, {token, kTokens, strip, 0, 32});
    if constexpr (kKept) LoadSmallMAccs<kTokens>(acc, true, LUTGEMM_SMALL_M(acc));
  }
  if (kKept && !spans) StoreSmallMAccs<kTokens>(LUTGEMM_SMALL_M(acc), acc);
}

template <class Decoder>
HWY_INLINE void SmallMCodesTile(const KernelArgs& args, size_t strip, size_t token, size_t tokens,
                                const Decoder& decoder) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return SmallMCodesTile<t + 1>(args, strip, token, decoder);
    LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// All of the call's tokens and strips, tokens split evenly.
template <class Decoder>
HWY_INLINE void SmallMCodes(const KernelArgs& args, const Decoder& decoder) {
  const size_t all = args.token_end - args.token_begin;
  const size_t tiles = (all + kSmallMTile - 1) / kSmallMTile;
  for (size_t strip = 0; strip < args.strips; ++strip) {
    for (size_t i = 0; i < tiles; ++i) {
      const size_t begin = all * i / tiles, end = all * (i + 1) / tiles;
      SmallMCodesTile(args, strip, args.token_begin + begin, end - begin, decoder);
    }
    for (size_t token = args.token_begin; token < args.token_end; ++token) {
      if (HasOutliers(args.act.outliers, token)) CodesOutliers(args, strip, token, decoder);
    }
  }
  StoreTokens(args, args.token_begin, all);
}

// The decoder, see CodebookDecoder, of nibbles to codes less their zeros, plus kZeroBias.
struct ZerosDecoder {
  const KernelArgs& args;

  HWY_INLINE void Tables(LUTGEMM_CODEBOOK_TABLES(CodebookBytes& table)) const {
    ZeroTables(LUTGEMM_CODEBOOK_TABLES(table));
  }
  HWY_INLINE CodebookBytes Row(size_t strip, size_t group, size_t o) const {
    return ZeroBytes(args, strip, group, o);
  }
  HWY_INLINE CodebookBytes
  Bytes(CodebookBytes nibbles, CodebookBytes row,
        LUTGEMM_CODEBOOK_TABLES([[maybe_unused]] CodebookBytes table)) const {
    return hn::Add(hn::And(nibbles, hn::Set(CodebookTag(), uint8_t{15})), row);
  }
};

inline HWY_NOINLINE void DotSmallMCodes(const KernelArgs& args) {
  if (!args.weight.small_zeros) return SmallMCodes(args, CodesDecoder());
  SmallMCodes(WithoutZeros(args), ZerosDecoder{args});
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE

#endif  // LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
