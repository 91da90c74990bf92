// Calls of an ExpertPlan: tokens are packed in units that slices claim, then parts' items are.
#include "base/bits.h"
#include "base/text.h"
#include "base/wait.h"
#include "plan/experts.h"
#include "plan/lookup.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <utility>

namespace lutgemm {
namespace {

constexpr uint32_t kNoRow = UINT32_MAX;

}  // namespace

// First bytes of a workspace; the last slice leaves all counters at zero.
struct ExpertsImpl::Counters {
  std::atomic<uint64_t> claimed;  // packing units
  std::atomic<uint64_t> items;    // of all parts
  alignas(64) std::atomic<uint64_t> built;
  alignas(64) std::atomic<uint32_t> ready;  // 1 once every unit is built
  std::atomic<uint32_t> linking, linked;    // 1 once somebody links rows, and once they are
  alignas(64) std::atomic<uint64_t> finished;

  static Counters* Of(std::byte* workspace) {
    static_assert(sizeof(Counters) <= Plan::kWorkspaceHeader);
    return std::launder(reinterpret_cast<Counters*>(workspace));
  }
};

namespace {

size_t RowsOf(const ExpertRun& run) {
  size_t rows = 0;
  for (const ExpertRows& part : run.parts) rows += part.rows;
  return rows;
}

// Tokens that there may be rows of.
size_t TokensOf(const ExpertRun& run, size_t rows) {
  return run.tokens.empty() ? rows : run.token_count;
}

}  // namespace

Status ExpertsImpl::Check(const ExpertRun& run, std::span<const std::byte> workspace) const {
  if (run.act == nullptr || run.out == nullptr || workspace.data() == nullptr) {
    return {Code::kBadArgument, "activations, output or workspace is null"};
  }
  if (workspace.size() < memory.workspace_bytes()) {
    return {Code::kWorkspaceTooSmall,
            base::Cat("memory has ", workspace.size(), " bytes, the plan needs ",
                      memory.workspace_bytes())};
  }
  if (!base::IsAligned(workspace.data(), 64)) {
    return {Code::kBadArgument, "the workspace must be 64-byte aligned"};
  }
  const size_t most = request.problem.m;
  size_t rows = 0;
  for (size_t i = 0; i < run.parts.size(); ++i) {
    const ExpertRows& part = run.parts[i];
    if (part.expert >= experts.size()) {
      return {Code::kBadArgument,
              base::Cat("part ", i, " is of expert ", part.expert, "; there are ", experts.size())};
    }
    if (part.rows > most - rows) {
      return {Code::kBadShape, base::Cat("parts up to number ", i, " have more rows than the ",
                                         most, " that the plan is for")};
    }
    rows += part.rows;
  }
  if (run.tokens.empty()) return plan::CheckProducer(request.problem, run.producer);
  if (run.tokens.size() != rows || run.token_count > most) {
    return {Code::kBadShape,
            base::Cat(run.tokens.size(), " rows' tokens for parts of ", rows, " rows, out of ",
                      run.token_count, " tokens; at most ", most, " are supported")};
  }
  for (size_t i = 0; i < rows; ++i) {
    if (run.tokens[i] < run.token_count) continue;
    return {Code::kBadArgument,
            base::Cat("row ", i, " is of token ", run.tokens[i], "; there are ", run.token_count)};
  }
  return plan::CheckProducer(request.problem, run.producer);
}

// Lists the rows of each token: the first one's number is at the token, each next one's at the row
// before it.
void ExpertsImpl::Link(const ExpertRun& run, std::byte* workspace) const {
  auto* head = reinterpret_cast<uint32_t*>(workspace + memory.head_offset);
  auto* next = reinterpret_cast<uint32_t*>(workspace + memory.next_offset);
  std::fill_n(head, run.token_count, kNoRow);
  for (size_t row = run.tokens.size(); row-- > 0;) {
    next[row] = std::exchange(head[run.tokens[row]], static_cast<uint32_t>(row));
  }
}

// What one row's packed activations are, all of them, once more for another row.
void ExpertsImpl::CopyRow(const kernels::ActArgs& act, size_t from, size_t to) const {
  const size_t blocks = blocking.grid.blocks;
  std::memcpy(act.data + to * act.token_bytes, act.data + from * act.token_bytes, act.token_bytes);
  std::memcpy(act.scale + to * blocks, act.scale + from * blocks, blocks * sizeof(float));
  std::memcpy(act.sum + to * blocks, act.sum + from * blocks, blocks * sizeof(float));
  const kernels::OutlierLists& lists = act.outliers;
  if (lists.entries == nullptr) return;
  for (size_t segment = 0; segment < lists.segments; ++segment) {
    const uint32_t count = lists.counts[from * lists.segments + segment];
    lists.counts[to * lists.segments + segment] = count;
    for (size_t run = 0; run * kernels::kOutlierRun < count; ++run) {
      std::copy_n(lists.Run(from, segment, run), kernels::kOutlierRun, lists.Run(to, segment, run));
    }
  }
}

void ExpertsImpl::Prepare(const ExpertRun& run, std::byte* workspace, std::byte* scratch,
                          size_t token) const {
  const auto* head = reinterpret_cast<const uint32_t*>(workspace + memory.head_offset);
  const auto* next = reinterpret_cast<const uint32_t*>(workspace + memory.next_offset);
  const size_t row = run.tokens.empty() ? token : head[token];
  if (row == kNoRow) return;
  const plan::Packer packer{request, kernels.front().choice, blocking, views.front()};
  kernels::PackActArgs args = TokenArgs(packer, {run.act, run.producer}, token);
  args.token = row;
  args.out = ViewOf(memory.tables, split, workspace + memory.tables_offset);
  args.scratch = reinterpret_cast<float*>(scratch);
  packer.pack()(args, 0, blocking.grid.blocks);
  if (run.tokens.empty()) return;
  for (uint32_t to = next[row]; to != kNoRow; to = next[to]) CopyRow(args.out, row, to);
}

// Items of the parts are numbered one part after the other. What this claims only grows, so that it
// walks the parts once.
void ExpertsImpl::LookupParts(const ExpertRun& run, std::byte* workspace,
                              std::byte* scratch) const {
  std::atomic<uint64_t>& items = Counters::Of(workspace)->items;
  const Problem& problem = request.problem;
  const kernels::ActArgs act = ViewOf(memory.tables, split, workspace + memory.tables_offset);
  uint64_t claimed = items.fetch_add(1, std::memory_order_relaxed), before = 0;
  size_t row = 0;
  plan::Split part_split;
  part_split.tokens = 0;
  plan::ScratchMemory part_scratch;
  for (const ExpertRows& part : run.parts) {
    if (part.rows == 0) continue;
    const plan::Choice& choice = ChoiceFor(part.rows);
    if (part_split.tokens != part.rows) {
      part_split = MakeSplit(request, choice, blocking, part.rows);
      part_scratch = MakeScratchMemory(request, blocking, part_split);
    }
    // Items that take turns at parts of K are claimed together.
    const size_t per_tile = base::CeilDiv(part_split.strip_items, part_split.turns);
    const size_t claims = per_tile * part_split.tiles;
    const size_t row_bytes = problem.out_stride * ElemBytes(problem.out);
    const plan::Lookup lookup{request,      choice,
                              blocking,     part_split,
                              part_scratch, views[part.expert],
                              part.bias,    act,
                              row,          static_cast<std::byte*>(run.out) + row * row_bytes};
    for (; claimed < before + claims; claimed = items.fetch_add(1, std::memory_order_relaxed)) {
      const size_t claim = claimed - before, tile = claim / per_tile * part_split.strip_items;
      const size_t begin = claim % per_tile * part_split.turns;
      const size_t end = std::min(begin + part_split.turns, part_split.strip_items);
      LookupItems(lookup, scratch, tile + begin, tile + end);
    }
    before += claims;
    row += part.rows;
  }
}

void ExpertsImpl::RunShare(const ExpertRun& run, std::byte* workspace, plan::Slice slice) const {
  Counters* counters = Counters::Of(workspace);
  std::byte* scratch = workspace + memory.scratch_offset + slice.ith * memory.scratch_bytes;
  if (!run.tokens.empty()) {
    if (counters->linking.exchange(1, std::memory_order_relaxed) == 0) {
      Link(run, workspace);
      counters->linked.store(1, std::memory_order_release);
      counters->linked.notify_all();
    }
    base::WaitUntil(counters->linked, 1u);
  }
  const size_t units = TokensOf(run, RowsOf(run));
  for (;;) {
    const uint64_t unit = counters->claimed.fetch_add(1, std::memory_order_relaxed);
    if (unit >= units) break;
    Prepare(run, workspace, scratch, unit);
    if (counters->built.fetch_add(1, std::memory_order_acq_rel) + 1 == units) {
      counters->ready.store(1, std::memory_order_release);
      if (slice.nth > 1) counters->ready.notify_all();
    }
  }
  if (units != 0) base::WaitUntil(counters->ready, 1u);
  LookupParts(run, workspace, scratch);
  if (counters->finished.fetch_add(1, std::memory_order_acq_rel) + 1 == slice.nth) {
    counters->claimed.store(0, std::memory_order_relaxed);
    counters->items.store(0, std::memory_order_relaxed);
    counters->built.store(0, std::memory_order_relaxed);
    counters->ready.store(0, std::memory_order_relaxed);
    counters->linking.store(0, std::memory_order_relaxed);
    counters->linked.store(0, std::memory_order_relaxed);
    counters->finished.store(0, std::memory_order_release);
  }
}

size_t ExpertsImpl::ThreadsFor(const ExpertRun& run, const Threads* threads) const {
  const double outputs = double(RowsOf(run)) * double(request.outputs);
  return plan::ThreadsFor(threads, request, outputs * double(blocking.k) / plan::kThreadProducts);
}

Status ExpertsImpl::Run(const ExpertRun& run, std::span<std::byte> workspace,
                        Threads* threads) const {
  if (Status status = Check(run, workspace); !status.ok()) return status;
  std::memset(workspace.data(), 0, Plan::kWorkspaceHeader);
  plan::ForSlices(threads, ThreadsFor(run, threads),
                  [&](plan::Slice slice) { RunShare(run, workspace.data(), slice); });
  return {};
}

Status ExpertsImpl::RunSlice(const ExpertRun& run, std::span<std::byte> workspace,
                             plan::Slice slice) const {
  Status status = Check(run, workspace);
  if (status.ok()) status = CheckSlice(request.problem, slice);
  if (status.ok()) RunShare(run, workspace.data(), slice);
  return status;
}

}  // namespace lutgemm
