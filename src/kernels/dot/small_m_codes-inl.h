// A few tokens of the kCodes layout, for `dot` and `book`: nibbles are decoded in registers again
// for every dozen of tokens, which costs less than a panel as long as these are few.
#if defined(LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
#undef LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
#endif

#include "kernels/target/arch/x86_vnni-inl.h"
#include "kernels/contract.h"
#include "kernels/codebook/decode-inl.h"
#include "kernels/dot/products-inl.h"
#include "kernels/dot/gemv_codes-inl.h"
#include "kernels/dot/zeros-inl.h"
#include "kernels/common/small_m-inl.h"
#include "kernels/common/fold-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static constexpr size_t kFewTile = 12;

// Two vectors of weights, four k of 32 outputs, with every token.
template <int kTokens, class V>
HWY_INLINE void AddFew(V low, V high, const FewActs& acts, size_t k, FewSums& sums) {
  const TileTag di32;
#define LUTGEMM_X(t)                                               \
  if constexpr (t < kTokens) {                                     \
    const auto x = BroadcastFour(di32, acts.template Of<t>() + k); \
    AddDotBytes(di32, low, x, sums.a##t);                          \
    AddDotBytes(di32, high, x, sums.b##t);                         \
  }
  LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
}

// Products of n slices of one group: those of low nibbles go to `sums`, of high ones to `uppers`.
template <int kTokens, class Decode>
HWY_INLINE void FewSlices(const uint8_t*& cells, FewActs& acts, size_t n, Decode decode_low,
                          Decode decode_high, FewSums& sums, FewSums& uppers) {
  const BookTag du8;
  const hn::Repartition<uint16_t, BookTag> du16;
  const auto upper = [&](auto both) HWY_ATTR {
    return hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
  };
  for (; n != 0; --n, cells += 256, acts.Next(16)) {
    for (size_t k8 = 0; k8 < 2; ++k8) {
      hwy::Prefetch(cells + k8 * 64 + kPrefetchBytes);
      hwy::Prefetch(cells + k8 * 64 + 128 + kPrefetchBytes);
      const auto low = hn::Load(du8, cells + k8 * 64), high = hn::Load(du8, cells + k8 * 64 + 128);
      AddFew<kTokens>(decode_low(low), decode_high(high), acts, k8 * 8, sums);
      AddFew<kTokens>(decode_low(upper(low)), decode_high(upper(high)), acts, k8 * 8 + 4, uppers);
    }
  }
}

// Tokens token + 0, 1, ... times one strip; decoder(group, o) gives the decode of outputs from o
// on.
template <int kTokens, class Decoder>
HWY_NOINLINE void FewTokens(const LookupArgs& args, size_t strip, size_t token, Decoder decoder) {
  const TileTag di32;
  const size_t stride = args.act.token_bytes, blocks = args.grid.blocks;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * stride);
  FewActs acts(act, stride);
  float* acc = args.acc + AccIndex(args, token, strip * args.weight.strip);
  constexpr bool kKept = kTokens <= kFewKept;
  FewAccs accs;
  LoadFewAccs<kTokens>(acc, true, accs);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const float* act_scale = args.act.scale + token * blocks + at.block;
    const int32_t* int_sum = args.act.int_sum + token * blocks + at.block;
    FewSums sums, uppers;
#define LUTGEMM_X(t)                                                                 \
  if constexpr (t < kTokens) {                                                       \
    sums.a##t = sums.b##t = hn::Set(di32, args.weight.fold.b * int_sum[t * blocks]); \
    uppers.a##t = uppers.b##t = hn::Zero(di32);                                      \
  }
    LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
    FewSlices<kTokens>(cells, acts, at.end - at.begin, decoder(at.group, 0), decoder(at.group, 16),
                       sums, kKept ? uppers : sums);
    const BlockFold fold = MakeBlockFold<true>(args, at, token, strip);
    const FewScales scales(fold);
#define LUTGEMM_X(t)                                                                             \
  if constexpr (t < kTokens) {                                                                   \
    float* acc_t = acc + t * kAccUnit;                                                           \
    if constexpr (kKept) {                                                                       \
      sums.a##t = hn::Add(sums.a##t, uppers.a##t), sums.b##t = hn::Add(sums.b##t, uppers.b##t);  \
    } else {                                                                                     \
      LoadFewAcc(acc_t, fold.first, accs.a##t, accs.b##t);                                       \
    }                                                                                            \
    FoldFew(sums.a##t, sums.b##t, scales, act_scale[t * blocks], int_sum[t * blocks], accs.a##t, \
            accs.b##t);                                                                          \
    if constexpr (!kKept) StoreFewAcc(accs.a##t, accs.b##t, acc_t);                              \
  }
    LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
  }
  if constexpr (kKept) StoreFewAccs<kTokens>(accs, acc);
}

template <class Decoder>
HWY_INLINE void FewTokens(const LookupArgs& args, size_t strip, size_t token, size_t tokens,
                          Decoder decoder) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return FewTokens<t + 1>(args, strip, token, decoder);
    LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// All of the call's tokens and strips, tokens split evenly; decoder(strip, group, o).
template <class Decoder>
HWY_INLINE void FewTokensStrips(const LookupArgs& args, Decoder decoder) {
  const size_t all = args.token_end - args.token_begin;
  const size_t tiles = (all + kFewTile - 1) / kFewTile;
  for (size_t strip = 0; strip < args.strips; ++strip) {
    const auto of_strip = [&](size_t group, size_t o)
                              HWY_ATTR { return decoder(args.strip + strip, group, o); };
    for (size_t i = 0; i < tiles; ++i) {
      const size_t begin = all * i / tiles, end = all * (i + 1) / tiles;
      FewTokens(args, strip, args.token_begin + begin, end - begin, of_strip);
    }
    for (size_t token = args.token_begin; token < args.token_end; ++token) {
      if (HasOutliers(args.act.outliers, token)) CodesOutliers(args, strip, token, of_strip);
    }
  }
  StoreTokens(args, args.token_begin, all);
}

inline HWY_NOINLINE void DotSmallMCodes(const LookupArgs& args) {
  if (!args.weight.small_zeros) return FewTokensStrips(args, NibbleDecoder());
  FewTokensStrips(WithoutZeros(args), [&](size_t strip, size_t group, size_t o) HWY_ATTR {
    const auto add = ZeroBytes(args, strip, group, o);
    return [add](BookBytes bytes)
               HWY_ATTR { return hn::Add(hn::And(bytes, hn::Set(BookTag(), uint8_t{15})), add); };
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_DOT_SMALL_M_CODES_INL_H_
