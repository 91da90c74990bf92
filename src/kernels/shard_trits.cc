// The rows of families `trits` and `triples`, compiled once per target. No logic.
#include "kernels/registry.h"
#include "kernels/shards.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shard_trits.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/triples-inl.h"
#include "kernels/trits-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

static consteval TargetKernels TritsRows() {
  TargetKernels kernels;
  kernels.Set(RowId::trits_fast, TritsLookup<false>, kTritsStrips);
  kernels.Set(RowId::trits_exact, TritsLookup<true>, kTritsStrips);
  kernels.target_class = LUTGEMM_WIDE_LOOKUP ? TargetClass::kWide : TargetClass::kNarrow;
#if LUTGEMM_WIDE_LOOKUP
  kernels.Set(RowId::triples_fast_trits, TriplesLookup, kTriplesStrips);
#endif
  return kernels;
}
constinit const TargetKernels kTritsRows = TritsRows();

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD
