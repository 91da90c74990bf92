// Where the blocks of one token end: the accumulators of a strip's 32 outputs. They are variables
// of the kernels, `acc_low` of outputs 0 to 15 and `acc_high` of outputs 16 to 31, and stay in
// registers, because a sum that goes through memory for every block waits for the one before it;
// and folds of plain problems have neither branches nor address arithmetic, which took as long as
// the lookups of a block of 128 (int1, AMD Zen 5: 415 to 520 and to 590 GMAC/s from L2).
#if defined(LUTGEMM_KERNELS_COMMON_GEMV_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_GEMV_INL_H_
#undef LUTGEMM_KERNELS_COMMON_GEMV_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_GEMV_INL_H_
#endif

#include "base/check.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/span-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_VECTOR_BYTES == 64
template <class V>
HWY_INLINE void StoreStrip(const KernelArgs& args, size_t strip, V acc_low, V acc_high) {
  const hn::ScalableTag<float> df;
  float* acc = args.acc + AccIndex(args, args.token_begin, strip * args.weight.strip);
  hn::Store(acc_low, df, acc);
  hn::Store(acc_high, df, acc + 16);
}

// Any problem but spans.
template <bool kExact>
struct GeneralStrip {
  const KernelArgs& args;
  const size_t strip;

  HWY_INLINE GeneralStrip(const KernelArgs& given, size_t which) : args(given), strip(which) {}

  HWY_INLINE void FetchScales(const BlockCursor&) const {}

  // Adds block `at` of outputs 0 to 15 and 16 to 31.
  template <class VI32, class VF>
  HWY_INLINE void Fold(const BlockCursor& at, size_t, VI32 raw_low, VI32 raw_high, VF& acc_low,
                       VF& acc_high) const {
    const hn::ScalableTag<int32_t> di32;
    const BlockFold fold = MakeBlockFold<kExact>(args, at, args.token_begin, strip);
    acc_low = Folded<kExact>(di32, raw_low, WeightScale(di32, fold, 0), fold, 0, acc_low);
    acc_high = Folded<kExact>(di32, raw_high, WeightScale(di32, fold, 16), fold, 16, acc_high);
  }
  template <class V>
  HWY_INLINE void Store(V acc_low, V acc_high) const {
    StoreStrip(args, strip, acc_low, acc_high);
  }
};

// Groups of spans: their sums are the kernel's accumulators, which are folded to those in memory
// where the span ends.
struct SpanStrip {
  const KernelArgs& args;
  const size_t strip;
  // False for a strip that another one folds already, in a kernel of two strips that has one.
  const bool adds;

  HWY_INLINE SpanStrip(const KernelArgs& given, size_t which, bool alone = true)
      : args(given), strip(which), adds(alone) {}

  HWY_INLINE void FetchScales(const BlockCursor&) const {}

  template <class VI32, class VF>
  HWY_INLINE void Fold(const BlockCursor& at, size_t, VI32 raw_low, VI32 raw_high, VF& acc_low,
                       VF& acc_high) const {
    const hn::ScalableTag<int32_t> di32;
    const hn::ScalableTag<float> df;
    const BlockFold fold = MakeBlockFold<true>(args, at, args.token_begin, strip);
    const WeightArgs& w = args.weight;
    VF scale_low, scale_high;
    LoadTwoAsF32(df, w.scales, w.scale_elem, fold.scale_index, scale_low, scale_high);
    const auto low = hn::ConvertTo(df, IntegerProduct(di32, raw_low, fold, 0));
    const auto high = hn::ConvertTo(df, IntegerProduct(di32, raw_high, fold, 16));
    acc_low = Fused(df, low, scale_low, acc_low);
    acc_high = Fused(df, high, scale_high, acc_high);
    if (fold.offsets) {
      const auto sum = hn::Set(df, static_cast<float>(fold.int_sum));
      LoadTwoAsF32(df, w.zeros, w.offset_elem, fold.scale_index, scale_low, scale_high);
      acc_low = Fused(df, scale_low, sum, acc_low);
      acc_high = Fused(df, scale_high, sum, acc_high);
    }
    if (!at.ends_span() || !adds) return;
    hn::Store(acc_low, df, fold.acc);
    hn::Store(acc_high, df, fold.acc + 16);
    EndSpan(args, at, {args.token_begin, 1, strip, 0, 32});
    acc_low = acc_high = hn::Zero(df);
  }
  template <class V>
  HWY_INLINE void Store(V, V) const {}
};

// FoldKind kPlain and kCentred, with weight scales of one type.
template <bool kExact, Elem kScale>
struct PlainStrip {
  // Of a strip: scales of a group and of the next are so far apart. With one scale for the tensor
  // there is one group.
  static constexpr size_t kOutputs = 32;
  const KernelArgs& args;
  const size_t strip;
  const std::byte* scales;
  const float* act_scale;
  const float* act_sum;
  const int32_t* int_sum;
  const int32_t b;

  HWY_INLINE PlainStrip(const KernelArgs& given, size_t which)
      : args(given),
        strip(which),
        scales(args.weight.scales +
               (args.strip + strip) * args.weight.scale_strip_stride * ElemBytes(kScale)),
        act_scale(args.act.scale + args.token_begin * args.grid.blocks),
        act_sum(args.act.sum + args.token_begin * args.grid.blocks),
        int_sum(args.act.int_sum + args.token_begin * args.grid.blocks),
        b(args.weight.fold.b) {}

  // Scales of a later group, for kernels that would wait for them: with int1 from L3 it is 9 %.
  HWY_INLINE void FetchScales(const BlockCursor& at) const {
    hwy::Prefetch(scales + (at.group + 8) * kOutputs * ElemBytes(kScale));
  }

  template <class VI32, class VF>
  HWY_INLINE void Fold(const BlockCursor& at, size_t, VI32 raw_low, VI32 raw_high, VF& acc_low,
                       VF& acc_high) const {
    const hn::ScalableTag<int32_t> di32;
    const hn::ScalableTag<float> df;
    VF scale_low, scale_high;
    LoadTwoAsF32(df, scales, kScale, at.group * kOutputs, scale_low, scale_high);
    const auto act = hn::Set(df, act_scale[at.block]);
    if constexpr (kExact) {
      const auto constant = hn::Set(di32, b * int_sum[at.block]);
      const auto product_low = hn::ConvertTo(df, hn::Add(raw_low, constant));
      const auto product_high = hn::ConvertTo(df, hn::Add(raw_high, constant));
      acc_low = Fused(df, product_low, hn::Mul(act, scale_low), acc_low);
      acc_high = Fused(df, product_high, hn::Mul(act, scale_high), acc_high);
    } else {
      const auto constant = hn::Set(df, static_cast<float>(b) * act_sum[at.block]);
      const auto low = Fused(df, hn::ConvertTo(df, raw_low), act, constant);
      acc_low = Fused(df, low, scale_low, acc_low);
      const auto high = Fused(df, hn::ConvertTo(df, raw_high), act, constant);
      acc_high = Fused(df, high, scale_high, acc_high);
    }
  }
  template <class V>
  HWY_INLINE void Store(V acc_low, V acc_high) const {
    StoreStrip(args, strip, acc_low, acc_high);
  }
};

// Calls run with a type_identity of the strip that folds the call's blocks.
template <bool kExact, class Run>
HWY_INLINE void ChooseStrip(const KernelArgs& args, Run run) {
  const FoldKind kind = KindOf(args);
  if (IsSpan(kind)) return run(std::type_identity<SpanStrip>());
  if (kind != FoldKind::kPlain && kind != FoldKind::kCentred) {
    return run(std::type_identity<GeneralStrip<kExact>>());
  }
  switch (args.weight.scale_elem) {
    case Elem::kF16:
      return run(std::type_identity<PlainStrip<kExact, Elem::kF16>>());
    case Elem::kBF16:
      return run(std::type_identity<PlainStrip<kExact, Elem::kBF16>>());
    case Elem::kF32:
      return run(std::type_identity<PlainStrip<kExact, Elem::kF32>>());
    case Elem::kU8:
      return run(std::type_identity<PlainStrip<kExact, Elem::kU8>>());
    case Elem::kE8m0:
      return run(std::type_identity<PlainStrip<kExact, Elem::kE8m0>>());
    case Elem::kE4m3:
      return run(std::type_identity<PlainStrip<kExact, Elem::kE4m3>>());
    default:
      return run(std::type_identity<GeneralStrip<kExact>>());
  }
}

template <class V>
HWY_INLINE void LoadStrip(const KernelArgs& args, size_t strip, V& acc_low, V& acc_high) {
  const hn::ScalableTag<float> df;
  const float* acc = args.acc + AccIndex(args, args.token_begin, strip * args.weight.strip);
  acc_low = hn::Load(df, acc);
  acc_high = hn::Load(df, acc + 16);
}

// Calls run(fold) for a strip of a call of one token, with what folds its blocks.
template <bool kExact, class Run>
HWY_INLINE void WithStrip(const KernelArgs& args, size_t strip, Run run) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  ChooseStrip<kExact>(
      args, [&](auto type) LUTGEMM_LOOP_ATTR { run(typename decltype(type)::type(args, strip)); });
}

// The same for two strips, or one in both places.
template <bool kExact, class Run>
HWY_INLINE void WithTwoStrips(const KernelArgs& args, size_t strip, size_t other, Run run) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  ChooseStrip<kExact>(args, [&](auto type) LUTGEMM_LOOP_ATTR {
    using Strip = typename decltype(type)::type;
    if constexpr (std::is_same_v<Strip, SpanStrip>) {
      run(Strip(args, strip), Strip(args, other, other != strip));
    } else {
      run(Strip(args, strip), Strip(args, other));
    }
  });
}
#else
// With vectors of less than 16 outputs: too many accumulators for registers.
template <bool kExact>
struct StripInMemory {
  const KernelArgs& args;
  const size_t strip;

  // Block `at` of outputs o, o + 1, ... and o + 16, o + 17, ...
  template <class VI32, class VF>
  HWY_INLINE void Fold(const BlockCursor& at, size_t o, VI32 low, VI32 high, VF&, VF&) const {
    const hn::DFromV<VI32> di32;
    const BlockFold fold = MakeBlockFold<kExact>(args, at, args.token_begin, strip);
    kernels::HWY_NAMESPACE::Fold<kExact>(di32, low, WeightScale(di32, fold, o), fold, o);
    kernels::HWY_NAMESPACE::Fold<kExact>(di32, high, WeightScale(di32, fold, o + 16), fold, o + 16);
    if (args.grid.span_groups == 0 || !at.ends_span()) return;
    EndSpan(args, at, {args.token_begin, 1, strip, o, hn::Lanes(di32)});
    EndSpan(args, at, {args.token_begin, 1, strip, o + 16, hn::Lanes(di32)});
  }
  // Every block is in memory already.
  template <class V>
  HWY_INLINE void Store(V, V) const {}
};

template <bool kExact, class Run>
HWY_INLINE void WithStrip(const KernelArgs& args, size_t strip, Run run) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  run(StripInMemory<kExact>{args, strip});
}
#endif

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_GEMV_INL_H_
