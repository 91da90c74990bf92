// What kernels of regime small_m share, whose tokens meet weights in registers: sums of up to
// twelve tokens with the 32 outputs of a strip, and what becomes of them.
#if defined(LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
#undef LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
#endif

#include "kernels/common/fold-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE

// 12 x 2 sums, 2 x 2 vectors of weights and a few constants fill 32 registers.
#undef LUTGEMM_EACH_SMALL_M
#define LUTGEMM_EACH_SMALL_M(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

// Scalable vectors cannot be members of a struct. What belongs to tokens and the 32 outputs of a
// strip are local variables therefore, which functions take by reference: vectors `name_a<t>` of
// outputs 0 to 15 and `name_b<t>` of outputs 16 to 31.
//
// The two of token t as a list.
#undef LUTGEMM_SMALL_M_OF
#define LUTGEMM_SMALL_M_OF(name, t) name##_a##t, name##_b##t
// Those of all tokens as a list: LUTGEMM_SMALL_M(sum) to declare them, behind their type, or to
// pass them on, LUTGEMM_SMALL_M(V& sum) to take them as parameters.
#undef LUTGEMM_SMALL_M
#define LUTGEMM_SMALL_M(name)                                                                \
  LUTGEMM_SMALL_M_OF(name, 0), LUTGEMM_SMALL_M_OF(name, 1), LUTGEMM_SMALL_M_OF(name, 2),     \
      LUTGEMM_SMALL_M_OF(name, 3), LUTGEMM_SMALL_M_OF(name, 4), LUTGEMM_SMALL_M_OF(name, 5), \
      LUTGEMM_SMALL_M_OF(name, 6), LUTGEMM_SMALL_M_OF(name, 7), LUTGEMM_SMALL_M_OF(name, 8), \
      LUTGEMM_SMALL_M_OF(name, 9), LUTGEMM_SMALL_M_OF(name, 10), LUTGEMM_SMALL_M_OF(name, 11)
// Scales of a strip's 32 outputs in a group and zeros, floats as they are, integers as B of
// FoldSpec, as a list: LUTGEMM_SMALL_M_SCALES() to declare them or to pass them on,
// LUTGEMM_SMALL_M_SCALES(V&) to take them as parameters.
#undef LUTGEMM_SMALL_M_SCALES
#define LUTGEMM_SMALL_M_SCALES(type) type scale_low, type scale_high, type zero_low, type zero_high

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Up to so many tokens keep what they accumulate over blocks in registers, and have sums of even
// and odd steps of their own: with so few products between them, both would wait for the latency of
// memory and of the byte product.
static constexpr int kSmallMKept = 4;

// Accumulators of one token: from memory, to which `first` values were not written yet, and back.
template <class V>
HWY_INLINE void LoadSmallMAcc(const float* HWY_RESTRICT acc, bool first, V& low, V& high) {
  const hn::Rebind<float, TileTag> df;
  low = first ? hn::Zero(df) : hn::Load(df, acc);
  high = first ? hn::Zero(df) : hn::Load(df, acc + 16);
}
template <class V>
HWY_INLINE void StoreSmallMAcc(V low, V high, float* HWY_RESTRICT acc) {
  const hn::Rebind<float, TileTag> df;
  hn::Store(low, df, acc);
  hn::Store(high, df, acc + 16);
}

// Those of the first kTokens tokens.
template <int kTokens, class V>
HWY_INLINE void LoadSmallMAccs(const float* HWY_RESTRICT acc, bool first, LUTGEMM_SMALL_M(V& acc)) {
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) LoadSmallMAcc(acc + t * kAccUnit, first, LUTGEMM_SMALL_M_OF(acc, t));
  LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
}
template <int kTokens, class V>
HWY_INLINE void StoreSmallMAccs(LUTGEMM_SMALL_M(V& acc), float* HWY_RESTRICT acc) {
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) StoreSmallMAcc(LUTGEMM_SMALL_M_OF(acc, t), acc + t * kAccUnit);
  LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
}

// Activations, or tables, of tokens `stride` bytes apart: four pointers, so that an addition
// reaches any token.
struct SmallMActs {
  const int8_t *p0, *p3, *p6, *p9;
  size_t stride;

  SmallMActs(const int8_t* first, size_t bytes)
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
  // See ops-inl.h.
  HWY_INLINE void LoadAllAnew() { LoadAnew(p0), LoadAnew(p3), LoadAnew(p6), LoadAnew(p9); }
  HWY_INLINE void Next(size_t n) { p0 += n, p3 += n, p6 += n, p9 += n; }
};

template <class V>
HWY_INLINE void LoadSmallMScales(const BlockFold& fold, LUTGEMM_SMALL_M_SCALES(V&)) {
  const hn::Rebind<float, TileTag> df;
  const WeightArgs& w = fold.args->weight;
  scale_low = WeightScale(TileTag(), fold, 0);
  scale_high = WeightScale(TileTag(), fold, 16);
  zero_low = zero_high = hn::Zero(df);
  if (fold.offsets) {
    zero_low = LoadAsF32(df, w.zeros, w.offset_elem, fold.scale_index);
    zero_high = LoadAsF32(df, w.zeros, w.offset_elem, fold.scale_index + 16);
  } else if (w.zero == ZeroKind::kInteger) {
    zero_low = hn::ConvertTo(df, ZeroFactor(TileTag(), fold, 0));
    zero_high = hn::ConvertTo(df, ZeroFactor(TileTag(), fold, 16));
  }
}

// What the fold of one token's sums takes besides them and the weights' scales.
struct SmallMFold {
  bool offsets;
  float act_scale;
  int32_t int_sum;
};

// FoldedExact of a token's sums, which start from B * S.
template <class VI, class V>
HWY_INLINE void FoldFew(const SmallMFold& fold, LUTGEMM_SMALL_M_SCALES(V&), VI a, VI b, V& low,
                        V& high) {
  const hn::Rebind<float, TileTag> df;
  const auto act = hn::Set(df, fold.act_scale);
  low = Fused(df, hn::ConvertTo(df, a), hn::Mul(act, scale_low), low);
  high = Fused(df, hn::ConvertTo(df, b), hn::Mul(act, scale_high), high);
  if (HWY_UNLIKELY(fold.offsets)) {
    const auto sum = hn::Set(df, static_cast<float>(fold.int_sum));
    low = Fused(df, hn::Mul(act, zero_low), sum, low);
    high = Fused(df, hn::Mul(act, zero_high), sum, high);
  }
}

// Scales and selectors of a later group of a strip, which a block's end, and its first decode,
// would wait for.
HWY_INLINE void FetchGroup(const KernelArgs& args, size_t strip, size_t group) {
  constexpr size_t kAhead = 4;
  const WeightArgs& w = args.weight;
  const size_t scale = strip * w.scale_strip_stride + (group + kAhead) * w.scale_group_stride;
  hwy::Prefetch(w.scales + scale * ElemBytes(w.scale_elem));
  if (w.selectors != nullptr) {
    hwy::Prefetch(w.selectors + strip * w.selector_strip_stride +
                  (group + 2 * kAhead) * w.selector_group_stride);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE

#endif  // LUTGEMM_KERNELS_COMMON_SMALL_M_INL_H_
