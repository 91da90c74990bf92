// The rows of families `dot` and `book`, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shard_dot.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels DotRows() {
  TargetKernels kernels;
  const size_t pair = 2;  // strips of 32 that fill a panel
  kernels.Set(RowId::dot_planes_b1, DotPlanes<1>, pair);
  kernels.Set(RowId::dot_planes_b2, DotPlanes<2>, pair);
  kernels.Set(RowId::dot_planes_b3, DotPlanes<3>, pair);
  kernels.Set(RowId::dot_planes_b4, DotPlanes<4>, pair);
  kernels.Set(RowId::dot_planes_b5, DotPlanes<5>, pair);
  kernels.Set(RowId::dot_planes_b6, DotPlanes<6>, pair);
  kernels.Set(RowId::dot_planes_b7, DotPlanes<7>, pair);
  kernels.Set(RowId::dot_planes_b8, DotPlanes<8>, pair);
  kernels.Set(RowId::dot_trits, DotTrits);
  kernels.Set(RowId::dot_codes, DotCodes, pair);
  kernels.Set(RowId::book_codes, BookCodes, pair);
  kernels.Set(RowId::book_planes_b3, BookPlanes3, pair);
  return kernels;
}
constinit const TargetKernels kDotRows = DotRows();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
