// Memory for any number of tokens up to some: what an engine reserves once.
#ifndef LUTGEMM_PLAN_MOST_MEMORY_H_
#define LUTGEMM_PLAN_MOST_MEMORY_H_

#include "plan/memory.h"

namespace lutgemm::plan {

// At least what any split for tokens in [least, most] takes, found without making them: most is at
// most an eighth above least, or the two are equal. Larger numbers of tokens need more tables; what
// a thread needs is bounded by the largest tile, which cuts of K and numbers of items limit.
Memory MemoryUpTo(const Request& request, const Choice& choice, size_t least, size_t most);

struct MostMemory {
  size_t workspace_bytes = 0;
  size_t table_bytes = 0;
};
// Enough for plans of the problem for 1 to `tokens` tokens, whatever its m says; those that cannot
// be made are left out. Fails as MakePlan where none can.
Result<MostMemory> MostMemoryOf(const PackedWeights& weights, const Problem& problem,
                                size_t tokens);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_MOST_MEMORY_H_
