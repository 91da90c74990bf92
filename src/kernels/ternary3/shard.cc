// Method ternary3, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ternary3/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/ternary3/gemm-inl.h"
#include "kernels/ternary3/pack_act-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/ternary3.inc"
#undef LUTGEMM_BIND
#if LUTGEMM_TABLE_ENTRIES >= 64
  kernels.Set(Packing::kTernary3Fast, PackTernary3Fast);
#endif
  return kernels;
}
constinit const TargetKernels kTernary3 = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
