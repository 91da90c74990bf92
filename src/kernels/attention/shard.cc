// Products with blocks of the key and value cache, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/attention/cache-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
  kernels.block_scores = BlockScores;
  kernels.block_sums = BlockSums;
  return kernels;
}
constinit const TargetKernels kAttention = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
