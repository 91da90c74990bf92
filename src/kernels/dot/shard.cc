// Method dot, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dot/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/dot/gemm-inl.h"
#include "kernels/dot/gemv_codes-inl.h"
#include "kernels/dot/gemv_planes-inl.h"
#include "kernels/dot/pack_act-inl.h"
#include "kernels/dot/small_m_codes-inl.h"
#include "kernels/dot/small_m_planes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/dot.inc"
#undef LUTGEMM_BIND
  kernels.Set(Packing::kInt8, PackInt8);
  return kernels;
}
constinit const TargetKernels kDot = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
