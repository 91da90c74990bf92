// What each shard says of each compiled target, as constant data: reading it runs no code of the
// target, which this CPU may be unable to run.
#ifndef LUTGEMM_KERNELS_SHARDS_H_
#define LUTGEMM_KERNELS_SHARDS_H_

#include "kernels/registry.h"
#include "kernels/visit_targets.h"

#define LUTGEMM_DECLARE(target, space)     \
  namespace lutgemm::kernels::space {      \
  extern const TargetKernels kPlanesRows;  \
  extern const TargetKernels kTritsRows;   \
  extern const TargetKernels kDotRows;     \
  extern const TargetKernels kPreparation; \
  }
LUTGEMM_VISIT_TARGETS(LUTGEMM_DECLARE)
#undef LUTGEMM_DECLARE

#endif  // LUTGEMM_KERNELS_SHARDS_H_
