// Lookups: items of a split, each a kernel's call, in the order that keeps a tile's packed
// activations in the cache.
#ifndef LUTGEMM_PLAN_LOOKUP_H_
#define LUTGEMM_PLAN_LOOKUP_H_

#include "plan/memory.h"
#include "plan/weight_args.h"

namespace lutgemm::plan {

// A weight times the tokens of a split, which follow one another in packed activations.
struct Lookup {
  const Request& request;
  const Choice& choice;
  const Blocking& blocking;
  const Split& split;
  const ScratchMemory& scratch;
  const WeightView& weights;
  const float* bias;  // of the first output asked for; or null
  kernels::ActArgs act;
  size_t first_token;  // in act
  std::byte* out;      // the first token's first output
};

// Does items [begin, end), with one thread's scratch.
void LookupItems(const Lookup& lookup, std::byte* scratch, size_t begin, size_t end);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_LOOKUP_H_
