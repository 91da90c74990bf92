// Packing of activations: those of a token become packed ones, block after block, and the operator
// in front of a product becomes part of that.
#ifndef LUTGEMM_PLAN_PREPARE_H_
#define LUTGEMM_PLAN_PREPARE_H_

#include "plan/memory.h"
#include "plan/weight_args.h"

namespace lutgemm::plan {

// What packing depends on besides activations.
struct Packer {
  const Request& request;
  const Choice& choice;
  const Blocking& blocking;
  const WeightView& weights;

  kernels::PackActFn pack() const {
    return choice.target->pack_act[static_cast<size_t>(choice.kernel->packing)];
  }
};

// Activations of all tokens, and what makes them of others; null where they are ready.
struct Source {
  const void* act = nullptr;
  const Producer* producer = nullptr;
};

Status CheckProducer(const Problem& problem, const Producer* producer);

// Where a token's elements lie, and what makes activations of them. With a producer that needs a
// sum over the token, this takes it.
kernels::PackActArgs TokenArgs(const Packer& packer, const Source& source, size_t token);

// Packed activations that lie in `tables`.
kernels::ActArgs ViewOf(const TableMemory& memory, const Split& split, std::byte* tables);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_PREPARE_H_
