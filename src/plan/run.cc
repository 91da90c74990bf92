// The loop nest: activations are prepared in units that slices claim, then strips are looked up.
#include "base/bits.h"
#include "base/check.h"
#include "base/float_mode.h"
#include "base/text.h"
#include "base/wait.h"
#include "plan/cuts.h"
#include "plan/plan_impl.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

namespace lutgemm {
namespace {

constexpr uint64_t kTableMagic = 0x74756c6d6d656767u;

// What a thread must have to do for its help to be worth its waking: products of 2 or 3 us, and
// preparation of about as much.
constexpr double kThreadProducts = size_t{1} << 18;
constexpr size_t kThreadElements = size_t{1} << 14;

// First bytes of a workspace. Slices claim preparation units, so that it makes no difference
// whether they run at once or one after the other; the last slice leaves all counters at zero.
struct Counters {
  std::atomic<uint64_t> claimed;
  alignas(64) std::atomic<uint64_t> built;
  alignas(64) std::atomic<uint32_t> ready;  // 1 once every unit is built
  alignas(64) std::atomic<uint64_t> finished;
};
static_assert(sizeof(Counters) <= Plan::kWorkspaceHeader);

// Items [begin, end) of `count` for slice ith of nth.
struct Range {
  size_t begin, end;
};
Range Split(size_t count, size_t ith, size_t nth) {
  return {count * ith / nth, count * (ith + 1) / nth};
}

}  // namespace

kernels::ActArgs PlanImpl::TableView(std::byte* tables) const {
  kernels::ActArgs act;
  act.data = reinterpret_cast<uint8_t*>(tables + data_offset);
  act.token_bytes = token_bytes;
  act.scale = reinterpret_cast<float*>(tables + scale_offset);
  act.sum = reinterpret_cast<float*>(tables + sum_offset);
  act.int_sum = reinterpret_cast<int32_t*>(tables + sum_offset);
  if (clips_outliers()) {
    act.outliers = outlier_lists;
    act.outliers.entries = reinterpret_cast<kernels::Outlier*>(tables + outlier_offset);
    act.outliers.counts = reinterpret_cast<uint32_t*>(tables + count_offset);
  }
  return act;
}

void PlanImpl::PrepUnit(const void* act, const Producer* producer, std::byte* tables,
                        std::byte* scratch, size_t unit) const {
  kernels::PackActArgs args = TokenArgs(act, producer, unit / units_per_token);
  args.out = TableView(tables);
  args.scratch = reinterpret_cast<float*>(scratch);
  const size_t begin = unit % units_per_token * unit_blocks;
  const size_t end = std::min(begin + unit_blocks, args.grid.blocks);
  target->pack_act[static_cast<size_t>(kernel->packing)](args, begin, end);
}

kernels::StoreArgs PlanImpl::StoreOf(const kernels::KernelArgs& args, void* out) const {
  const size_t elem = ElemBytes(problem.out);
  const size_t first = args.strip * geometry.strip;
  kernels::StoreArgs store;
  store.count = std::min(args.strips * geometry.strip, weights.info().n - first);
  store.bias = problem.bias == nullptr ? nullptr : problem.bias + first;
  store.unit = out_unit;
  store.factors = out_factors == nullptr ? nullptr : out_factors + first;
  store.elem = problem.out;
  store.out = static_cast<std::byte*>(out) + (args.token_begin * problem.out_stride + first) * elem;
  store.out_stride = problem.out_stride * elem;
  return store;
}

void PlanImpl::LookupItems(std::byte* tables, void* out, std::byte* scratch, size_t begin,
                           size_t end) const {
  kernels::KernelArgs args;
  args.weight = weight_args;
  args.act = TableView(tables);
  args.grid = prep_args.grid;
  args.integer_out = problem.out == Elem::kI32;
  args.raw = reinterpret_cast<int32_t*>(scratch + raw_offset);
  args.panel = reinterpret_cast<uint8_t*>(scratch + panel_offset);
  args.panel_bytes = panel_bytes;
  args.k_chunk = chunk_steps;
  args.panel_scales = reinterpret_cast<float*>(scratch + panel_scales_offset);
  args.panel_zeros = reinterpret_cast<float*>(scratch + panel_zeros_offset);
  args.store = target->store;
  const kernels::KernelFn lookup = target->kernel[static_cast<size_t>(kernel->id)];
  for (size_t item = begin, count = 0; item < end; item += count) {
    // Strips run inside a tile of tokens: its activations stay in the cache.
    count = std::min({turns, end - item, strip_items - item % strip_items});
    for (size_t step = 0; step < args.grid.steps; step = args.step_end) {
      args.step_begin = step;
      args.step_end = plan::PartEnd(*this, step);
      LUTGEMM_DCHECK(step < args.step_end && args.step_end - step <= part_steps);
      for (size_t i = 0; i < count; ++i) {
        const size_t strip_item = (item + i) % strip_items;
        const size_t tile = (item + i) / strip_items;
        args.strip = strip_item * strips_per_item;
        args.strips = std::min(strips_per_item, geometry.strips - args.strip);
        args.token_begin = tile * tile_tokens;
        args.token_end = std::min(args.token_begin + tile_tokens, problem.m);
        args.acc = reinterpret_cast<float*>(scratch) + i * acc_floats;
        args.rest = reinterpret_cast<float*>(scratch + rest_offset) + i * acc_floats;
        args.out = StoreOf(args, out);
        lookup(args);
      }
    }
  }
}

Status PlanImpl::Check(const void* act, const void* out, std::span<const std::byte> memory,
                       size_t needed) const {
  if (act == nullptr || out == nullptr || memory.data() == nullptr) {
    return {Code::kBadArgument, "activations, output or workspace is null"};
  }
  if (memory.size() < needed) {
    return {Code::kWorkspaceTooSmall,
            base::Cat("memory has ", memory.size(), " bytes, the plan needs ", needed)};
  }
  if (!base::IsAligned(memory.data(), 64)) {
    return {Code::kBadArgument, "workspace and tables must be 64-byte aligned"};
  }
  return {};
}

Status PlanImpl::RunSlice(const void* act, const Producer* producer, void* out,
                          std::span<std::byte> workspace, size_t ith, size_t nth) const {
  if (Status status = Check(act, out, workspace, workspace_bytes()); !status.ok()) return status;
  if (nth < 1 || nth > problem.threads || ith >= nth) {
    return {Code::kBadArgument, base::Cat("slice ", ith, " of ", nth, " in a plan for ",
                                          problem.threads, " thread(s)")};
  }
  auto* counters = std::launder(reinterpret_cast<Counters*>(workspace.data()));
  std::byte* tables = workspace.data() + tables_offset;
  std::byte* scratch = tables + table_bytes + ith * scratch_bytes;
  const size_t units = problem.m * units_per_token;
  for (;;) {
    const uint64_t unit = counters->claimed.fetch_add(1, std::memory_order_relaxed);
    if (unit >= units) break;
    PrepUnit(act, producer, tables, scratch, unit);
    if (counters->built.fetch_add(1, std::memory_order_acq_rel) + 1 == units) {
      counters->ready.store(1, std::memory_order_release);
      if (nth > 1) counters->ready.notify_all();
    }
  }
  // Units still missing are being built by slices that run right now, or would if they had a core.
  base::WaitUntil(counters->ready, 1u);
  const Range items = Split(strip_items * tiles, ith, nth);
  LookupItems(tables, out, scratch, items.begin, items.end);
  if (counters->finished.fetch_add(1, std::memory_order_acq_rel) + 1 == nth) {
    counters->claimed.store(0, std::memory_order_relaxed);
    counters->built.store(0, std::memory_order_relaxed);
    counters->ready.store(0, std::memory_order_relaxed);
    counters->finished.store(0, std::memory_order_release);
  }
  return {};
}

// What a pool's threads share during one call.
struct PlanImpl::Job {
  const PlanImpl* plan;
  const void* act;
  const Producer* producer;
  void* out;
  std::byte* tables;
  std::span<std::byte> memory;
  size_t count;
};

size_t PlanImpl::ThreadsFor(const Threads* threads, size_t work) const {
  if (threads == nullptr) return 1;
  return std::clamp<size_t>(std::min(threads->count(), work), 1, problem.threads);
}

size_t PlanImpl::RunThreads(const Threads* threads) const {
  const WeightInfo& info = weights.info();
  const double products = double(problem.m) * double(info.n) * double(info.k);
  const double work = std::min(products / kThreadProducts, double(problem.threads));
  return ThreadsFor(threads, static_cast<size_t>(work));
}

size_t PlanImpl::PrepThreads(const Threads* threads) const {
  return ThreadsFor(threads, problem.m * weights.info().k / kThreadElements);
}

Status PlanImpl::Run(const void* act, const Producer* producer, void* out,
                     std::span<std::byte> workspace, Threads* threads) const {
  if (Status status = Check(act, out, workspace, workspace_bytes()); !status.ok()) return status;
  if (Status status = CheckProducer(producer); !status.ok()) return status;
  std::memset(workspace.data(), 0, Plan::kWorkspaceHeader);
  Job job{this, act, producer, out, nullptr, workspace, RunThreads(threads)};
  if (job.count == 1) return RunSlice(act, producer, out, workspace, 0, 1);
  const auto task = [](void* context, size_t i) {
    const base::FloatMode mode;
    const Job& j = *static_cast<Job*>(context);
    // Arguments were checked above.
    (void)j.plan->RunSlice(j.act, j.producer, j.out, j.memory, i, j.count);
  };
  threads->ParallelFor(job.count, task, &job);
  return {};
}

Status PlanImpl::BuildTables(const void* act, const Producer* producer, std::span<std::byte> tables,
                             Threads* threads) const {
  if (Status status = Check(act, act, tables, own_table_bytes()); !status.ok()) return status;
  if (Status status = CheckProducer(producer); !status.ok()) return status;
  Job job{this, act, producer, nullptr, tables.data(), {}, PrepThreads(threads)};
  const auto task = [](void* context, size_t i) {
    const base::FloatMode mode;
    const Job& j = *static_cast<Job*>(context);
    const Range units = Split(j.plan->problem.m * j.plan->units_per_token, i, j.count);
    std::byte* scratch = j.tables + j.plan->table_bytes + i * j.plan->prep_bytes;
    for (size_t unit = units.begin; unit < units.end; ++unit) {
      j.plan->PrepUnit(j.act, j.producer, j.tables, scratch, unit);
    }
  };
  if (job.count == 1) {
    task(&job, 0);
  } else {
    threads->ParallelFor(job.count, task, &job);
  }
  const TableHeader header{kTableMagic, table_key};
  std::memcpy(tables.data(), &header, sizeof(header));
  return {};
}

Status PlanImpl::Apply(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
                       Threads* threads) const {
  if (Status status = Check(tables.data(), out, workspace, workspace_bytes()); !status.ok()) {
    return status;
  }
  if (Status status = Check(out, out, tables, table_bytes); !status.ok()) return status;
  TableHeader header;
  std::memcpy(&header, tables.data(), sizeof(header));
  if (header.magic != kTableMagic || header.key != table_key) {
    return {Code::kLayoutMismatch, "these tables were not built for this plan's table_key()"};
  }
  // Lookups read tables through pointers that preparation writes through.
  auto* data = const_cast<std::byte*>(tables.data());
  Job job{this, nullptr, nullptr, out, data, workspace, RunThreads(threads)};
  const auto task = [](void* context, size_t i) {
    const base::FloatMode mode;
    const Job& j = *static_cast<Job*>(context);
    const PlanImpl& plan = *j.plan;
    const Range items = Split(plan.strip_items * plan.tiles, i, j.count);
    std::byte* scratch =
        j.memory.data() + plan.tables_offset + plan.table_bytes + i * plan.scratch_bytes;
    plan.LookupItems(j.tables, j.out, scratch, items.begin, items.end);
  };
  if (job.count == 1) {
    task(&job, 0);
  } else {
    threads->ParallelFor(job.count, task, &job);
  }
  return {};
}

}  // namespace lutgemm
