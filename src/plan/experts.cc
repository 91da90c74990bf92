// MakeExpertPlan.
#include "plan/experts.h"

#include "base/bits.h"
#include "base/text.h"
#include "plan/active_profile.h"
#include "plan/choice_tokens.h"
#include "plan/cuts.h"
#include "plan/most_memory.h"

#include <algorithm>
#include <utility>

namespace lutgemm {
namespace plan {
namespace {

// Rows up to which a kernel for a few of them is taken where the choice would take another method.
constexpr size_t kFewRows = 8;

// Whether what one kernel packs, another one reads.
bool PackAlike(const kernels::KernelSpec& a, const kernels::KernelSpec& b) {
  return a.method == b.method && a.packing == b.packing && a.block == b.block &&
         a.block_unit == b.block_unit;
}

class KernelFinder {
 public:
  KernelFinder(const PackedWeights& weights, const Problem& problem)
      : weights_(weights), problem_(problem), wished_(problem.kernel) {}

  // What a plan for so many rows takes.
  Result<Choice> Free(size_t rows) { return Forced(rows, wished_); }
  // The kernel for so many rows among those that pack as `base` does.
  Result<Choice> Like(const Choice& base, size_t rows) {
    if (Result<Choice> free = Free(rows); free.ok() && PackAlike(*free->kernel, *base.kernel)) {
      return free;
    }
    const Regime few = rows == 1 ? Regime::kGemv : Regime::kSmallM;
    const Regime order[] = {rows <= kFewRows ? few : Regime::kGemm, Regime::kGemm, Regime::kSmallM,
                            Regime::kGemv};
    for (const Regime regime : order) {
      for (const kernels::KernelSpec& kernel : kernels::Kernels()) {
        if (kernel.regime != regime || !PackAlike(kernel, *base.kernel)) continue;
        if (Result<Choice> choice = Forced(rows, kernel.name); choice.ok()) return choice;
      }
    }
    return Forced(rows, base.kernel->name);
  }

 private:
  Result<Choice> Forced(size_t rows, std::string_view kernel) {
    problem_.m = rows, problem_.kernel = kernel;
    return Choose(weights_, problem_, TheActiveProfile().profile);
  }

  const PackedWeights& weights_;
  Problem problem_;
  std::string_view wished_;
};

Status CheckExperts(std::span<const PackedWeights> experts, const Problem& problem) {
  if (experts.empty()) return {Code::kBadArgument, "no weights for a plan of experts"};
  if (problem.bias != nullptr) {
    return {Code::kBadArgument, "experts have biases of their own, in ExpertRows"};
  }
  const WeightInfo& first = experts[0].info();
  for (size_t i = 1; i < experts.size(); ++i) {
    const WeightInfo& info = experts[i].info();
    if (info.format != first.format || info.zero != first.zero || info.scale != first.scale ||
        info.n != first.n || info.k != first.k || info.group != first.group ||
        experts[i].layout() != experts[0].layout() || experts[i].blob().empty()) {
      return {Code::kBadArgument, base::Cat("expert ", i,
                                            " differs from expert 0 in format, shape, "
                                            "group, scales or layout")};
    }
  }
  return {};
}

ExpertMemory MakeExpertMemory(const Request& request, const Blocking& blocking, const Split& split,
                              std::span<const ExpertKernel> kernels) {
  ExpertMemory memory;
  memory.threads = request.problem.threads;
  memory.tables = MakeTableMemory(blocking, split);
  memory.head_offset = Plan::kWorkspaceHeader;
  const size_t links = base::RoundUp(split.tokens * sizeof(uint32_t), 64);
  memory.next_offset = memory.head_offset + links;
  memory.tables_offset = memory.next_offset + links;
  memory.scratch_offset = memory.tables_offset + memory.tables.bytes;
  for (size_t i = 0; i < kernels.size(); ++i) {
    const size_t end = i + 1 < kernels.size() ? kernels[i + 1].rows - 1 : split.tokens;
    for (size_t rows = kernels[i].rows; rows <= end;) {
      const size_t last = std::min(end, LastOfSameChoice(rows));
      const Memory most = MemoryUpTo(request, kernels[i].choice, rows, last);
      memory.scratch_bytes = std::max(memory.scratch_bytes, most.scratch.bytes);
      rows = last + 1;
    }
  }
  return memory;
}

}  // namespace

Result<std::vector<ExpertKernel>> ExpertKernels(const PackedWeights& weights,
                                                const Problem& problem, size_t typical_rows) {
  KernelFinder finder(weights, problem);
  const Result<Choice> base = finder.Free(typical_rows);
  if (!base.ok()) return base.status();
  std::vector<ExpertKernel> kernels;
  for (size_t rows = 1; rows <= problem.m; rows = LastOfSameChoice(rows) + 1) {
    const Result<Choice> choice = finder.Like(*base, rows);
    if (!choice.ok()) return choice.status();
    if (kernels.empty() || kernels.back().choice.kernel != choice->kernel) {
      kernels.push_back({rows, *choice});
    }
  }
  return kernels;
}

}  // namespace plan

Result<std::unique_ptr<const ExpertsImpl>> ExpertsImpl::Make(std::span<const PackedWeights> experts,
                                                             const Problem& problem) {
  if (Status status = plan::CheckExperts(experts, problem); !status.ok()) return status;
  Result<plan::Request> request = plan::CheckProblem(experts[0], problem);
  if (!request.ok()) return request.status();
  for (const PackedWeights& expert : experts.subspan(1)) {
    if (auto other = plan::CheckProblem(expert, problem); !other.ok()) return other.status();
  }
  auto kernels = plan::ExpertKernels(experts[0], problem, base::CeilDiv(problem.m, experts.size()));
  if (!kernels.ok()) return kernels.status();
  const plan::Choice& choice = kernels->front().choice;
  const plan::Blocking blocking = plan::MakeBlocking(*request, choice);
  plan::Split split = plan::MakeSplit(*request, choice, blocking, problem.m);
  if (Status status = plan::CheckCuts(blocking, split); !status.ok()) return status;
  const plan::ExpertMemory memory = plan::MakeExpertMemory(*request, blocking, split, *kernels);
  std::vector<plan::WeightView> views;
  for (const PackedWeights& expert : experts) {
    views.emplace_back(expert, request->geometry, choice.kernel->method);
  }
  return std::unique_ptr<const ExpertsImpl>(new ExpertsImpl{
      *std::move(request), blocking, split, *std::move(kernels),
      std::vector<PackedWeights>(experts.begin(), experts.end()), std::move(views), memory});
}

const plan::Choice& ExpertsImpl::ChoiceFor(size_t rows) const {
  const auto after =
      std::upper_bound(kernels.begin() + 1, kernels.end(), rows,
                       [](size_t r, const plan::ExpertKernel& kernel) { return r < kernel.rows; });
  return (after - 1)->choice;
}

}  // namespace lutgemm
