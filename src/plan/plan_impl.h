// What a Plan holds: a chain of values, each made of those before it, and the calls that run it.
//   request   the problem, proved sound           check_problem.h
//   choice    target and kernel                   select.h
//   weights   what the kernel reads of weights    weight_args.h
//   blocking  steps, groups and blocks of K       blocking.h
//   split     units, items, tiles, parts          split.h
//   memory    offsets and bytes                   memory.h
#ifndef LUTGEMM_PLAN_PLAN_IMPL_H_
#define LUTGEMM_PLAN_PLAN_IMPL_H_

#include "plan/lookup.h"
#include "plan/prepare.h"
#include "plan/shares.h"

#include <memory>
#include <span>
#include <string>

namespace lutgemm {

namespace plan {

// What a call of Run brings. The producer is null where activations are ready.
struct Call {
  const void* act = nullptr;
  const Producer* producer = nullptr;
  void* out = nullptr;
  std::span<std::byte> workspace;

  Source source() const { return {act, producer}; }
};

}  // namespace plan

class PlanImpl {
 public:
  // `ahead`: KernelArgs::ahead, for measurements; 0: what suits this core.
  static Result<std::unique_ptr<const PlanImpl>> Make(const PackedWeights& weights,
                                                      const Problem& problem, size_t ahead = 0);
  static Plan Wrap(std::unique_ptr<const PlanImpl> impl) { return Plan(std::move(impl)); }
  static const PlanImpl& Of(const Plan& plan) { return *plan.impl_; }

  Status Run(const plan::Call& call, Threads* threads) const;
  Status RunSlice(const plan::Call& call, plan::Slice slice) const;
  Status BuildTables(plan::Source source, std::span<std::byte> tables, Threads* threads) const;
  Status BuildTablesSlice(plan::Source source, std::span<std::byte> tables,
                          plan::Slice slice) const;
  // Of a call's output and workspace.
  Status Apply(std::span<const std::byte> tables, const plan::Call& call, Threads* threads) const;
  Status ApplySlice(std::span<const std::byte> tables, const plan::Call& call,
                    plan::Slice slice) const;
  Status Produce(plan::Source source, float* out, Threads* threads) const;
  Status ProduceSlice(plan::Source source, float* out, plan::Slice slice) const;

  // Which kernel runs with which tiles, and why.
  std::string Explain() const;

  const plan::Request request;
  const plan::Choice choice;
  const plan::WeightView weights;
  const plan::Blocking blocking;
  const plan::Split split;
  const plan::Memory memory;
  const uint64_t table_key;

 private:
  plan::Packer packer() const { return {request, choice, blocking, weights}; }
  static Status CheckMemory(std::initializer_list<const void*> pointers,
                            std::span<const std::byte> bytes, size_t needed);
  Status CheckTables(std::span<const std::byte> tables) const;
  Status CheckRun(const plan::Call& call) const;
  Status CheckBuild(plan::Source source, std::span<const std::byte> tables) const;
  Status CheckApply(std::span<const std::byte> tables, const plan::Call& call) const;
  Status CheckProduce(plan::Source source, const float* out) const;
  size_t RunThreads(const Threads* threads) const;
  size_t PrepThreads(const Threads* threads) const;
  // The shares of slices whose arguments were checked.
  void RunShare(const plan::Call& call, plan::Slice slice) const;
  void BuildShare(plan::Source source, std::byte* tables, plan::Slice slice) const;
  void ApplyShare(const std::byte* tables, const plan::Call& call, plan::Slice slice) const;
  void ProduceShare(plan::Source source, float* out, plan::Slice slice) const;
  void PrepUnit(plan::Source source, std::byte* tables, std::byte* scratch, size_t unit) const;
};

}  // namespace lutgemm

#endif  // LUTGEMM_PLAN_PLAN_IMPL_H_
