// Where spans end: sums of their groups meet the scale of their activations, and the factors of
// their super-groups.
#if defined(LUTGEMM_KERNELS_COMMON_SPAN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_SPAN_INL_H_
#undef LUTGEMM_KERNELS_COMMON_SPAN_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_SPAN_INL_H_
#endif

#include "kernels/common/fold-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using SpanTag = hn::CappedTag<float, 16>;

// The groups of a span, whose last block is `at`, as blocks of a grid in which they are the same.
struct SpanGroups {
  size_t begin, end;
  bool first;  // of the token

  explicit SpanGroups(const BlockCursor& at)
      : begin(at.group - at.in_span), end(at.group + 1), first(begin == 0) {}
};

// The factors of outputs o, o + 1, ... of a strip of the weights; 1 without super-groups.
HWY_INLINE hn::Vec<SpanTag> SpanFactors(const KernelArgs& args, const std::byte* factors,
                                        size_t index) {
  const SpanTag df;
  return factors == nullptr ? hn::Set(df, 1.0f)
                            : LoadAsF32(df, factors, args.weight.factor_elem, index);
}

// Sum over the span's groups of a token's sums of activations times offsets, of outputs whose
// offsets start at element `index` in group 0.
HWY_INLINE hn::Vec<SpanTag> SpanOffsets(const KernelArgs& args, const SpanGroups& groups,
                                        size_t token, size_t index) {
  const SpanTag df;
  const WeightArgs& w = args.weight;
  const int32_t* sums = args.act.int_sum + token * args.grid.blocks;
  auto all = hn::Zero(df);
  for (size_t g = groups.begin; g < groups.end; ++g) {
    const auto offset = LoadAsF32(df, w.zeros, w.offset_elem, index + g * w.scale_group_stride);
    all = Fused(df, offset, hn::Set(df, static_cast<float>(sums[g])), all);
  }
  return all;
}

// Adds the span that ends with `at` to acc: `tokens` from `token` on, of the outputs that `strip`
// of the call has from `output` on.
struct SpanPlace {
  size_t token, tokens;
  size_t strip;  // of the call
  size_t output, outputs;
};
inline HWY_NOINLINE void EndSpan(const KernelArgs& args, const BlockCursor& at,
                                 const SpanPlace& place) {
  const SpanTag df;
  const WeightArgs& w = args.weight;
  const SpanGroups groups(at);
  const size_t strip = args.strip + place.strip;
  for (size_t o = place.output; o < place.output + place.outputs; o += hn::Lanes(df)) {
    const size_t factor = w.factors == nullptr ? 0 : FactorIndex(args, strip, at.group, o);
    const auto factors = SpanFactors(args, w.factors, factor);
    const size_t scale = strip * w.scale_strip_stride + o;
    for (size_t t = place.token; t < place.token + place.tokens; ++t) {
      const auto act = hn::Set(df, args.act.scale[t * args.grid.blocks + at.block]);
      const size_t i = AccIndex(args, t, place.strip * w.strip + o);
      auto acc = groups.first ? hn::Zero(df) : hn::LoadU(df, args.acc + i);
      acc = Fused(df, hn::LoadU(df, args.inner + i), hn::Mul(act, factors), acc);
      if (w.offset_factors != nullptr) {
        const auto offsets = SpanOffsets(args, groups, t, scale);
        acc = Fused(df, offsets, hn::Mul(act, SpanFactors(args, w.offset_factors, factor)), acc);
      }
      hn::StoreU(acc, df, args.acc + i);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_SPAN_INL_H_
