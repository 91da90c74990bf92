#include "kernels/portable/portable.h"
#include "kernels/registry.h"

namespace lutgemm::kernels::portable {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/portable.inc"
#undef LUTGEMM_BIND
  kernels.Set(Packing::kLut4Fast, PackLut4Fast);
  kernels.Set(Packing::kLut4Exact, PackLut4Exact);
  kernels.Set(Packing::kTernary5Fast, PackTernary5Fast);
  kernels.Set(Packing::kTernary5Exact, PackTernary5Exact);
  kernels.Set(Packing::kInt8, PackInt8);
  kernels.store = StoreOutputs;
  kernels.block_scores = BlockScores;
  kernels.block_sums = BlockSums;
  kernels.sum_squares = SumSquares;
  kernels.produce = ProduceRow;
  return kernels;
}
constinit const TargetKernels kKernels = Shard();

}  // namespace lutgemm::kernels::portable
