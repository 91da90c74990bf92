// The public face of plans: no exception leaves, no decision is made here.
#include "base/cores.h"
#include "base/cpu.h"
#include "base/text.h"
#include "kernels/registry.h"
#include "plan/most_memory.h"
#include "plan/plan_impl.h"

#include <algorithm>
#include <array>
#include <new>

namespace lutgemm {

Plan::Plan(std::unique_ptr<const PlanImpl> impl) noexcept : impl_(std::move(impl)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

size_t Plan::threads() const noexcept { return impl_->request.problem.threads; }
size_t Plan::workspace_bytes() const noexcept { return impl_->memory.workspace_bytes(); }
size_t Plan::table_bytes() const noexcept { return impl_->memory.own_table_bytes(); }
uint64_t Plan::table_key() const noexcept { return impl_->table_key; }
std::string Plan::Explain() const noexcept {
  try {
    return impl_->Explain();
  } catch (...) {
    return {};
  }
}
std::string_view Plan::kernel() const noexcept { return impl_->choice.kernel->name; }
Method Plan::method() const noexcept { return impl_->choice.kernel->method; }
Regime Plan::regime() const noexcept { return impl_->choice.kernel->regime; }
size_t Plan::block() const noexcept {
  const plan::Blocking& blocking = impl_->blocking;
  if (blocking.grid.span_groups != 0) return blocking.packed_k();
  const size_t group = blocking.group_k;
  return blocking.scale_blocks > 1 ? group : std::min(group, blocking.packed_k());
}
size_t Plan::k_chunk() const noexcept { return impl_->split.k_chunk * impl_->blocking.step_k; }
std::string_view Plan::target() const noexcept { return impl_->choice.target->name; }

Status Plan::Run(const void* act, void* out, std::span<std::byte> workspace,
                 Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Run({act, nullptr, out, workspace}, threads); });
}

Status Plan::Run(const void* act, const Producer& producer, void* out,
                 std::span<std::byte> workspace, Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Run({act, &producer, out, workspace}, threads); });
}

Status Plan::RunSlice(const void* act, void* out, std::span<std::byte> workspace, size_t ith,
                      size_t nth) const noexcept {
  return base::Guarded([&] { return impl_->RunSlice({act, nullptr, out, workspace}, {ith, nth}); });
}

Status Plan::RunSlice(const void* act, const Producer& producer, void* out,
                      std::span<std::byte> workspace, size_t ith, size_t nth) const noexcept {
  return base::Guarded([&] {
    return impl_->RunSlice({act, &producer, out, workspace}, {ith, nth});
  });
}

Status Plan::BuildTables(const void* act, std::span<std::byte> tables,
                         Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->BuildTables({act, nullptr}, tables, threads); });
}

Status Plan::BuildTablesSlice(const void* act, std::span<std::byte> tables, size_t ith,
                              size_t nth) const noexcept {
  return base::Guarded([&] { return impl_->BuildTablesSlice({act, nullptr}, tables, {ith, nth}); });
}

Status Plan::BuildTables(const void* act, const Producer& producer, std::span<std::byte> tables,
                         Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->BuildTables({act, &producer}, tables, threads); });
}

Status Plan::BuildTablesSlice(const void* act, const Producer& producer,
                              std::span<std::byte> tables, size_t ith, size_t nth) const noexcept {
  return base::Guarded([&] {
    return impl_->BuildTablesSlice({act, &producer}, tables, {ith, nth});
  });
}

Status Plan::Produce(const void* act, const Producer& producer, float* out,
                     Threads* threads) const noexcept {
  return base::Guarded([&] { return impl_->Produce({act, &producer}, out, threads); });
}

Status Plan::ProduceSlice(const void* act, const Producer& producer, float* out, size_t ith,
                          size_t nth) const noexcept {
  return base::Guarded([&] { return impl_->ProduceSlice({act, &producer}, out, {ith, nth}); });
}

Status Plan::Apply(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
                   Threads* threads) const noexcept {
  return base::Guarded([&] {
    return impl_->Apply(tables, {nullptr, nullptr, out, workspace}, threads);
  });
}

Status Plan::ApplySlice(std::span<const std::byte> tables, void* out,
                        std::span<std::byte> workspace, size_t ith, size_t nth) const noexcept {
  return base::Guarded([&] {
    return impl_->ApplySlice(tables, {nullptr, nullptr, out, workspace}, {ith, nth});
  });
}

Result<Plan> MakePlan(const PackedWeights& weights, const Problem& problem) noexcept {
  return base::Guarded([&]() -> Result<Plan> {
    auto impl = PlanImpl::Make(weights, problem);
    if (!impl.ok()) return impl.status();
    return PlanImpl::Wrap(*std::move(impl));
  });
}

Result<size_t> MaxWorkspaceBytes(const PackedWeights& weights, const Problem& problem,
                                 size_t most_tokens) noexcept {
  return base::Guarded([&]() -> Result<size_t> {
    const Result<plan::MostMemory> most = plan::MostMemoryOf(weights, problem, most_tokens);
    if (!most.ok()) return most.status();
    return most->workspace_bytes;
  });
}

Result<size_t> MaxTableBytes(const PackedWeights& weights, const Problem& problem,
                             size_t most_tokens) noexcept {
  return base::Guarded([&]() -> Result<size_t> {
    const Result<plan::MostMemory> most = plan::MostMemoryOf(weights, problem, most_tokens);
    if (!most.ok()) return most.status();
    return most->table_bytes;
  });
}

std::span<const KernelInfo> Kernels() noexcept {
  static const auto list = [] {
    std::array<KernelInfo, kernels::kKernelCount> infos;
    std::ranges::transform(kernels::Kernels(), infos.begin(), [](const kernels::KernelSpec& k) {
      return KernelInfo{k.name,
                        k.method,
                        k.regime,
                        k.layout,
                        k.modes != kernels::Modes::kExactOnly,
                        k.modes != kernels::Modes::kFastOnly,
                        k.least_tokens,
                        k.most_tokens,
                        k.doc};
    });
    return infos;
  }();
  return list;
}

std::string_view Name(Method method) noexcept {
  const auto i = static_cast<size_t>(method);
  return i < kernels::kMethodCount ? kernels::SpecOf(method).name : "unknown";
}

std::string_view Name(Regime regime) noexcept {
  switch (regime) {
    case Regime::kGemv:
      return "gemv";
    case Regime::kSmallM:
      return "small_m";
    case Regime::kGemm:
      return "gemm";
  }
  return "unknown";
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
