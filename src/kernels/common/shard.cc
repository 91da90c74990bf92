// What kernels of every method share, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/common/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/common/epilogue-inl.h"
#include "kernels/common/pack_act-inl.h"
#include "kernels/target/traits-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
  kernels.traits = {LUTGEMM_TABLE_ENTRIES, LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE,
                    LUTGEMM_BIT_TRANSPOSE != 0, LUTGEMM_VECTOR_BYTES, LUTGEMM_REGISTERS};
  kernels.store = StoreOutputs;
  kernels.sum_squares = SumSquares;
  kernels.produce = ProduceRow;
  return kernels;
}
constinit const TargetKernels kCommon = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
