// What an ExpertPlan holds: one request and blocking, a weight's view for each expert, and which
// kernel of one method does parts of how many rows. Activations are packed once per token that a
// row takes; then all parts' items are claimed from one counter.
#ifndef LUTGEMM_PLAN_EXPERTS_H_
#define LUTGEMM_PLAN_EXPERTS_H_

#include "plan/memory.h"
#include "plan/prepare.h"
#include "plan/shares.h"

#include <lutgemm/experts.hpp>

#include <vector>

namespace lutgemm {

namespace plan {

// Parts of at least so many rows run this kernel, up to where the next one begins.
struct ExpertKernel {
  size_t rows = 1;
  Choice choice;
};
// Kernels that pack activations alike, from one row up. Fails as Choose.
Result<std::vector<ExpertKernel>> ExpertKernels(const PackedWeights& weights,
                                                const Problem& problem, size_t typical_rows);

// counters | head of each token | next of each row | tables | scratch of each thread
struct ExpertMemory {
  TableMemory tables;
  size_t threads = 1;
  size_t scratch_bytes = 0;
  size_t head_offset = 0, next_offset = 0, tables_offset = 0, scratch_offset = 0;

  size_t workspace_bytes() const { return scratch_offset + threads * scratch_bytes; }
};

}  // namespace plan

class ExpertsImpl {
 public:
  static Result<std::unique_ptr<const ExpertsImpl>> Make(std::span<const PackedWeights> experts,
                                                         const Problem& problem);
  static ExpertPlan Wrap(std::unique_ptr<const ExpertsImpl> impl) {
    return ExpertPlan(std::move(impl));
  }
  static const ExpertsImpl& Of(const ExpertPlan& plan) { return *plan.impl_; }

  Status Run(const ExpertRun& run, std::span<std::byte> workspace, Threads* threads) const;
  Status RunSlice(const ExpertRun& run, std::span<std::byte> workspace, plan::Slice slice) const;
  const plan::Choice& ChoiceFor(size_t rows) const;

  const plan::Request request;  // of the first expert, for the most rows
  const plan::Blocking blocking;
  const plan::Split split;  // its packing units
  const std::vector<plan::ExpertKernel> kernels;
  const std::vector<PackedWeights> experts;
  const std::vector<plan::WeightView> views;
  const plan::ExpertMemory memory;

 private:
  struct Counters;
  struct Part;
  Status Check(const ExpertRun& run, std::span<const std::byte> workspace) const;
  size_t ThreadsFor(const ExpertRun& run, const Threads* threads) const;
  void RunShare(const ExpertRun& run, std::byte* workspace, plan::Slice slice) const;
  void Link(const ExpertRun& run, std::byte* workspace) const;
  void Prepare(const ExpertRun& run, std::byte* workspace, std::byte* scratch, size_t token) const;
  void CopyRow(const kernels::ActArgs& act, size_t from, size_t to) const;
  void LookupParts(const ExpertRun& run, std::byte* workspace, std::byte* scratch) const;
};

}  // namespace lutgemm

#endif  // LUTGEMM_PLAN_EXPERTS_H_
