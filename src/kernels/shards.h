// What each shard says of each compiled target, as constant data: reading it runs no code of the
// target, which this CPU may be unable to run.
#ifndef LUTGEMM_KERNELS_SHARDS_H_
#define LUTGEMM_KERNELS_SHARDS_H_

#include "kernels/registry.h"
#include "kernels/target/visit_targets.h"

// A shard for each method, and one for what all of them share. Calls V(space, name of its data).
#define LUTGEMM_VISIT_SHARDS(V, space) \
  V(space, kLut4)                      \
  V(space, kLut5)                      \
  V(space, kTernary5)                  \
  V(space, kTernary3)                  \
  V(space, kDot)                       \
  V(space, kCodebook)                  \
  V(space, kCommon)                    \
  V(space, kAttention)

namespace lutgemm::kernels {
inline constexpr size_t kShardCount = 8;
}  // namespace lutgemm::kernels

#define LUTGEMM_DECLARE_SHARD(space, name) extern const TargetKernels name;
#define LUTGEMM_DECLARE(target, space)               \
  namespace lutgemm::kernels::space {                \
  LUTGEMM_VISIT_SHARDS(LUTGEMM_DECLARE_SHARD, space) \
  }
LUTGEMM_VISIT_TARGETS(LUTGEMM_DECLARE)
#undef LUTGEMM_DECLARE
#undef LUTGEMM_DECLARE_SHARD

#endif  // LUTGEMM_KERNELS_SHARDS_H_
