// A few tokens times codes out of bit planes: a slice is transposed once for up to four tokens,
// which meet its bytes in registers.
#if defined(LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
#undef LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
#endif

#include "base/check.h"
#include "kernels/target/arch/x86_vnni-inl.h"
#include "kernels/codebook/planes-inl.h"
#include "kernels/dot/gemv_planes-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Sums of so many tokens, and their activations, fill 32 registers.
static constexpr size_t kFewPlanesTokens = 4;

struct FewPlanesSums {
  FourVectors<hn::Vec<hn::ScalableTag<int32_t>>> s0, s1, s2, s3;
};

// The activations of a slice for the first and the second vector of a pair.
struct SliceActs {
  hn::Vec<hn::ScalableTag<int8_t>> first, second;
};

// What is decoded from planes: pairs of vectors as visit(i, first, second), i = 0..3, which add to
// vector i of FoldFour.
template <int kPlanes>
struct CodePairs {
  static constexpr size_t kCells = kPlanes;

  CodePairs(const LookupArgs&, size_t, size_t) {}
  HWY_INLINE SliceActs Acts(const int8_t* act) const {
    const hn::ScalableTag<int32_t> di32;
    const hn::ScalableTag<int8_t> di8;
    const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act));
    return {hn::BitCast(di8, hn::InterleaveLower(di32, x, x)),
            hn::BitCast(di8, hn::InterleaveUpper(di32, x, x))};
  }
  template <class Visit>
  HWY_INLINE void Decode(const uint8_t* cells, Visit visit) const {
    const auto codes = LoadSliceCodes<kPlanes>(cells);
    visit(0, codes.v0, codes.v1);
    visit(1, codes.v2, codes.v3);
    visit(2, codes.v4, codes.v5);
    visit(3, codes.v6, codes.v7);
  }
};

// Entries of a codebook, of one group of a strip.
struct BookPairs {
  static constexpr size_t kCells = 3;
  TransposedBook book;
  BookBytes selectors;

  BookPairs(const LookupArgs& args, size_t strip, size_t group)
      : book(LoadTransposedBook(args.weight)), selectors(SelectorRows(args.weight, strip, group)) {}
  HWY_INLINE SliceActs Acts(const int8_t* act) const {
    const hn::ScalableTag<int32_t> di32;
    const hn::ScalableTag<int8_t> di8;
    const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act));
    return {hn::BitCast(di8, hn::DupEven(x)), hn::BitCast(di8, hn::DupOdd(x))};
  }
  template <class Visit>
  HWY_INLINE void Decode(const uint8_t* cells, Visit visit) const {
    DecodeBookSlice(cells, book, selectors, visit);
  }
};

// Products of slices [begin, end) of a block; tokens' activations are `stride` bytes apart.
template <int kTokens, class Pairs>
HWY_INLINE void AddFewPlanes(const Pairs& pairs, const uint8_t* cells, const int8_t* act,
                             size_t stride, size_t begin, size_t end, FewPlanesSums& sums) {
  const hn::ScalableTag<int32_t> di32;
  for (size_t s = begin; s < end; ++s) {
    const uint8_t* slice = cells + s * Pairs::kCells * 64;
    for (size_t p = 0; p < Pairs::kCells; ++p) hwy::Prefetch(slice + p * 64 + kPrefetchBytes);
    const int8_t* x = act + s * 16;
    const SliceActs x0 = pairs.Acts(x), x1 = pairs.Acts(x + stride);
    const SliceActs x2 = kTokens > 2 ? pairs.Acts(x + 2 * stride) : x0;
    const SliceActs x3 = kTokens > 3 ? pairs.Acts(x + 3 * stride) : x0;
    pairs.Decode(slice, [&](size_t i, auto first, auto second) LUTGEMM_LOOP_ATTR {
      const auto add = [&](auto& four, const SliceActs& acts) LUTGEMM_LOOP_ATTR {
        auto& sum = i == 0 ? four.v0 : i == 1 ? four.v1 : i == 2 ? four.v2 : four.v3;
        AddDotBytes(di32, first, acts.first, sum);
        AddDotBytes(di32, second, acts.second, sum);
      };
      add(sums.s0, x0);
      add(sums.s1, x1);
      if constexpr (kTokens > 2) add(sums.s2, x2);
      if constexpr (kTokens > 3) add(sums.s3, x3);
    });
  }
}

// A strip with kTokens tokens from `token` on.
template <int kTokens, class Pairs>
HWY_NOINLINE void FewPlanes(const LookupArgs& args, size_t strip, size_t token) {
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const auto zero = hn::Zero(di32);
    const FourVectors<hn::Vec<decltype(di32)>> zeros{zero, zero, zero, zero};
    FewPlanesSums sums{zeros, zeros, zeros, zeros};
    const Pairs pairs(args, args.strip + strip, at.group);
    AddFewPlanes<kTokens>(pairs, cells, act, args.act.token_bytes, at.begin, at.end, sums);
    FoldFour(MakeBlockFold<true>(args, at, token, strip), sums.s0);
    FoldFour(MakeBlockFold<true>(args, at, token + 1, strip), sums.s1);
    if (kTokens > 2) FoldFour(MakeBlockFold<true>(args, at, token + 2, strip), sums.s2);
    if (kTokens > 3) FoldFour(MakeBlockFold<true>(args, at, token + 3, strip), sums.s3);
  }
}

// All strips and tokens of a call of at least two, tokens split evenly; outliers(strip, token) adds
// a token's.
template <class Pairs, class Outliers>
HWY_INLINE void FewPlanesStrips(const LookupArgs& args, Outliers outliers) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  const size_t tokens = args.token_end - args.token_begin;
  const size_t tiles = (tokens + kFewPlanesTokens - 1) / kFewPlanesTokens;
  for (size_t strip = 0; strip < args.strips; ++strip) {
    for (size_t i = 0; i < tiles; ++i) {
      const size_t begin = tokens * i / tiles, count = tokens * (i + 1) / tiles - begin;
      const size_t token = args.token_begin + begin;
      if (count == 2) FewPlanes<2, Pairs>(args, strip, token);
      if (count == 3) FewPlanes<3, Pairs>(args, strip, token);
      if (count == 4) FewPlanes<4, Pairs>(args, strip, token);
    }
    for (size_t token = args.token_begin; token < args.token_end; ++token) {
      if (HasOutliers(args.act.outliers, token)) outliers(strip, token);
    }
  }
  StoreTokens(args, args.token_begin, tokens);
}

template <int kPlanes>
HWY_NOINLINE void DotSmallMPlanes(const LookupArgs& args) {
  FewPlanesStrips<CodePairs<kPlanes>>(args, [&](size_t strip, size_t token) HWY_ATTR {
    CodePlanesOutliers<kPlanes>(args, strip, token);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_DOT_SMALL_M_PLANES_INL_H_
