#include "kernels/portable/portable.h"
#include "kernels/registry.h"

namespace lutgemm::kernels::portable {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/portable.inc"
#undef LUTGEMM_BIND
  kernels.Set(Packing::kLut4Fast, PrepPlanesFast);
  kernels.Set(Packing::kLut4Exact, PrepPlanesExact);
  kernels.Set(Packing::kTernary5Fast, PrepTritsFast);
  kernels.Set(Packing::kTernary5Exact, PrepTritsExact);
  kernels.Set(Packing::kInt8, PrepInt8);
  kernels.store = StoreOutputs;
  kernels.block_scores = BlockScores;
  kernels.block_sums = BlockSums;
  kernels.sum_squares = SumSquares;
  kernels.produce = ProduceRow;
  return kernels;
}
constinit const TargetKernels kKernels = Shard();

}  // namespace lutgemm::kernels::portable
