// Which kernel runs a product: the caller's, or what a profile measured, or the least predicted
// time.
#ifndef LUTGEMM_PLAN_CHOICE_CHOOSE_H_
#define LUTGEMM_PLAN_CHOICE_CHOOSE_H_

#include "plan/choice/candidates.h"
#include "plan/choice/costs.h"

#include <lutgemm/plan.hpp>

#include <bitset>

namespace lutgemm::plan {

using KernelSet = std::bitset<kernels::kKernelCount>;

// Where a product runs.
struct Machine {
  CoreId core = CoreId::kXeon;
  std::string_view target;  // the registry's name
  KernelSet kernels;        // that the target has
  size_t l2_bytes = 0, l3_bytes = 0;
  bool parts = false;  // see CostFacts
};
KernelSet KernelsOf(const kernels::TargetKernels& target);
// This machine, with a target that it can run.
Machine MachineOf(const kernels::TargetKernels& target);

// A machine of such cores with the caches that they usually have, and all of a target's kernels
// that were measured: for tables of choices, whatever this machine is.
Machine PinnedMachine(CoreId core, std::string_view target);

// Everything that a choice depends on: equal facts make equal choices. The number of threads is not
// among them: they share all work evenly, so that they seldom change which kernel is fastest, and
// results have the same bits on any number.
struct ProductFacts {
  Machine machine;
  CandidateFacts candidate;
  CostFacts cost;
  double share = 1.0;  // outputs of the product over those of `cost`
};

// Choices are made for so many outputs, whatever a product has: weights that share activations,
// such as those of queries, keys and values, shall take one kernel, whose tables they share. Of the
// Xeon's measured choices on AVX3_DL 97.6 % are then within 5 % of the fastest, where each has its
// own number 98.3 % (2026-12-01).
inline constexpr size_t kChoiceOutputs = 1024;

// Weights as they are stored; see CandidateFacts.
struct StoredWeights {
  const WeightInfo& info;
  LayoutId layout;
  bool small_zeros = true;
};
ProductFacts FactsOf(const StoredWeights& weights, const Problem& problem, const Machine& machine);

enum class Reason : uint8_t {
  kForced,    // by the caller
  kMeasured,  // by a profile
  kOnly,      // no other kernel can run the product
  kCost,      // least predicted time
};

struct Priced {
  const kernels::KernelSpec* kernel = nullptr;
  // Predicted, of one thread; of weights that the L3 cache can hold the geometric mean of what they
  // take from there and from DRAM. Of kChoiceOutputs outputs, times `share`. 0 where nothing is
  // known of the kernel.
  double ns = 0.0;
};

// KernelArgs::ahead of a kernel on a machine.
size_t AheadOf(const Machine& machine, kernels::KernelId kernel, Mode mode);

struct Chosen {
  Priced best, runner_up;  // null kernels: none can run the product, or no other
  Reason reason = Reason::kCost;
};

// The kernel of least predicted time, of equal ones the first row's; `wished`, where it is not
// null and can run the product, comes before all others, for the reason given.
Chosen ChooseKernel(const ProductFacts& facts, const kernels::KernelSpec* wished = nullptr,
                    Reason reason = Reason::kForced);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHOICE_CHOOSE_H_
