// Method ternary5, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ternary5/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/ternary5/gemv-inl.h"
#include "kernels/ternary5/pack_act-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/ternary5.inc"
#undef LUTGEMM_BIND
  kernels.Set(Packing::kTernary5Fast, PackTernary5Fast);
  kernels.Set(Packing::kTernary5Exact, PackTernary5Exact);
  return kernels;
}
constinit const TargetKernels kTernary5 = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
