// Products of outliers (see Outlier in args.h) with the weights of the strips at hand, in floats.
// They are summed apart from the int8 products and added last, so that the order of additions does
// not depend on how K is cut.
#if defined(LUTGEMM_KERNELS_OUTLIERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_OUTLIERS_INL_H_
#undef LUTGEMM_KERNELS_OUTLIERS_INL_H_
#else
#define LUTGEMM_KERNELS_OUTLIERS_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"
#include "kernels/prep.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

HWY_INLINE bool HasOutliers(const LookupArgs& args, size_t token) {
  if (args.act.outliers == nullptr) return false;
  const uint32_t* count = args.act.outlier_count + token * args.grid.blocks;
  uint32_t any = 0;
  for (size_t b = 0; b < args.grid.blocks; ++b) any |= count[b];
  return any != 0;
}

// rest + r * (the value of a code), for outputs whose scales start at element `index`.
template <class DI32, class VI32, class VF>
HWY_INLINE VF AddOutlier(DI32 di32, VI32 codes, float r, const BlockFold& fold, VF rest) {
  const hn::Rebind<float, DI32> df;
  const WeightArgs& w = fold.args->weight;
  auto value = codes;
  if (w.zero == ZeroKind::kInteger) {
    value = hn::Add(value, ZeroFactor(di32, fold, 0));
  } else {
    value = hn::Add(value, hn::Set(di32, w.fold.b));
  }
  auto weight = hn::Mul(WeightScale(di32, fold, 0), hn::ConvertTo(df, value));
  if (w.zero == ZeroKind::kFloat) {
    weight = hn::Add(weight, LoadAsF32(df, w.zeros, w.scale_elem, fold.scale_index));
  }
  return hn::Add(rest, hn::Mul(hn::Set(df, r), weight));
}

// Adds the outliers of one token that lie in steps [begin, end) to rest[0, outputs). codes(o, k)
// gives the codes of a vector of outputs from o on; fold_at(block cursor, o) their scales.
template <class Codes, class FoldAt>
HWY_INLINE void AddOutliers(const LookupArgs& args, size_t begin, size_t end, size_t token,
                            size_t outputs, float* HWY_RESTRICT rest, Codes codes, FoldAt fold_at) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Rebind<float, decltype(di32)> df;
  const uint32_t* counts = args.act.outlier_count + token * args.grid.blocks;
  for (size_t b = 0; b < args.grid.blocks; ++b) {
    const uint32_t count = counts[b];
    if (count == 0) continue;
    const BlockCursor at = CursorAt(args.grid, b);
    const Outlier* list =
        args.act.outliers + (token * args.grid.steps + at.begin) * kOutliersPerStep;
    for (uint32_t i = 0; i < count; ++i) {
      if (list[i].k < begin * 16 || list[i].k >= end * 16) continue;
      for (size_t o = 0; o < outputs; o += hn::Lanes(di32)) {
        const auto before = hn::LoadU(df, rest + o);
        hn::StoreU(AddOutlier(di32, codes(o, list[i].k), list[i].rest, fold_at(at, o), before), df,
                   rest + o);
      }
    }
  }
}

HWY_INLINE void AddRest(const float* HWY_RESTRICT rest, size_t outputs, float* HWY_RESTRICT acc) {
  const hn::CappedTag<float, 16> df;
  for (size_t o = 0; o < outputs; o += hn::Lanes(df)) {
    hn::StoreU(hn::Add(hn::LoadU(df, acc + o), hn::LoadU(df, rest + o)), df, acc + o);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_OUTLIERS_INL_H_
