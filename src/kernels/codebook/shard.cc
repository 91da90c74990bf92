// Method codebook, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/codebook/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/codebook/gemm-inl.h"
#include "kernels/codebook/gemv-inl.h"
#include "kernels/codebook/small_m-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/codebook.inc"
#undef LUTGEMM_BIND
  return kernels;
}
constinit const TargetKernels kCodebook = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
