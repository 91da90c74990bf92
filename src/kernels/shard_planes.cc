// The rows of families `planes` and `fives`, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shard_planes.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/fives-inl.h"
#include "kernels/planes-narrow-inl.h"
#include "kernels/planes-wide-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels PlanesRows() {
  TargetKernels kernels;
#if LUTGEMM_WIDE_LOOKUP
  const size_t strips = kPlanesOutputs / 32;
  kernels.Set(RowId::fives_fast_planes_b2, FivesLookup, kFivesOutputs / 32);
#else
  const size_t strips = NarrowStrips();
#endif
  kernels.Set(RowId::planes_fast_b1, PlanesLookup<1, 1>, strips);
  kernels.Set(RowId::planes_fast_b2, PlanesLookup<2, 1>, strips);
  kernels.Set(RowId::planes_fast_b3, PlanesLookup<3, 1>, strips);
  kernels.Set(RowId::planes_fast_b4, PlanesLookup<4, 1>, strips);
  kernels.Set(RowId::planes_exact_b1, PlanesLookup<1, 2>, strips);
  kernels.Set(RowId::planes_exact_b2, PlanesLookup<2, 2>, strips);
  kernels.Set(RowId::planes_exact_b3, PlanesLookup<3, 2>, strips);
  kernels.Set(RowId::planes_exact_b4, PlanesLookup<4, 2>, strips);
  return kernels;
}
constinit const TargetKernels kPlanesRows = PlanesRows();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
