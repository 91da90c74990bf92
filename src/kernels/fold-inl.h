// Where integer sums meet scales: one block's raw sums become floats (or stay integers) and are
// added to the strip's accumulators. The one place that knows scales and zeros along K.
//
// Multiplications and additions stay separate, never fused, so that every target rounds alike.
#if defined(LUTGEMM_KERNELS_FOLD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_FOLD_INL_H_
#undef LUTGEMM_KERNELS_FOLD_INL_H_
#else
#define LUTGEMM_KERNELS_FOLD_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// One (strip, token, block): everything Fold needs besides the raw sums.
struct BlockFold {
  const LookupArgs* args;
  size_t scale_index;  // element of output 0 of the strip
  float scale;
  float sum;
  int32_t int_sum;
  bool first;  // the token's first block overwrites the accumulators
  float* acc;  // output 0 of the strip
};

template <bool kExact>
HWY_INLINE BlockFold MakeBlockFold(const LookupArgs& args, const BlockCursor& at, size_t token,
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
  fold.first = at.block == 0;
  fold.acc = args.acc + ((token - args.token_begin) * args.strips + strip_offset) * w.strip;
  return fold;
}

// B of FoldSpec for outputs o, o+1, ...
template <class DI32>
HWY_INLINE hn::Vec<DI32> ZeroFactor(DI32 di32, const BlockFold& fold, size_t o) {
  const WeightArgs& w = fold.args->weight;
  if (w.zero != ZeroKind::kInteger) return hn::Set(di32, w.fold.b);
  const hn::Rebind<uint8_t, DI32> du8;
  const auto* zeros = reinterpret_cast<const uint8_t*>(w.zeros) + fold.scale_index + o;
  const auto zero = hn::PromoteTo(di32, hn::LoadU(du8, zeros));
  return hn::Sub(hn::Set(di32, w.fold.base), hn::Mul(zero, hn::Set(di32, w.fold.zero_mult)));
}

template <class DI32, class VI32>
HWY_INLINE void FoldExact(DI32 di32, VI32 raw, const BlockFold& fold, size_t o) {
  const WeightArgs& w = fold.args->weight;
  const hn::Rebind<float, DI32> df;
  auto product = w.fold.left ? hn::Add(raw, raw) : raw;
  if (w.fold.b != 0 || w.zero != ZeroKind::kNone) {
    const auto sum = hn::Set(di32, fold.int_sum);
    product = hn::Add(product, hn::Mul(ZeroFactor(di32, fold, o), sum));
  }
  if (w.fold.half) product = hn::ShiftRight<1>(product);
  float* acc = fold.acc + o;
  if (fold.args->integer_out) {
    auto* out = reinterpret_cast<int32_t*>(acc);
    hn::StoreU(fold.first ? product : hn::Add(hn::LoadU(di32, out), product), di32, out);
    return;
  }
  const auto act_scale = hn::Set(df, fold.scale);
  const auto scale = LoadAsF32(df, w.scales, w.scale_elem, fold.scale_index + o);
  auto value = hn::Mul(hn::ConvertTo(df, product), hn::Mul(act_scale, scale));
  if (!fold.first) value = hn::Add(hn::LoadU(df, acc), value);
  if (w.zero == ZeroKind::kFloat) {
    const auto offset = LoadAsF32(df, w.zeros, w.scale_elem, fold.scale_index + o);
    const auto sum = hn::Set(df, static_cast<float>(fold.int_sum));
    value = hn::Add(value, hn::Mul(hn::Mul(act_scale, offset), sum));
  }
  hn::StoreU(value, df, acc);
}

// Fast tables: scale and sum are already halved where the spec says so.
template <class DI32, class VI32>
HWY_INLINE void FoldFast(DI32 di32, VI32 raw, const BlockFold& fold, size_t o) {
  const WeightArgs& w = fold.args->weight;
  const hn::Rebind<float, DI32> df;
  const auto sum = hn::Set(df, fold.sum);
  auto value = hn::Mul(hn::ConvertTo(df, raw), hn::Set(df, fold.scale));
  if (w.fold.b != 0 || w.zero != ZeroKind::kNone) {
    const auto b = hn::ConvertTo(df, ZeroFactor(di32, fold, o));
    value = hn::Add(value, hn::Mul(b, sum));
  }
  float* acc = fold.acc + o;
  value = hn::Mul(value, LoadAsF32(df, w.scales, w.scale_elem, fold.scale_index + o));
  if (!fold.first) value = hn::Add(hn::LoadU(df, acc), value);
  if (w.zero == ZeroKind::kFloat) {
    const auto offset = LoadAsF32(df, w.zeros, w.scale_elem, fold.scale_index + o);
    value = hn::Add(value, hn::Mul(offset, hn::Add(sum, sum)));
  }
  hn::StoreU(value, df, acc);
}

template <bool kExact, class DI32, class VI32>
HWY_INLINE void Fold(DI32 di32, VI32 raw, const BlockFold& fold, size_t o) {
  if constexpr (kExact) {
    FoldExact(di32, raw, fold, o);
  } else {
    FoldFast(di32, raw, fold, o);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_FOLD_INL_H_
