// A few tokens times codes out of bit planes: a slice is transposed once for up to four tokens,
// which meet its bytes in registers.
#if defined(LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
#undef LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
#endif

#include "base/check.h"
#include "kernels/codebook/planes-inl.h"
#include "kernels/dot/gemv_planes-inl.h"

#if LUTGEMM_BIT_TRANSPOSE

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Sums of so many tokens, and their activations, fill 32 registers.
static constexpr size_t kSmallMPlanesTokens = 4;

// What is decoded from planes, in rows that are the same for all slices of a group of a strip:
// Load and then Decode give the pairs of vectors that each vector of FoldFour meets, Acts the
// activations of a slice that the first and the second of a pair do.
template <int kPlanes>
struct CodePairs {
  static constexpr size_t kCells = kPlanes;

  HWY_INLINE explicit CodePairs(const KernelArgs&) {}
  HWY_INLINE CodebookBytes Row(size_t, size_t) const { return hn::Zero(CodebookTag()); }
  template <class V>
  HWY_INLINE void Acts(const int8_t* act, V& first, V& second) const {
    const hn::ScalableTag<int32_t> di32;
    const hn::DFromV<V> di8;
    const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act));
    first = hn::BitCast(di8, hn::InterleaveLower(di32, x, x));
    second = hn::BitCast(di8, hn::InterleaveUpper(di32, x, x));
  }
  template <class V>
  HWY_INLINE void Load(const uint8_t* cells, V, LUTGEMM_FOUR_PAIRS(V& code)) const {
    LoadSliceCodes<kPlanes>(cells, LUTGEMM_FOUR_PAIRS(code));
  }
  template <class V>
  HWY_INLINE void Decode(V&, V&) const {}
};

// Entries of a codebook.
struct CodebookPairs {
  static constexpr size_t kCells = 3;
  const WeightArgs& weight;
  const TransposedCodebook book;

  HWY_INLINE explicit CodebookPairs(const KernelArgs& args)
      : weight(args.weight), book(LoadTransposedCodebook(args.weight)) {}
  HWY_INLINE CodebookBytes Row(size_t strip, size_t group) const {
    return SelectorRows(weight, strip, group);
  }
  template <class V>
  HWY_INLINE void Acts(const int8_t* act, V& first, V& second) const {
    const hn::ScalableTag<int32_t> di32;
    const hn::DFromV<V> di8;
    const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act));
    first = hn::BitCast(di8, hn::DupEven(x));
    second = hn::BitCast(di8, hn::DupOdd(x));
  }
  template <class V>
  HWY_INLINE void Load(const uint8_t* cells, V row, LUTGEMM_FOUR_PAIRS(V& code)) const {
    LoadCodebookRows(cells, row, LUTGEMM_FOUR(code));
    code_w0 = code_w1 = code_w2 = code_w3 = row;
  }
  template <class V>
  HWY_INLINE void Decode(V& first, V& second) const {
    const hn::DFromV<V> du8;
    DecodeCodebookRow(first, hn::Load(du8, book.even), hn::Load(du8, book.odd), first, second);
  }
};

// Products of one slice; tokens' activations are `stride` bytes apart, and what is read next lies
// `ahead` bytes further.
template <int kTokens, class Pairs, class VU8, class VI32>
HWY_INLINE void AddSmallMPlanes(const Pairs& pairs, VU8 row, const uint8_t* slice, const int8_t* x,
                                size_t stride, size_t ahead, LUTGEMM_FOUR(VI32& s0),
                                LUTGEMM_FOUR(VI32& s1), LUTGEMM_FOUR(VI32& s2),
                                LUTGEMM_FOUR(VI32& s3)) {
  const hn::ScalableTag<int32_t> di32;
  hn::Vec<hn::ScalableTag<int8_t>> x0, x1, x2, x3, y0, y1, y2, y3;
  for (size_t p = 0; p < Pairs::kCells; ++p) hwy::Prefetch(slice + p * 64 + ahead);
  pairs.Acts(x, x0, y0);
  pairs.Acts(x + stride, x1, y1);
  if constexpr (kTokens > 2) pairs.Acts(x + 2 * stride, x2, y2);
  if constexpr (kTokens > 3) pairs.Acts(x + 3 * stride, x3, y3);
  VU8 LUTGEMM_FOUR_PAIRS(code);
  pairs.Load(slice, row, LUTGEMM_FOUR_PAIRS(code));
#define LUTGEMM_ADD(i, t)                          \
  AddDotBytes(di32, code_v##i, x##t, s##t##_v##i); \
  AddDotBytes(di32, code_w##i, y##t, s##t##_v##i);
#define LUTGEMM_X(i)                  \
  pairs.Decode(code_v##i, code_w##i); \
  LUTGEMM_ADD(i, 0)                   \
  LUTGEMM_ADD(i, 1)                   \
  if constexpr (kTokens > 2) {        \
    LUTGEMM_ADD(i, 2)                 \
  }                                   \
  if constexpr (kTokens > 3) {        \
    LUTGEMM_ADD(i, 3)                 \
  }
  LUTGEMM_X(0)
  LUTGEMM_X(1)
  LUTGEMM_X(2)
  LUTGEMM_X(3)
#undef LUTGEMM_X
#undef LUTGEMM_ADD
}

// A strip with kTokens tokens from `token` on.
template <int kTokens, class Pairs>
HWY_NOINLINE void SmallMPlanesTile(const KernelArgs& args, const Pairs& pairs, size_t strip,
                                   size_t token) {
  using VI32 = hn::Vec<hn::ScalableTag<int32_t>>;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    FetchGroup(args, args.strip + strip, at.group);
    VI32 LUTGEMM_FOUR(s0), LUTGEMM_FOUR(s1), LUTGEMM_FOUR(s2), LUTGEMM_FOUR(s3);
    SetFourZeros(LUTGEMM_FOUR(s0));
    SetFourZeros(LUTGEMM_FOUR(s1));
    SetFourZeros(LUTGEMM_FOUR(s2));
    SetFourZeros(LUTGEMM_FOUR(s3));
    const auto row = pairs.Row(args.strip + strip, at.group);
    for (size_t s = at.begin; s < at.end; ++s) {
      AddSmallMPlanes<kTokens>(pairs, row, cells + s * Pairs::kCells * 64, act + s * 16,
                               args.act.token_bytes, args.ahead, LUTGEMM_FOUR(s0), LUTGEMM_FOUR(s1),
                               LUTGEMM_FOUR(s2), LUTGEMM_FOUR(s3));
    }
    FoldFour(MakeBlockFold<true>(args, at, token, strip), LUTGEMM_FOUR(s0));
    FoldFour(MakeBlockFold<true>(args, at, token + 1, strip), LUTGEMM_FOUR(s1));
    if (kTokens > 2) FoldFour(MakeBlockFold<true>(args, at, token + 2, strip), LUTGEMM_FOUR(s2));
    if (kTokens > 3) FoldFour(MakeBlockFold<true>(args, at, token + 3, strip), LUTGEMM_FOUR(s3));
    if (args.grid.span_groups == 0 || !at.ends_span()) continue;
    EndSpan(args, at, {token, kTokens, strip, 0, 32});
  }
}

// All strips and tokens of a call of at least two, tokens split evenly; outliers(strip, token) adds
// a token's.
template <class Pairs, class Outliers>
HWY_INLINE void SmallMPlanes(const KernelArgs& args, Outliers outliers) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  const Pairs pairs(args);
  const size_t tokens = args.token_end - args.token_begin;
  const size_t tiles = (tokens + kSmallMPlanesTokens - 1) / kSmallMPlanesTokens;
  for (size_t strip = 0; strip < args.strips; ++strip) {
    for (size_t i = 0; i < tiles; ++i) {
      const size_t begin = tokens * i / tiles, count = tokens * (i + 1) / tiles - begin;
      const size_t token = args.token_begin + begin;
      if (count == 2) SmallMPlanesTile<2>(args, pairs, strip, token);
      if (count == 3) SmallMPlanesTile<3>(args, pairs, strip, token);
      if (count == 4) SmallMPlanesTile<4>(args, pairs, strip, token);
    }
    for (size_t token = args.token_begin; token < args.token_end; ++token) {
      if (HasOutliers(args.act.outliers, token)) outliers(strip, token);
    }
  }
  StoreTokens(args, args.token_begin, tokens);
}

template <int kPlanes>
HWY_NOINLINE void DotSmallMPlanes(const KernelArgs& args) {
  SmallMPlanes<CodePairs<kPlanes>>(args, [&](size_t strip, size_t token) HWY_ATTR {
    CodePlanesOutliers<kPlanes>(args, strip, token);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BIT_TRANSPOSE

#endif  // LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
