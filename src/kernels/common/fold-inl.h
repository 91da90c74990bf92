// Where integer sums meet scales: one block's raw sums become floats (or stay integers) and are
// added to the strip's accumulators. The one place that knows scales and zeros along K.
//
// Every target rounds alike: where a product is added, the multiplication is fused.
#if defined(LUTGEMM_KERNELS_COMMON_FOLD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_FOLD_INL_H_
#undef LUTGEMM_KERNELS_COMMON_FOLD_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_FOLD_INL_H_
#endif

#include "kernels/common/scales-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// One (strip, token, block): everything a fold needs besides raw sums and weight scales. In a span
// groups are folded to `inner` without the activations' scale, which EndSpan multiplies with.
struct BlockFold {
  const KernelArgs* args;
  size_t scale_index;  // element of output 0 of the strip
  float scale;
  float sum;
  int32_t int_sum;
  bool offsets;  // zeros that are floats are added here
  bool first;    // the token's, or span's, first block overwrites the accumulators
  float* acc;    // output 0 of the strip
};

template <bool kExact>
HWY_INLINE BlockFold MakeBlockFold(const KernelArgs& args, const BlockCursor& at, size_t token,
                                   size_t strip_offset) {
  const WeightArgs& w = args.weight;
  const size_t i = token * args.grid.blocks + at.block;
  BlockFold fold;
  fold.args = &args;
  fold.scale_index =
      (args.strip + strip_offset) * w.scale_strip_stride + at.group * w.scale_group_stride;
  fold.scale = args.act.scale[i];
  fold.sum = kExact ? 0.0f : args.act.sum[i];
  fold.int_sum = kExact ? args.act.int_sum[i] : 0;
  fold.offsets = w.zero == ZeroKind::kFloat;
  fold.first = at.block == 0;
  fold.acc = args.acc + AccIndex(args, token, strip_offset * w.strip);
  if (args.grid.span_groups == 0) return fold;
  fold.scale = 1.0f;
  fold.offsets = fold.offsets && w.offset_factors == nullptr;
  fold.first = at.starts_span();
  fold.acc = args.inner + AccIndex(args, token, strip_offset * w.strip);
  return fold;
}

// What most calls are; kernels of many tokens are compiled for it apart (FoldPlain of
// tile-inl.h).
enum class FoldKind {
  kGeneral,
  kPlain,       // symmetric weights, float outputs, no halving; exact sums contain B * S already
  kCentred,     // and B = 0
  kOffset,      // plain but for zeros that are floats
  kSpan,        // groups of a span; offsets, if any, have factors
  kSpanOffset,  // and zeros that are floats without factors
  kMerged,      // spans whose panels have the scales of groups in their bytes
};
HWY_INLINE FoldKind KindOf(const KernelArgs& args) {
  const FoldSpec& fold = args.weight.fold;
  if (args.grid.span_groups != 0) {
    const bool offsets = args.weight.zero == ZeroKind::kFloat;
    return offsets && args.weight.offset_factors == nullptr ? FoldKind::kSpanOffset
                                                            : FoldKind::kSpan;
  }
  if (args.weight.zero == ZeroKind::kInteger || args.integer_out || fold.half != 0) {
    return FoldKind::kGeneral;
  }
  if (args.weight.zero == ZeroKind::kFloat) return FoldKind::kOffset;
  return fold.b == 0 ? FoldKind::kCentred : FoldKind::kPlain;
}

constexpr bool IsSpan(FoldKind kind) {
  return kind == FoldKind::kSpan || kind == FoldKind::kSpanOffset;
}

// Weight scales of outputs o, o + 1, ... of the strip. The same for every token of a block.
template <class DI32>
HWY_INLINE hn::Vec<hn::Rebind<float, DI32>> WeightScale(DI32, const BlockFold& fold, size_t o) {
  const WeightArgs& w = fold.args->weight;
  return LoadAsF32(hn::Rebind<float, DI32>(), w.scales, w.scale_elem, fold.scale_index + o);
}

// B of FoldSpec where every output has its own zero point.
template <class DI32>
HWY_INLINE hn::Vec<DI32> ZeroFactor(DI32 di32, const BlockFold& fold, size_t o) {
  const WeightArgs& w = fold.args->weight;
  const hn::Rebind<uint8_t, DI32> du8;
  const auto* zeros = reinterpret_cast<const uint8_t*>(w.zeros) + fold.scale_index + o;
  const auto zero = hn::PromoteTo(di32, hn::LoadU(du8, zeros));
  return hn::Sub(hn::Set(di32, w.fold.base), hn::Mul(zero, hn::Set(di32, w.fold.zero_mult)));
}

// I of FoldSpec.
template <class DI32, class VI32>
HWY_INLINE VI32 IntegerProduct(DI32 di32, VI32 raw, const BlockFold& fold, size_t o) {
  const WeightArgs& w = fold.args->weight;
  const auto constant = hn::Set(di32, w.fold.b * fold.int_sum);
  auto product = raw;
  if (w.zero == ZeroKind::kInteger) {
    const auto sum = hn::Set(di32, fold.int_sum);
    product = hn::Add(product, hn::Mul(ZeroFactor(di32, fold, o), sum));
  } else {
    product = hn::Add(product, constant);
  }
  return w.fold.half ? hn::ShiftRight<1>(product) : product;
}

// The accumulators `acc` of outputs o, o + 1, ... after a block whose raw integers are `raw`. Sums
// of int32 outputs are passed as the floats of the same bits.
template <class DI32, class VI32, class VF>
HWY_INLINE VF FoldedExact(DI32 di32, VI32 raw, VF scale, const BlockFold& fold, size_t o, VF acc) {
  const WeightArgs& w = fold.args->weight;
  const hn::Rebind<float, DI32> df;
  const auto product = IntegerProduct(di32, raw, fold, o);
  if (fold.args->integer_out) return hn::BitCast(df, hn::Add(hn::BitCast(di32, acc), product));
  const auto act_scale = hn::Set(df, fold.scale);
  acc = Fused(df, hn::ConvertTo(df, product), hn::Mul(act_scale, scale), acc);
  if (fold.offsets) {
    const auto offset = LoadAsF32(df, w.zeros, w.offset_elem, fold.scale_index + o);
    const auto sum = hn::Set(df, static_cast<float>(fold.int_sum));
    acc = Fused(df, hn::Mul(act_scale, offset), sum, acc);
  }
  return acc;
}

// Fast tables: scale and sum are already halved where the spec says so, so that `half` is plain.
template <class DI32, class VI32, class VF>
HWY_INLINE VF FoldedFast(DI32 di32, VI32 raw, VF scale, const BlockFold& fold, size_t o, VF acc) {
  const WeightArgs& w = fold.args->weight;
  const hn::Rebind<float, DI32> df;
  auto constant = hn::Set(df, static_cast<float>(w.fold.b) * fold.sum);
  if (w.zero == ZeroKind::kInteger) {
    constant = hn::Mul(hn::ConvertTo(df, ZeroFactor(di32, fold, o)), hn::Set(df, fold.sum));
  }
  const auto value = Fused(df, hn::ConvertTo(df, raw), hn::Set(df, fold.scale), constant);
  acc = Fused(df, value, scale, acc);
  if (w.zero == ZeroKind::kFloat) {
    const auto offset = LoadAsF32(df, w.zeros, w.offset_elem, fold.scale_index + o);
    acc = Fused(df, offset, hn::Set(df, fold.sum + fold.sum), acc);
  }
  return acc;
}

template <bool kExact, class DI32, class VI32, class VF>
HWY_INLINE VF Folded(DI32 di32, VI32 raw, VF scale, const BlockFold& fold, size_t o, VF acc) {
  if constexpr (kExact) {
    return FoldedExact(di32, raw, scale, fold, o, acc);
  } else {
    return FoldedFast(di32, raw, scale, fold, o, acc);
  }
}

// Folded, with accumulators in memory.
template <bool kExact, class DI32, class VI32, class VF>
HWY_INLINE void Fold(DI32 di32, VI32 raw, VF scale, const BlockFold& fold, size_t o) {
  const hn::Rebind<float, DI32> df;
  const auto acc = fold.first ? hn::Zero(df) : hn::LoadU(df, fold.acc + o);
  hn::StoreU(Folded<kExact>(di32, raw, scale, fold, o, acc), df, fold.acc + o);
}

// Element of the factors of output o of a strip of the weights, in the super-group of `group`.
HWY_INLINE size_t FactorIndex(const KernelArgs& args, size_t strip, size_t group, size_t o) {
  const WeightArgs& w = args.weight;
  return strip * w.factor_strip_stride + group / args.grid.span_groups * w.strip + o;
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_FOLD_INL_H_
