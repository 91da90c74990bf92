// Products of outliers (see outliers.h) with the weights of the strips at hand, in floats.
// They are summed apart from the int8 products and added last, so that the order of additions does
// not depend on how K is cut.
#if defined(LUTGEMM_KERNELS_COMMON_OUTLIERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_OUTLIERS_INL_H_
#undef LUTGEMM_KERNELS_COMMON_OUTLIERS_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_OUTLIERS_INL_H_
#endif

#include "kernels/common/fold-inl.h"
#include "kernels/common/pack_act.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Element of the factor that belongs to a scale, of weights with super-groups.
HWY_INLINE size_t FactorOfScale(const KernelArgs& args, size_t index) {
  const WeightArgs& w = args.weight;
  const size_t in_strip = index % w.scale_strip_stride;
  return FactorIndex(args, index / w.scale_strip_stride, in_strip / w.scale_group_stride,
                     in_strip % w.scale_group_stride);
}

// rest + r * (the value of a code), for outputs whose scales start at element `index`.
template <class DI32, class VI32, class VF>
HWY_INLINE VF AddOutlier(DI32 di32, const KernelArgs& args, VI32 codes, float r, size_t index,
                         VF rest) {
  const hn::Rebind<float, DI32> df;
  const WeightArgs& w = args.weight;
  BlockFold fold{};
  fold.args = &args, fold.scale_index = index;
  auto value = codes;
  if (w.zero == ZeroKind::kInteger) {
    value = hn::Add(value, ZeroFactor(di32, fold, 0));
  } else {
    value = hn::Add(value, hn::Set(di32, w.fold.b));
  }
  const size_t factor = w.factors == nullptr ? 0 : FactorOfScale(args, index);
  const auto with = [&](auto number, const std::byte* factors) HWY_ATTR {
    if (factors == nullptr) return number;
    return hn::Mul(number, LoadAsF32(df, factors, w.factor_elem, factor));
  };
  const auto scale = with(WeightScale(di32, fold, 0), w.factors);
  auto weight = hn::Mul(scale, hn::ConvertTo(df, value));
  if (w.zero == ZeroKind::kFloat) {
    const auto offset = LoadAsF32(df, w.zeros, w.offset_elem, index);
    weight = hn::Add(weight, with(offset, w.offset_factors));
  }
  return hn::Add(rest, hn::Mul(hn::Set(df, r), weight));
}

// A token's outliers from a segment on, one after the other. Not a loop that calls a lambda, which
// could not add to a vector of sums.
struct OutlierCursor {
  const OutlierLists& lists;
  size_t token, segment;
  size_t index = 0;  // in the segment

  // The next one, or null after the last.
  const Outlier* Next() {
    for (; segment < lists.segments; ++segment, index = 0) {
      if (index == lists.counts[token * lists.segments + segment]) continue;
      const Outlier* run = lists.Run(token, segment, index / kOutlierRun);
      return run + index++ % kOutlierRun;
    }
    return nullptr;
  }
};

// Adds the outliers of one token to acc[0, outputs), if it has any. codes(o, k) gives the codes of
// a vector of outputs from o on; index_of(o, group) their scales' first element.
template <class Codes, class IndexOf>
HWY_INLINE void AddOutliers(const KernelArgs& args, size_t token, size_t outputs,
                            float* HWY_RESTRICT acc, Codes codes, IndexOf index_of) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Rebind<float, decltype(di32)> df;
  for (size_t o = 0; o < outputs; o += hn::Lanes(di32)) {
    auto rest = hn::Zero(df);
    OutlierCursor outliers{args.act.outliers, token, 0};
    while (const Outlier* outlier = outliers.Next()) {
      const size_t group = outlier->k / 16 / args.grid.group_steps;
      rest = AddOutlier(di32, args, codes(o, outlier->k), outlier->rest, index_of(o, group), rest);
    }
    hn::StoreU(hn::Add(hn::LoadU(df, acc + o), rest), df, acc + o);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_OUTLIERS_INL_H_
