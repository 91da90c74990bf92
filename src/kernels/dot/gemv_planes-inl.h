// One token times codes out of bit planes, transposed in registers: five to eight planes here,
// three of a codebook in book-planes-inl.h.
#if defined(LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
#undef LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
#endif

#include "kernels/contract.h"
#include "kernels/dot/gemv_codes-inl.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/gemv-inl.h"
#include "kernels/common/transpose-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// What belongs to the four vectors of outputs of a strip. Vector i holds in the four dwords of
// block b: outputs 4b + i and 16 + 4b + i for the first two groups of four k, then the same for the
// last two.
template <class V>
struct FourVectors {
  V v0, v1, v2, v3;
};

// Sums of outputs 0 to 15 and 16 to 31.
struct StripSums {
  hn::Vec<hn::ScalableTag<int32_t>> low, high;
};
HWY_INLINE StripSums SumsOfFour(const FourVectors<hn::Vec<hn::ScalableTag<int32_t>>>& sums) {
  const hn::ScalableTag<int32_t> di32;
  const hn::ScalableTag<int64_t> di64;
  const auto whole = [&](auto v) HWY_ATTR { return hn::Add(v, hn::Shuffle1032(v)); };
  const auto first = hn::BitCast(di64, hn::InterleaveLower(whole(sums.v0), whole(sums.v1)));
  const auto second = hn::BitCast(di64, hn::InterleaveLower(whole(sums.v2), whole(sums.v3)));
  return {hn::BitCast(di32, hn::InterleaveLower(first, second)),
          hn::BitCast(di32, hn::InterleaveUpper(di64, first, second))};
}
HWY_INLINE void FoldFour(const BlockFold& fold,
                         const FourVectors<hn::Vec<hn::ScalableTag<int32_t>>>& sums) {
  const hn::ScalableTag<int32_t> di32;
  const StripSums whole = SumsOfFour(sums);
  Fold<true>(di32, whole.low, WeightScale(di32, fold, 0), fold, 0);
  Fold<true>(di32, whole.high, WeightScale(di32, fold, 16), fold, 16);
}

// Outliers of one token; decode(codes in the low bytes of dwords, group, o) gives their bytes.
template <int kPlanes, class Decode>
HWY_INLINE void PlanesOutliers(const LookupArgs& args, size_t strip, size_t token, Decode decode) {
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  StripOutliers(args, strip, token, [&](size_t o, size_t k) HWY_ATTR {
    const int shift = static_cast<int>(k % 16 / 4 * 8 + k % 4 + o / 16 * 4);
    auto code = hn::Zero(di32);
    for (size_t p = 0; p < kPlanes; ++p) {
      const auto* plane = reinterpret_cast<const int32_t*>(cells + (k / 16 * kPlanes + p) * 64);
      const auto bit = hn::And(hn::ShiftRightSame(hn::Load(di32, plane), shift), hn::Set(di32, 1));
      code = hn::Or(code, hn::ShiftLeftSame(bit, static_cast<int>(p)));
    }
    const auto byte = decode(code, k / 16 / args.grid.group_steps, o);
    return hn::And(hn::BitCast(di32, byte), hn::Set(di32, 255));
  });
}

template <int kPlanes>
HWY_INLINE void CodePlanesOutliers(const LookupArgs& args, size_t strip, size_t token) {
  const auto same = [](auto codes, size_t, size_t) HWY_ATTR { return codes; };
  PlanesOutliers<kPlanes>(args, strip, token, same);
}

template <int kPlanes, class Accumulators>
HWY_INLINE void DotPlanesOneToken(const LookupArgs& args, size_t strip,
                                  Accumulators& accumulators) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<int32_t> di32;
  const size_t token = args.token_begin;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const auto zero = hn::Zero(di32);
    FourVectors<hn::Vec<decltype(di32)>> sums{zero, zero, zero, zero};
    for (size_t s = at.begin; s < at.end; ++s) {
      const uint8_t* slice = cells + s * kPlanes * 64;
      for (size_t p = 0; p < kPlanes; ++p) hwy::Prefetch(slice + p * 64 + kPrefetchBytes);
      const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act + s * 16));
      const auto x01 = hn::BitCast(di8, hn::InterleaveLower(di32, x, x));
      const auto x23 = hn::BitCast(di8, hn::InterleaveUpper(di32, x, x));
      const auto codes = LoadSliceCodes<kPlanes>(slice);
      sums.v0 = DotBytes(di32, codes.v1, x23, DotBytes(di32, codes.v0, x01, sums.v0));
      sums.v1 = DotBytes(di32, codes.v3, x23, DotBytes(di32, codes.v2, x01, sums.v1));
      sums.v2 = DotBytes(di32, codes.v5, x23, DotBytes(di32, codes.v4, x01, sums.v2));
      sums.v3 = DotBytes(di32, codes.v7, x23, DotBytes(di32, codes.v6, x01, sums.v3));
    }
    const StripSums whole = SumsOfFour(sums);
    accumulators.Fold(at, 0, whole.low, whole.high);
  }
}

template <int kPlanes>
HWY_INLINE void DotPlanesStrips(const LookupArgs& args) {
  const bool outliers = HasOutliers(args.act.outliers, args.token_begin);
  for (size_t strip = 0; strip < args.strips; ++strip) {
    WithStrip<true>(args, strip, [&](auto& accumulators) LUTGEMM_LOOP_ATTR {
      DotPlanesOneToken<kPlanes>(args, strip, accumulators);
    });
    if (!outliers) continue;
    CodePlanesOutliers<kPlanes>(args, strip, args.token_begin);
  }
  StoreTokens(args, args.token_begin, 1);
}

template <int kPlanes>
HWY_NOINLINE void DotGemvPlanes(const LookupArgs& args) {
  ForEachToken(args, [](const LookupArgs& one) HWY_ATTR { DotPlanesStrips<kPlanes>(one); });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
