// Times every kernel that can run a product, the kernels by turns.
#ifndef LUTGEMM_BENCH_COSTS_TIMED_H_
#define LUTGEMM_BENCH_COSTS_TIMED_H_

#include "tools/measure/product.h"

#include <lutgemm/plan.hpp>

#include <string>
#include <vector>

namespace lutgemm::bench {

// How long each kernel is timed. Kernels take turns, so that what disturbs one turn does not decide
// between them.
struct Patience {
  double turn_seconds = 0.006;
  size_t calls = 3;  // per turn at least
  size_t turns = 3;
};

struct KernelTime {
  std::string kernel;
  double ns = 0.0;      // of one call: the least of the turns' medians
  double spread = 0.0;  // the largest of them less the least, over the least
};

// `problem` tells everything but weights and kernel. Empty where no kernel can run it.
Result<std::vector<KernelTime>> TimeKernels(const tools::BenchWeights& weights,
                                            const Problem& problem, const Patience& patience,
                                            Threads* threads);

// The kernel that `problem` forces, with each of these distances of prefetching
// (KernelArgs::ahead), on one thread.
Result<std::vector<KernelTime>> TimeDistances(const tools::BenchWeights& weights,
                                              const Problem& problem,
                                              const std::vector<size_t>& distances,
                                              const Patience& patience);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_TIMED_H_
