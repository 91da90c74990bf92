// Activation preparation, output stores and caches of keys and values, compiled once per target. No
// logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shard_prep.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/cache-inl.h"
#include "kernels/prep-fives-inl.h"
#include "kernels/prep-int8-inl.h"
#include "kernels/prep-planes-inl.h"
#include "kernels/prep-triples-inl.h"
#include "kernels/prep-trits-inl.h"
#include "kernels/store-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Preparation() {
  TargetKernels kernels;
  kernels.Set(Prep::kPlanesFast, PrepPlanesFast);
  kernels.Set(Prep::kPlanesExact, PrepPlanesExact);
  kernels.Set(Prep::kInt8, PrepInt8);
  kernels.Set(Prep::kTritsFast, PrepTritsFast);
  kernels.Set(Prep::kTritsExact, PrepTritsExact);
#if LUTGEMM_WIDE_LOOKUP
  kernels.Set(Prep::kTriplesFast, PrepTriplesFast);
  kernels.Set(Prep::kFivesFast, PrepFivesFast);
#endif
  kernels.store = StoreOutputs;
  kernels.block_scores = BlockScores;
  kernels.block_sums = BlockSums;
  kernels.sum_squares = SumSquares;
  kernels.produce = ProduceRow;
  return kernels;
}
constinit const TargetKernels kPreparation = Preparation();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
