#include "kernels/portable/portable.h"
#include "kernels/registry.h"

namespace lutgemm::kernels::portable {

static consteval TargetKernels Kernels() {
  TargetKernels kernels;
  kernels.Set(RowId::planes_fast_b1, PlanesLookup<1, false>);
  kernels.Set(RowId::planes_fast_b2, PlanesLookup<2, false>);
  kernels.Set(RowId::planes_fast_b3, PlanesLookup<3, false>);
  kernels.Set(RowId::planes_fast_b4, PlanesLookup<4, false>);
  kernels.Set(RowId::planes_exact_b1, PlanesLookup<1, true>);
  kernels.Set(RowId::planes_exact_b2, PlanesLookup<2, true>);
  kernels.Set(RowId::planes_exact_b3, PlanesLookup<3, true>);
  kernels.Set(RowId::planes_exact_b4, PlanesLookup<4, true>);
  kernels.Set(RowId::trits_fast, TritsLookup<false>);
  kernels.Set(RowId::trits_exact, TritsLookup<true>);
  kernels.Set(RowId::dot_planes_b1, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b2, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b3, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b4, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b5, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b6, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b7, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_planes_b8, DotLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::book_codes, BookLookup<LayoutId::kCodes>);
  kernels.Set(RowId::book_planes_b3, BookLookup<LayoutId::kPlanes>);
  kernels.Set(RowId::dot_trits, DotLookup<LayoutId::kTrits>);
  kernels.Set(RowId::dot_codes, DotLookup<LayoutId::kCodes>);
  kernels.Set(Prep::kPlanesFast, PrepPlanesFast);
  kernels.Set(Prep::kPlanesExact, PrepPlanesExact);
  kernels.Set(Prep::kTritsFast, PrepTritsFast);
  kernels.Set(Prep::kTritsExact, PrepTritsExact);
  kernels.Set(Prep::kInt8, PrepInt8);
  kernels.store = StoreOutputs;
  kernels.block_scores = BlockScores;
  kernels.block_sums = BlockSums;
  kernels.sum_squares = SumSquares;
  kernels.produce = ProduceRow;
  return kernels;
}
constinit const TargetKernels kKernels = Kernels();

}  // namespace lutgemm::kernels::portable
