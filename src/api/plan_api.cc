// The public face of plans: no exception leaves, no decision is made here.
#include "base/cores.h"
#include "base/cpu.h"
#include "kernels/registry.h"
#include "plan/plan_impl.h"

#include <new>

namespace lutgemm {

Plan::Plan(std::unique_ptr<const PlanImpl> impl) noexcept : impl_(std::move(impl)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

size_t Plan::workspace_bytes() const noexcept { return impl_->workspace_bytes(); }
size_t Plan::table_bytes() const noexcept { return impl_->own_table_bytes(); }
uint64_t Plan::table_key() const noexcept { return impl_->table_key; }
std::string_view Plan::Explain() const noexcept { return impl_->explanation; }
std::string_view Plan::row() const noexcept { return impl_->row->name; }
std::string_view Plan::target() const noexcept { return impl_->target->name; }

Status Plan::Run(const void* act, void* out, std::span<std::byte> workspace,
                 Threads* threads) const noexcept {
  return impl_->Run(act, nullptr, out, workspace, threads);
}

Status Plan::Run(const void* act, const Producer& producer, void* out,
                 std::span<std::byte> workspace, Threads* threads) const noexcept {
  return impl_->Run(act, &producer, out, workspace, threads);
}

Status Plan::RunSlice(const void* act, void* out, std::span<std::byte> workspace, size_t ith,
                      size_t nth) const noexcept {
  return impl_->RunSlice(act, nullptr, out, workspace, ith, nth);
}

Status Plan::BuildTables(const void* act, std::span<std::byte> tables,
                         Threads* threads) const noexcept {
  return impl_->BuildTables(act, nullptr, tables, threads);
}

Status Plan::BuildTables(const void* act, const Producer& producer, std::span<std::byte> tables,
                         Threads* threads) const noexcept {
  return impl_->BuildTables(act, &producer, tables, threads);
}

Status Plan::Produce(const void* act, const Producer& producer, float* out,
                     Threads* threads) const noexcept {
  return impl_->Produce(act, producer, out, threads);
}

Status Plan::Apply(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
                   Threads* threads) const noexcept {
  return impl_->Apply(tables, out, workspace, threads);
}

Result<Plan> MakePlan(const PackedWeights& weights, const Problem& problem) noexcept {
  try {
    return PlanImpl::Make(weights, problem);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "no memory for a plan");
  } catch (...) {
    return Status(Code::kInternal, "unexpected exception in MakePlan");
  }
}

std::span<const RowInfo> Rows() noexcept {
  static const std::vector<RowInfo> rows = [] {
    std::vector<RowInfo> infos;
    for (const kernels::RowSpec& row : kernels::RowSpecs()) {
      infos.push_back({row.name, row.family, row.layout, row.modes != kernels::Modes::kExactOnly,
                       row.modes != kernels::Modes::kFastOnly});
    }
    return infos;
  }();
  return rows;
}

std::vector<std::string_view> Targets() noexcept {
  std::vector<std::string_view> names;
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    names.push_back(target->name);
  }
  return names;
}

CpuFacts GetCpuFacts() noexcept {
  const base::Caches& caches = base::CacheSizes();
  return {base::CpuName(), base::UsableCores(), caches.l1d_bytes, caches.l2_bytes, caches.l3_bytes};
}

}  // namespace lutgemm
