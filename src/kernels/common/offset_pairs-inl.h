// Offsets of super-groups in a panel. They are bytes, and sums of activations of short groups fit
// 16 bits, so that two groups' products are one instruction in integers, which floats would hold as
// exactly.
#if defined(LUTGEMM_KERNELS_COMMON_OFFSET_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_OFFSET_PAIRS_INL_H_
#undef LUTGEMM_KERNELS_COMMON_OFFSET_PAIRS_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_OFFSET_PAIRS_INL_H_
#endif

#include "kernels/common/scales-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Whether a panel has offsets as pairs: sums of at most 256 activations are words, and what a span
// of at most 512 sums to is below 512 * 128 * 255 < 2^24, which floats hold in whatever order.
HWY_INLINE bool HasOffsetPairs(const KernelArgs& args) {
  return args.weight.offset_factors != nullptr && args.grid.group_steps * 16 <= 256 &&
         args.grid.border_steps() * 16 <= 512;
}

// Where a pair's words start in a panel's zeros: the row of the first of its groups. The other row
// stays unused.
HWY_INLINE size_t PairRow(const KernelArgs& args, size_t group) {
  return (group - group % args.grid.span_groups % 2) * kAccUnit;
}

// Offsets of groups [begin, end), whole spans, as 32 bits for each output and two groups: the first
// one's in the low word.
HWY_INLINE void ExpandOffsetPairs(const KernelArgs& args, size_t begin, size_t end) {
  const TileTag di32;
  const hn::Rebind<float, TileTag> df;
  const WeightArgs& w = args.weight;
  for (size_t output = 0; output < args.strips * w.strip; output += kAccUnit) {
    float* HWY_RESTRICT to = args.panel_zeros + PanelScaleIndex(args, output);
    for (size_t o = 0; o < kAccUnit; o += hn::Lanes(df)) {
      const size_t from = ScaleIndexOf(args, output + o, 0);
      const auto offset = [&](size_t group) HWY_ATTR {
        const size_t index = from + group * w.scale_group_stride;
        return hn::ConvertTo(di32, LoadAsF32(df, w.zeros, w.offset_elem, index));
      };
      for (size_t span = begin, next = begin; span < end; span = next) {
        next = HWY_MIN(span + args.grid.span_groups, end);
        for (size_t group = span; group < next; group += 2) {
          auto pair = offset(group);
          if (group + 1 < next) pair = hn::Or(pair, hn::ShiftLeft<16>(offset(group + 1)));
          hn::Store(hn::BitCast(df, pair), df, to + group * kAccUnit + o);
        }
      }
    }
  }
}

// The weight scales of groups [begin, end), once for all tokens, and zeros that are floats.
HWY_INLINE void ExpandScales(const KernelArgs& args, size_t begin, size_t end) {
  const WeightArgs& w = args.weight;
  ExpandAsFloats(args, w.scales, w.scale_elem, begin, end, args.panel_scales);
  if (w.zero != ZeroKind::kFloat) return;
  if (HasOffsetPairs(args)) return ExpandOffsetPairs(args, begin, end);
  ExpandAsFloats(args, w.zeros, w.offset_elem, begin, end, args.panel_zeros);
}

// The offsets of a group of a vector of outputs, from o on, as floats, whichever way they are kept.
HWY_INLINE hn::Vec<hn::Rebind<float, TileTag>> PanelOffsets(const KernelArgs& args, size_t group,
                                                            size_t o) {
  const TileTag di32;
  const hn::Rebind<float, TileTag> df;
  const float* zeros = args.panel_zeros + o;
  if (!HasOffsetPairs(args)) return hn::Load(df, zeros + group * kAccUnit);
  const auto pair = hn::BitCast(di32, hn::Load(df, zeros + PairRow(args, group)));
  const bool second = group % args.grid.span_groups % 2 != 0;
  return hn::ConvertTo(df,
                       second ? hn::ShiftRight<16>(pair) : hn::And(pair, hn::Set(di32, 0xffff)));
}

// Sums of activations of a span's groups, two in each 32 bits, for each token of a tile. A pair
// without a second group has zero there.
struct SumPairs {
  static constexpr size_t kMost = 512 / 16 / 2;
  alignas(64) int32_t of[LUTGEMM_TILE_TOKENS][kMost];

  // `sums` are of the span's first group, the next token's `stride` further.
  HWY_INLINE void Fill(const int32_t* sums, size_t stride, size_t tokens, size_t groups) {
    const TileTag di32;
    const hn::Rebind<int16_t, TileTag> di16;
    for (size_t t = 0; t < tokens; ++t) {
      auto* to = reinterpret_cast<int16_t*>(of[t]);
      for (size_t g = 0; g < groups; g += hn::Lanes(di32)) {
        const auto mask = hn::FirstN(di32, groups - g);
        const auto some = hn::MaskedLoad(mask, di32, sums + t * stride + g);
        hn::Store(hn::DemoteTo(di16, some), di16, to + g);
      }
    }
  }
};

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_OFFSET_PAIRS_INL_H_
