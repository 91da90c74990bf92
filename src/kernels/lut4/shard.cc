// Method lut4, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/target/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lut4/shard.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/lut4/gemm-inl.h"
#include "kernels/lut4/gemv_16-inl.h"
#include "kernels/lut4/gemv_64-inl.h"
#include "kernels/lut4/pack_act-inl.h"
#include "kernels/lut4/small_m-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels Shard() {
  TargetKernels kernels;
#define LUTGEMM_BIND(kernel, strips, ...) kernels.Set(KernelId::kernel, strips, __VA_ARGS__);
#include "kernels/gen/lut4.inc"
#undef LUTGEMM_BIND
  kernels.Set(Packing::kLut4Fast, PackLut4Fast);
  kernels.Set(Packing::kLut4Exact, PackLut4Exact);
  return kernels;
}
constinit const TargetKernels kLut4 = Shard();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
