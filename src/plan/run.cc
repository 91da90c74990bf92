// Calls of a plan: activations are packed in units that slices claim, then strips are looked up.
#include "base/bits.h"
#include "base/text.h"
#include "base/wait.h"
#include "plan/plan_impl.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

namespace lutgemm {
namespace {

using plan::Call;
using plan::Slice;
using plan::Source;

constexpr uint64_t kTableMagic = 0x74756c6d6d656767u;

// First bytes of a workspace. Slices claim packing units, so that it makes no difference
// whether they run at once or one after the other; the last slice leaves all counters at zero.
struct Counters {
  std::atomic<uint64_t> claimed;
  alignas(64) std::atomic<uint64_t> built;
  alignas(64) std::atomic<uint32_t> ready;  // 1 once every unit is built
  alignas(64) std::atomic<uint64_t> finished;
};
static_assert(sizeof(Counters) <= Plan::kWorkspaceHeader);

}  // namespace

void PlanImpl::PrepUnit(Source source, std::byte* tables, std::byte* scratch, size_t unit) const {
  kernels::PackActArgs args = TokenArgs(packer(), source, unit / split.units_per_token);
  args.out = ViewOf(memory.tables, split, tables);
  args.scratch = reinterpret_cast<float*>(scratch);
  const size_t begin = unit % split.units_per_token * split.unit_blocks;
  packer().pack()(args, begin, std::min(begin + split.unit_blocks, args.grid.blocks));
}

void PlanImpl::RunShare(const Call& call, Slice slice) const {
  auto* counters = std::launder(reinterpret_cast<Counters*>(call.workspace.data()));
  std::byte* tables = call.workspace.data() + plan::Memory::kTablesOffset;
  std::byte* scratch = call.workspace.data() + memory.scratch_offset(slice.ith);
  const size_t units = split.units();
  for (;;) {
    const uint64_t unit = counters->claimed.fetch_add(1, std::memory_order_relaxed);
    if (unit >= units) break;
    PrepUnit(call.source(), tables, scratch, unit);
    if (counters->built.fetch_add(1, std::memory_order_acq_rel) + 1 == units) {
      counters->ready.store(1, std::memory_order_release);
      if (slice.nth > 1) counters->ready.notify_all();
    }
  }
  // Units still missing are being built by slices that run right now, or would if they had a core.
  base::WaitUntil(counters->ready, 1u);
  ApplyShare(tables, call, slice);
  if (counters->finished.fetch_add(1, std::memory_order_acq_rel) + 1 == slice.nth) {
    counters->claimed.store(0, std::memory_order_relaxed);
    counters->built.store(0, std::memory_order_relaxed);
    counters->ready.store(0, std::memory_order_relaxed);
    counters->finished.store(0, std::memory_order_release);
  }
}

void PlanImpl::ApplyShare(const std::byte* tables, const Call& call, Slice slice) const {
  // Lookups read tables through pointers that packing writes through.
  auto* data = const_cast<std::byte*>(tables);
  const plan::Lookup lookup{request,
                            choice,
                            blocking,
                            split,
                            memory.scratch,
                            weights,
                            request.problem.bias,
                            ViewOf(memory.tables, split, data),
                            0,
                            static_cast<std::byte*>(call.out)};
  const plan::Share items = ShareOf(split.items(), slice);
  LookupItems(lookup, call.workspace.data() + memory.scratch_offset(slice.ith), items.begin,
              items.end);
}

void PlanImpl::BuildShare(Source source, std::byte* tables, Slice slice) const {
  const plan::Share units = ShareOf(split.units(), slice);
  std::byte* scratch = tables + memory.tables.bytes + slice.ith * memory.scratch.prep_bytes;
  for (size_t unit = units.begin; unit < units.end; ++unit) {
    PrepUnit(source, tables, scratch, unit);
  }
  if (slice.ith != 0) return;
  const plan::TableHeader header{kTableMagic, table_key};
  std::memcpy(tables, &header, sizeof(header));
}

void PlanImpl::ProduceShare(Source source, float* out, Slice slice) const {
  const plan::Share tokens = ShareOf(split.tokens, slice);
  for (size_t token = tokens.begin; token < tokens.end; ++token) {
    choice.target->produce(TokenArgs(packer(), source, token), out + token * blocking.k);
  }
}

Status PlanImpl::CheckMemory(std::initializer_list<const void*> pointers,
                             std::span<const std::byte> bytes, size_t needed) {
  if (bytes.data() == nullptr || std::ranges::find(pointers, nullptr) != pointers.end()) {
    return {Code::kBadArgument, "activations, output or workspace is null"};
  }
  if (bytes.size() < needed) {
    return {Code::kWorkspaceTooSmall,
            base::Cat("memory has ", bytes.size(), " bytes, the plan needs ", needed)};
  }
  if (!base::IsAligned(bytes.data(), 64)) {
    return {Code::kBadArgument, "workspace and tables must be 64-byte aligned"};
  }
  return {};
}

Status PlanImpl::CheckTables(std::span<const std::byte> tables) const {
  if (Status status = CheckMemory({}, tables, memory.tables.bytes); !status.ok()) return status;
  plan::TableHeader header;
  std::memcpy(&header, tables.data(), sizeof(header));
  if (header.magic == kTableMagic && header.key == table_key) return {};
  return {Code::kLayoutMismatch, "these tables were not built for this plan's table_key()"};
}

Status PlanImpl::CheckRun(const Call& call) const {
  Status status = CheckMemory({call.act, call.out}, call.workspace, memory.workspace_bytes());
  return status.ok() ? plan::CheckProducer(request.problem, call.producer) : status;
}

Status PlanImpl::CheckBuild(Source source, std::span<const std::byte> tables) const {
  Status status = CheckMemory({source.act}, tables, memory.own_table_bytes());
  return status.ok() ? plan::CheckProducer(request.problem, source.producer) : status;
}

Status PlanImpl::CheckApply(std::span<const std::byte> tables, const Call& call) const {
  Status status = CheckMemory({call.out}, call.workspace, memory.workspace_bytes());
  return status.ok() ? CheckTables(tables) : status;
}

Status PlanImpl::CheckProduce(Source source, const float* out) const {
  if (source.act == nullptr || out == nullptr) {
    return {Code::kBadArgument, "activations or output is null"};
  }
  return plan::CheckProducer(request.problem, source.producer);
}

size_t PlanImpl::RunThreads(const Threads* threads) const {
  const double outputs = double(split.tokens) * double(request.outputs);
  return ThreadsFor(threads, request, outputs * double(blocking.k) / plan::kThreadProducts);
}

size_t PlanImpl::PrepThreads(const Threads* threads) const {
  const double elements = double(split.tokens) * double(blocking.k);
  return ThreadsFor(threads, request, elements / plan::kThreadElements);
}

Status PlanImpl::Run(const Call& call, Threads* threads) const {
  if (Status status = CheckRun(call); !status.ok()) return status;
  std::memset(call.workspace.data(), 0, Plan::kWorkspaceHeader);
  plan::ForSlices(threads, RunThreads(threads), [&](Slice slice) { RunShare(call, slice); });
  return {};
}

Status PlanImpl::RunSlice(const Call& call, Slice slice) const {
  Status status = CheckRun(call);
  if (status.ok()) status = CheckSlice(request.problem, slice);
  if (status.ok()) RunShare(call, slice);
  return status;
}

Status PlanImpl::BuildTables(Source source, std::span<std::byte> tables, Threads* threads) const {
  if (Status status = CheckBuild(source, tables); !status.ok()) return status;
  plan::ForSlices(threads, PrepThreads(threads),
                  [&](Slice slice) { BuildShare(source, tables.data(), slice); });
  return {};
}

Status PlanImpl::BuildTablesSlice(Source source, std::span<std::byte> tables, Slice slice) const {
  Status status = CheckBuild(source, tables);
  if (status.ok()) status = CheckSlice(request.problem, slice);
  if (status.ok()) BuildShare(source, tables.data(), slice);
  return status;
}

Status PlanImpl::Apply(std::span<const std::byte> tables, const Call& call,
                       Threads* threads) const {
  if (Status status = CheckApply(tables, call); !status.ok()) return status;
  plan::ForSlices(threads, RunThreads(threads),
                  [&](Slice slice) { ApplyShare(tables.data(), call, slice); });
  return {};
}

Status PlanImpl::ApplySlice(std::span<const std::byte> tables, const Call& call,
                            Slice slice) const {
  Status status = CheckApply(tables, call);
  if (status.ok()) status = CheckSlice(request.problem, slice);
  if (status.ok()) ApplyShare(tables.data(), call, slice);
  return status;
}

Status PlanImpl::Produce(Source source, float* out, Threads* threads) const {
  if (Status status = CheckProduce(source, out); !status.ok()) return status;
  plan::ForSlices(threads, std::min(PrepThreads(threads), split.tokens),
                  [&](Slice slice) { ProduceShare(source, out, slice); });
  return {};
}

Status PlanImpl::ProduceSlice(Source source, float* out, Slice slice) const {
  Status status = CheckProduce(source, out);
  if (status.ok()) status = CheckSlice(request.problem, slice);
  if (status.ok()) ProduceShare(source, out, slice);
  return status;
}

}  // namespace lutgemm
