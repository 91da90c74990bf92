// What kernels of a few tokens share, which meet weights in registers: sums of up to twelve tokens
// with the 32 outputs of a strip, and what becomes of them.
#if defined(LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
#undef LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
#endif

#include "kernels/contract.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/tile-inl.h"

#if LUTGEMM_WIDE_LOOKUP

// 12 x 2 sums, 2 x 2 vectors of weights and a few constants fill 32 registers.
#undef LUTGEMM_EACH_FEW
#define LUTGEMM_EACH_FEW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Sums of tokens with the 32 outputs of a strip.
struct FewSums {
#define LUTGEMM_X(t) hn::Vec<TileTag> a##t, b##t;
  LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
};

// Up to so many tokens keep what they accumulate over blocks in registers, and have sums of even
// and odd steps of their own: with so few products between them, both would wait for the latency of
// memory and of the dot product.
static constexpr int kFewKept = 4;

// Accumulators of tokens with the 32 outputs of a strip.
struct FewAccs {
#define LUTGEMM_X(t) hn::Vec<hn::Rebind<float, TileTag>> a##t, b##t;
  LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
};
// Those of one token: from memory, to which `first` values were not written yet, and back.
template <class V>
HWY_INLINE void LoadFewAcc(const float* HWY_RESTRICT acc, bool first, V& low, V& high) {
  const hn::Rebind<float, TileTag> df;
  low = first ? hn::Zero(df) : hn::Load(df, acc);
  high = first ? hn::Zero(df) : hn::Load(df, acc + 16);
}
template <class V>
HWY_INLINE void StoreFewAcc(V low, V high, float* HWY_RESTRICT acc) {
  const hn::Rebind<float, TileTag> df;
  hn::Store(low, df, acc);
  hn::Store(high, df, acc + 16);
}

// Those of the first kTokens tokens.
template <int kTokens>
HWY_INLINE void LoadFewAccs(const float* HWY_RESTRICT acc, bool first, FewAccs& accs) {
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) LoadFewAcc(acc + t * kAccUnit, first, accs.a##t, accs.b##t);
  LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
}
template <int kTokens>
HWY_INLINE void StoreFewAccs(const FewAccs& accs, float* HWY_RESTRICT acc) {
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) StoreFewAcc(accs.a##t, accs.b##t, acc + t * kAccUnit);
  LUTGEMM_EACH_FEW(LUTGEMM_X)
#undef LUTGEMM_X
}

// Activations, or tables, of tokens `stride` bytes apart: four pointers, so that an addition
// reaches any token.
struct FewActs {
  const int8_t *p0, *p3, *p6, *p9;
  size_t stride;

  FewActs(const int8_t* first, size_t bytes)
      : p0(first),
        p3(first + 3 * bytes),
        p6(first + 6 * bytes),
        p9(first + 9 * bytes),
        stride(bytes) {}
  template <size_t kToken>
  HWY_INLINE const int8_t* Of() const {
    const int8_t* base = kToken < 3 ? p0 : kToken < 6 ? p3 : kToken < 9 ? p6 : p9;
    return base + kToken % 3 * stride;
  }
  HWY_INLINE void Next(size_t n) { p0 += n, p3 += n, p6 += n, p9 += n; }
};

// Scales of a strip's 32 outputs in a group; zeros that are floats as they are, integers as B of
// FoldSpec.
struct FewScales {
  using V = hn::Vec<hn::Rebind<float, TileTag>>;
  V low, high, zero_low, zero_high;
  ZeroKind zero;

  HWY_INLINE explicit FewScales(const BlockFold& fold)
      : low(WeightScale(TileTag(), fold, 0)),
        high(WeightScale(TileTag(), fold, 16)),
        zero_low(hn::Zero(hn::Rebind<float, TileTag>())),
        zero_high(zero_low),
        zero(fold.args->weight.zero) {
    const hn::Rebind<float, TileTag> df;
    const WeightArgs& w = fold.args->weight;
    if (zero == ZeroKind::kFloat) {
      zero_low = LoadAsF32(df, w.zeros, w.scale_elem, fold.scale_index);
      zero_high = LoadAsF32(df, w.zeros, w.scale_elem, fold.scale_index + 16);
    } else if (zero == ZeroKind::kInteger) {
      zero_low = hn::ConvertTo(df, ZeroFactor(TileTag(), fold, 0));
      zero_high = hn::ConvertTo(df, ZeroFactor(TileTag(), fold, 16));
    }
  }
};

// FoldedExact of a token's sums, which start from B * S.
template <class V, class VF>
HWY_INLINE void FoldFew(V a, V b, const FewScales& scales, float act_scale, int32_t int_sum,
                        VF& low, VF& high) {
  const hn::Rebind<float, TileTag> df;
  const auto act = hn::Set(df, act_scale);
  low = Fused(df, hn::ConvertTo(df, a), hn::Mul(act, scales.low), low);
  high = Fused(df, hn::ConvertTo(df, b), hn::Mul(act, scales.high), high);
  if (HWY_UNLIKELY(scales.zero == ZeroKind::kFloat)) {
    const auto sum = hn::Set(df, static_cast<float>(int_sum));
    low = Fused(df, hn::Mul(act, scales.zero_low), sum, low);
    high = Fused(df, hn::Mul(act, scales.zero_high), sum, high);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
