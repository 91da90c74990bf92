// The public face of groups of products: no exception leaves, no decision is made here.
#include "base/text.h"
#include "plan/experts.h"

namespace lutgemm {

ExpertPlan::ExpertPlan(std::unique_ptr<const ExpertsImpl> impl) noexcept : impl_(std::move(impl)) {}
ExpertPlan::ExpertPlan(ExpertPlan&&) noexcept = default;
ExpertPlan& ExpertPlan::operator=(ExpertPlan&&) noexcept = default;
ExpertPlan::~ExpertPlan() = default;

size_t ExpertPlan::workspace_bytes() const noexcept { return impl_->memory.workspace_bytes(); }
std::string_view ExpertPlan::target() const noexcept {
  return impl_->kernels.front().choice.target->name;
}
std::string_view ExpertPlan::kernel(size_t rows) const noexcept {
  return impl_->ChoiceFor(rows).kernel->name;
}

Status ExpertPlan::Run(const ExpertRun& run, std::span<std::byte> workspace,
                       Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Run(run, workspace, threads); });
}

Status ExpertPlan::RunSlice(const ExpertRun& run, std::span<std::byte> workspace, size_t ith,
                            size_t nth) const noexcept {
  return base::Guarded([&] { return impl_->RunSlice(run, workspace, {ith, nth}); });
}

Result<ExpertPlan> MakeExpertPlan(std::span<const PackedWeights> experts,
                                  const Problem& problem) noexcept {
  return base::Guarded([&]() -> Result<ExpertPlan> {
    auto impl = ExpertsImpl::Make(experts, problem);
    if (!impl.ok()) return impl.status();
    return ExpertsImpl::Wrap(*std::move(impl));
  });
}

}  // namespace lutgemm
