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

// Calls visit(block) for each block of a token that has outliers, in order.
template <class Visit>
HWY_INLINE void ForEachOutlierBlock(const LookupArgs& args, size_t token, Visit visit) {
  const hn::CappedTag<uint32_t, 16> du32;
  const uint32_t* counts = args.act.outlier_count + token * args.grid.blocks;
  for (size_t b = 0; b < args.grid.blocks; b += hn::Lanes(du32)) {
    const auto some = hn::Ne(hn::LoadN(du32, counts + b, args.grid.blocks - b), hn::Zero(du32));
    if (HWY_LIKELY(hn::AllFalse(du32, some))) continue;
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(du32, some, bytes);
    for (uint32_t bits = bytes[0] + bytes[1] * 256u; bits != 0; bits &= bits - 1) {
      visit(b + hwy::Num0BitsBelowLS1Bit_Nonzero32(bits));
    }
  }
}

HWY_INLINE bool HasOutliers(const LookupArgs& args, size_t token) {
  if (args.act.outliers == nullptr) return false;
  bool any = false;
  ForEachOutlierBlock(args, token, [&](size_t) { any = true; });
  return any;
}

// rest + r * (the value of a code), for outputs whose scales start at element `index`.
template <class DI32, class VI32, class VF>
HWY_INLINE VF AddOutlier(DI32 di32, const LookupArgs& args, VI32 codes, float r, size_t index,
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
  auto weight = hn::Mul(WeightScale(di32, fold, 0), hn::ConvertTo(df, value));
  if (w.zero == ZeroKind::kFloat) {
    weight = hn::Add(weight, LoadAsF32(df, w.zeros, w.scale_elem, index));
  }
  return hn::Add(rest, hn::Mul(hn::Set(df, r), weight));
}

// Adds the outliers of one token that lie in steps [begin, end) to rest[0, outputs). codes(o, k)
// gives the codes of a vector of outputs from o on; index_of(o, group) their scales' first element.
template <class Codes, class IndexOf>
HWY_INLINE void AddOutliers(const LookupArgs& args, size_t begin, size_t end, size_t token,
                            size_t outputs, float* HWY_RESTRICT rest, Codes codes,
                            IndexOf index_of) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Rebind<float, decltype(di32)> df;
  ForEachOutlierBlock(args, token, [&](size_t block) HWY_ATTR {
    const size_t i = token * args.grid.blocks + block;
    const Outlier* outlier = args.act.outliers + i;
    const uint32_t count = args.act.outlier_count[i];
    for (uint32_t rank = 0; rank < count; ++rank, outlier += args.act.outlier_stride) {
      const size_t k = outlier->k, step = k / 16;
      if (step < begin || step >= end) continue;
      const size_t group = step / args.grid.group_steps;
      for (size_t o = 0; o < outputs; o += hn::Lanes(di32)) {
        const auto sum = AddOutlier(di32, args, codes(o, k), outlier->rest, index_of(o, group),
                                    hn::LoadU(df, rest + o));
        hn::StoreU(sum, df, rest + o);
      }
    }
  });
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
