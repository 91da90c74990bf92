// The public face of plans: no exception leaves, no decision is made here.
#include "base/cores.h"
#include "base/cpu.h"
#include "base/text.h"
#include "kernels/registry.h"
#include "plan/plan_impl.h"

#include <algorithm>
#include <array>
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
  return base::Guarded([&] { return impl_->Run(act, nullptr, out, workspace, threads); });
}

Status Plan::Run(const void* act, const Producer& producer, void* out,
                 std::span<std::byte> workspace, Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Run(act, &producer, out, workspace, threads); });
}

Status Plan::RunSlice(const void* act, void* out, std::span<std::byte> workspace, size_t ith,
                      size_t nth) const noexcept {
  return base::Guarded([&] { return impl_->RunSlice(act, nullptr, out, workspace, ith, nth); });
}

Status Plan::BuildTables(const void* act, std::span<std::byte> tables,
                         Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->BuildTables(act, nullptr, tables, threads); });
}

Status Plan::BuildTables(const void* act, const Producer& producer, std::span<std::byte> tables,
                         Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->BuildTables(act, &producer, tables, threads); });
}

Status Plan::Produce(const void* act, const Producer& producer, float* out,
                     Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Produce(act, producer, out, threads); });
}

Status Plan::Apply(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
                   Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Apply(tables, out, workspace, threads); });
}

Result<Plan> MakePlan(const PackedWeights& weights, const Problem& problem) noexcept {
  return base::Guarded([&] { return PlanImpl::Make(weights, problem); });
}

std::span<const RowInfo> Rows() noexcept {
  static const auto rows = [] {
    std::array<RowInfo, kernels::kRowCount> infos;
    std::ranges::transform(kernels::RowSpecs(), infos.begin(), [](const kernels::RowSpec& row) {
      return RowInfo{row.name, row.family, row.layout, row.modes != kernels::Modes::kExactOnly,
                     row.modes != kernels::Modes::kFastOnly};
    });
    return infos;
  }();
  return rows;
}

std::vector<std::string_view> Targets() noexcept {
  try {
    std::vector<std::string_view> names;
    for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
      names.push_back(target->name);
    }
    return names;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

CpuFacts GetCpuFacts() noexcept {
  const base::Caches& caches = base::CacheSizes();
  const size_t cores = base::UsableCores();
  try {
    return {base::CpuName(), cores, caches.l1d_bytes, caches.l2_bytes, caches.l3_bytes};
  } catch (const std::bad_alloc&) {
    return {"unknown", cores, caches.l1d_bytes, caches.l2_bytes, caches.l3_bytes};
  }
}

}  // namespace lutgemm
