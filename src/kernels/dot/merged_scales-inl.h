// Super-groups whose panels take in the scales of groups: where every product of a code and a scale
// is a byte, a span is one run of byte products, which has no ends of groups. The scales of Q2_K
// and Q3_K are such; sums are the same integers.
#if defined(LUTGEMM_KERNELS_DOT_MERGED_SCALES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_MERGED_SCALES_INL_H_
#undef LUTGEMM_KERNELS_DOT_MERGED_SCALES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_MERGED_SCALES_INL_H_
#endif

#include "kernels/codebook/decode-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/products-inl.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// The integer scales of some groups.
struct ScaleRange {
  int least, most;
};

// Smallest and largest scale of the call's strips in groups [begin, end).
HWY_INLINE ScaleRange RangeOfScales(const KernelArgs& args, size_t begin, size_t end) {
  const hn::CappedTag<uint8_t, 16> du8;
  const WeightArgs& w = args.weight;
  // Signed bytes compare as unsigned ones with their sign bit turned.
  const int turn = w.scale_elem == Elem::kI8 ? 128 : 0;
  const auto sign = hn::Set(du8, static_cast<uint8_t>(turn));
  auto least = hn::Set(du8, uint8_t{255}), most = hn::Zero(du8);
  const auto* scales = reinterpret_cast<const uint8_t*>(w.scales);
  for (size_t strip = args.strip; strip < args.strip + args.strips; ++strip) {
    for (size_t group = begin; group < end; ++group) {
      const uint8_t* at = scales + strip * w.scale_strip_stride + group * w.scale_group_stride;
      for (size_t o = 0; o < w.strip; o += hn::Lanes(du8)) {
        const auto some = hn::Xor(hn::LoadU(du8, at + o), sign);
        least = hn::Min(least, some), most = hn::Max(most, some);
      }
    }
  }
  uint8_t low[16], high[16];
  hn::StoreU(least, du8, low);
  hn::StoreU(most, du8, high);
  ScaleRange range = {low[0] - turn, high[0] - turn};
  for (size_t i = 1; i < hn::Lanes(du8); ++i) {
    range.least = HWY_MIN(range.least, low[i] - turn);
    range.most = HWY_MAX(range.most, high[i] - turn);
  }
  return range;
}

// Whether steps [begin, end), whole spans of bytes of at most `most_code`, can have their scales
// merged. Spans of up to 512 stay below 2^24 (512 * 128 * 255), which floats hold; and products of
// outliers are rounded alike in either order where a scale times a factor is neither rounded nor
// out of range.
HWY_INLINE MergedScales MergeOf(const KernelArgs& args, KRange steps, int most_code) {
  constexpr int kMostByte = LUTGEMM_BYTE_PRODUCT == LUTGEMM_PRODUCT_NONE ? 128 : 255;
  const WeightArgs& w = args.weight;
  const bool exact = w.factors != nullptr && w.factor_elem == Elem::kF16;
  if (!exact || most_code == 0 || args.grid.border_steps() * 16 > 512) return {};
  const size_t group = args.grid.group_steps;
  const ScaleRange scales =
      RangeOfScales(args, steps.begin / group, base::CeilDiv(steps.end, group));
  int least = 0, most = 0;
  for (int scale : {scales.least, scales.most}) {
    for (int value : {w.fold.b, most_code + w.fold.b}) {
      least = HWY_MIN(least, scale * value);
      most = HWY_MAX(most, scale * value);
    }
  }
  if (most - least > kMostByte) return {};
  return {true, -least};
}

// What a group's codes of outputs o, o + 1, ... are multiplied by, and what is added, as words for
// two codes each: (code + B) * scale + bias = code * scale + (B * scale + bias), where words wrap
// but the bytes of their sums do not.
struct MergeWords {
  using Tag = hn::Repartition<uint16_t, CodebookTag>;
  HWY_INLINE static void Of(const KernelArgs& args, const MergedScales& merged, size_t index,
                            hn::Vec<Tag>& scales, hn::Vec<Tag>& sums) {
    const hn::Repartition<int32_t, CodebookTag> di32;
    const hn::Repartition<float, CodebookTag> df;
    const WeightArgs& w = args.weight;
    const auto scale = hn::ConvertTo(di32, LoadAsF32(df, w.scales, w.scale_elem, index));
    const auto both = [&](auto word) HWY_ATTR {
      return hn::Mul(hn::And(word, hn::Set(di32, 0xffff)), hn::Set(di32, 0x10001));
    };
    const auto sum = hn::Add(hn::Mul(scale, hn::Set(di32, w.fold.b)), hn::Set(di32, merged.bias));
    scales = hn::BitCast(Tag(), both(scale));
    sums = hn::BitCast(Tag(), both(hn::Mul(sum, hn::Set(di32, 0x101))));
  }
};

// Merges the scales of slices [begin, end) into a strip's half of a panel.
HWY_INLINE void MergeScales(const KernelArgs& args, const MergedScales& merged, size_t strip,
                            KRange slices, uint8_t* HWY_RESTRICT panel) {
  const CodebookTag du8;
  const MergeWords::Tag du16;
  const WeightArgs& w = args.weight;
  const size_t group_steps = args.grid.group_steps;
  for (size_t part = 0; part < 128; part += hn::Lanes(du8)) {
    uint8_t* at = panel + part;
    const size_t index = strip * w.scale_strip_stride + part / 4;
    for (size_t s = slices.begin; s < slices.end;) {
      const size_t group = s / group_steps, stop = HWY_MIN((group + 1) * group_steps, slices.end);
      auto scales = hn::Zero(du16), sums = scales;
      MergeWords::Of(args, merged, index + group * w.scale_group_stride, scales, sums);
      for (; s < stop; ++s) {
        for (size_t j = 0; j < 4; ++j, at += kPanelRow) {
          const auto codes = hn::BitCast(du16, hn::Load(du8, at));
          const auto bytes = hn::Add(hn::Mul(codes, scales), sums);
          hn::Store(hn::BitCast(du8, bytes), du8, at);
        }
      }
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_MERGED_SCALES_INL_H_
