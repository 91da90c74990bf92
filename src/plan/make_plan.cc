// MakePlan: proves the problem, then decides kernel, blocks, work split and memory.
#include "base/cpu.h"
#include "base/text.h"
#include "format/traits.h"
#include "plan/active_profile.h"
#include "plan/check_problem.h"
#include "plan/cuts.h"
#include "plan/plan_impl.h"
#include "plan/select.h"
#include "plan/weight_args.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>

namespace lutgemm {
namespace {

using base::Cat;

// Longest run of k whose integer sums stay in 32 bits, whatever codes, zeros and activations:
// |R| <= 2 * 15 * 128 and |B S| <= (15 + 2 * 255) * 128 per k, together below 2^17 * 0.6.
constexpr size_t kMaxBlockK = 16320;     // whole slices and whole quints
// Calls of up to so many tokens keep their panels in the L1 cache, and take all of K.
constexpr size_t kPanelInL1Tokens = 48;
constexpr size_t kFewTokens = 64;

// What the plan's kernel wants of its activations.
const kernels::PackingSpec& PackingOf(const PlanImpl& plan) {
  return kernels::SpecOf(plan.kernel->packing);
}

// Steps of K and of its groups. Rows of layout trits take weights of one group.
void SetSteps(const PlanImpl& plan, kernels::BlockGrid& grid) {
  const layout::KSpace& ks = plan.geometry.ks;
  const size_t step_k = PackingOf(plan).step_k;
  if (plan.kernel->method == Method::kLut5) {
    grid.group_steps = layout::CeilDiv(ks.group, step_k);
    grid.steps =
        ks.k / ks.group * grid.group_steps + layout::CeilDiv(ks.k % ks.group, step_k);
  } else if (step_k == layout::kSlice) {
    grid.group_steps = ks.group_slices;
    grid.steps = ks.slices;
  } else {
    grid.group_steps = grid.steps = layout::CeilDiv(ks.k, step_k);
  }
  grid.groups = layout::CeilDiv(grid.steps, grid.group_steps);
}

// Activations that share a scale where the problem does not say; docs/numerics.md.
size_t DefaultBlock(const PlanImpl& plan, size_t group) {
  const size_t block = plan.kernel->block;
  return plan.problem.mode == Mode::kExact || block == 0 ? group : block;
}

// K as steps, groups and blocks, and what preparation does to each block.
void SetBlocks(PlanImpl& plan) {
  const layout::KSpace& ks = plan.geometry.ks;
  kernels::PackActArgs& prep = plan.prep_args;
  prep.elem = plan.problem.act;
  const ChannelOrder& order = plan.problem.act_order;
  prep.order = order.size() == 0 ? nullptr : order.from.data();
  prep.bfp_bits = plan.problem.act_bfp;
  prep.k = ks.k;
  prep.group_k = ks.group;
  prep.step_k = PackingOf(plan).step_k;
  SetSteps(plan, prep.grid);
  const size_t group = prep.grid.group_steps * prep.step_k;
  size_t block = plan.problem.act_bfp != 0 ? plan::ActBfpBlock(plan.problem) : plan.problem.block;
  if (block == 0) block = DefaultBlock(plan, group);
  block = std::min(layout::RoundUp(block, plan.kernel->block_unit), group);
  // Exact blocks longer than an int32 sum allows are cut; the pieces keep one scale.
  const size_t cut = std::min(block, kMaxBlockK);
  const bool one_scale = !(PackingOf(plan).tables && plan.problem.mode == Mode::kFast) && !plan.clips_outliers();
  prep.scale_blocks = one_scale ? layout::CeilDiv(block, cut) : 1;
  if (prep.scale_blocks > 1 && block < group) prep.scale_blocks = 1;  // cut blocks scale alone
  prep.grid.block_steps = cut / prep.step_k;
  const size_t per_group = layout::CeilDiv(prep.grid.group_steps, prep.grid.block_steps);
  const size_t full_groups = prep.grid.steps / prep.grid.group_steps;
  const size_t rest = prep.grid.steps - full_groups * prep.grid.group_steps;
  prep.grid.blocks = full_groups * per_group + layout::CeilDiv(rest, prep.grid.block_steps);
  if (prep.scale_blocks > 1) prep.scale_blocks = per_group;
  prep.half = plan.weight_args.fold.half != 0;
  prep.need_sum = plan.weight_args.fold.b != 0 || plan.weight_args.zero != ZeroKind::kNone;
}

// Tokens whose prepared activations of a part of K stay in five eighths of the L2 cache.
size_t TokensThatFit(const PlanImpl& plan, size_t part_steps) {
  const size_t bytes = part_steps * PackingOf(plan).step_bytes;
  return base::CacheSizes().l2_bytes / 8 * 5 / std::max<size_t>(bytes, 1);
}

// Kernels that can do parts of K: where packed activations of few tokens fit a cache, with only a
// part of K at a time more of them share what is made of weights. Narrow targets do not gain.
bool CutsK(const PlanImpl& plan) {
  return plan.kernel->parts && plan.target->traits.table_entries >= 64;
}

// Kernels whose weights take long to expand, and whose methods have no regime for few tokens.
bool ExpandsSlowly(const PlanImpl& plan) {
  return plan.kernel->method == Method::kTernary3 || plan.kernel->method == Method::kLut5;
}

// Parts of K that are looked up one after the other, so many that enough tokens fit: whole groups,
// or whole blocks of long ones (PartEnd).
void SetParts(PlanImpl& plan) {
  const bool slow = ExpandsSlowly(plan);
  const size_t enough = std::min<size_t>(plan.problem.m, slow ? 264 : 192);
  const size_t least_k = slow ? 512 : 1024;
  const kernels::BlockGrid& grid = plan.prep_args.grid;
  const size_t unit = grid.group_steps <= 64 ? grid.group_steps : grid.block_steps;
  const size_t most = CutsK(plan) ? layout::CeilDiv(grid.steps, unit) : 1;
  plan.part_steps = grid.steps;
  for (size_t parts = 2; parts <= most; ++parts) {
    if (TokensThatFit(plan, plan.part_steps) >= enough) break;
    const size_t steps = layout::RoundUp(layout::CeilDiv(grid.steps, parts), unit);
    if (steps * plan.prep_args.step_k < least_k) break;
    plan.part_steps = steps;
  }
}

// Tokens that strip after strip is multiplied with: as many tiles of equal size as it takes, of
// whole register tiles of 6 and 4.
size_t TileTokens(const PlanImpl& plan) {
  constexpr size_t kUnit = 12, kMost = 264;
  const size_t fit = TokensThatFit(plan, plan.part_steps);
  const size_t most = std::clamp(fit / kUnit * kUnit, 2 * kUnit, kMost);
  const size_t tiles = layout::CeilDiv(plan.problem.m, most);
  return layout::RoundUp(layout::CeilDiv(plan.problem.m, tiles), kUnit);
}

void SetTokenTiles(PlanImpl& plan) {
  const size_t m = plan.problem.m;
  const auto set = [&] {
    plan.tile_tokens = std::min(m, TileTokens(plan));
    plan.tiles = layout::CeilDiv(m, plan.tile_tokens);
    // No tile is left with fewer tokens than the kernel can do.
    if (m - (plan.tiles - 1) * plan.tile_tokens < plan.kernel->least_tokens) {
      plan.tile_tokens = layout::CeilDiv(m, plan.tiles);
    }
  };
  SetParts(plan);
  set();
  // Kernels of few tokens take all of K, and so must calls whose last tile is for them; and larger
  // tiles must leave work for every thread.
  const size_t last = m - (plan.tiles - 1) * plan.tile_tokens;
  const bool few = !ExpandsSlowly(plan) && last <= kFewTokens;
  const size_t outputs = plan.geometry.strips * plan.geometry.strip;
  const size_t items = layout::CeilDiv(outputs, kernels::kAccUnit) * plan.tiles;
  const size_t threads = plan.problem.threads;
  if (!few && (threads == 1 || items >= 4 * threads)) return;
  plan.part_steps = plan.prep_args.grid.steps;
  set();
}

// A unit of preparation is a multiple of so many blocks: they end where a cache line ends, so that
// no two units write one. Steps of tables are whole lines; int8 activations have four steps to one.
size_t WholeLineBlocks(const PlanImpl& plan) {
  const kernels::BlockGrid& grid = plan.prep_args.grid;
  const size_t step_bytes = PackingOf(plan).step_bytes;
  if (step_bytes % 64 == 0) return 1;
  // Where the last block of a group is shorter, only groups are equally long.
  const bool even = grid.group_steps % grid.block_steps == 0;
  const size_t count = even ? 1 : layout::CeilDiv(grid.group_steps, grid.block_steps);
  return count * 64 / std::gcd((even ? grid.block_steps : grid.group_steps) * step_bytes, 64);
}

void SetSplit(PlanImpl& plan) {
  const kernels::BlockGrid& grid = plan.prep_args.grid;
  plan.token_bytes = layout::RoundUp(grid.steps * PackingOf(plan).step_bytes, 64);
  // Tokens a power of two apart would share the sets of an L1 cache.
  if (plan.token_bytes % 1024 == 0) plan.token_bytes += 64;
  const size_t threads = plan.problem.threads;
  const size_t m = plan.problem.m;
  // One token's preparation is shared among threads in segments of about 1024 k.
  const size_t block_k = grid.block_steps * plan.prep_args.step_k;
  const size_t segment =
      layout::RoundUp(std::max<size_t>(1, 1024 / block_k),
                      std::lcm(plan.prep_args.scale_blocks, WholeLineBlocks(plan)));
  plan.unit_blocks = m < threads ? segment : grid.blocks;
  plan.units_per_token = layout::CeilDiv(grid.blocks, plan.unit_blocks);

  plan.outlier_lists.segment_blocks = segment;
  plan.outlier_lists.segments = layout::CeilDiv(grid.blocks, segment);
  plan.outlier_lists.run_stride = m * plan.outlier_lists.segments * kernels::kOutlierRun;

  SetTokenTiles(plan);
  // As many strips per call as the kernel can use, but enough items for every thread and no register
  // tile half empty.
  const size_t strips = plan.geometry.strips;
  size_t per_item = plan.target->strips_at_once[static_cast<size_t>(plan.kernel->id)];
  const size_t least = std::min<size_t>(per_item, kernels::kAccUnit / plan.geometry.strip);
  while (threads > 1 && per_item > least &&
         layout::CeilDiv(strips, per_item) * plan.tiles < 4 * threads) {
    per_item /= 2;
  }
  plan.strips_per_item = per_item;
  plan.strip_items = layout::CeilDiv(strips, per_item);
  // Sums of the items that take turns stay in the L2 cache too, or not far.
  if (plan.part_steps < grid.steps) {
    const size_t item_bytes = plan.tile_tokens * per_item * plan.geometry.strip * 4;
    plan.turns =
        std::clamp<size_t>(base::CacheSizes().l2_bytes / 2 / item_bytes, 1, plan.strip_items);
  }
}

// Expanded weights of one thread. PORTABLE expands a whole strip at once; calls of many tokens
// as much of 64 outputs as a quarter of the L2 cache holds.
size_t PanelBytes(const PlanImpl& plan) {
  if (plan.target->traits.table_entries == 0) {
    return plan.geometry.ks.padded_k() * plan.geometry.strip;
  }
  const size_t padded_k = layout::RoundUp(plan.part_steps * plan.prep_args.step_k, layout::kSlice);
  if (plan.tile_tokens <= kPanelInL1Tokens) return kernels::kPanelBytes;
  const size_t most = layout::RoundUp(base::CacheSizes().l2_bytes / 4, kernels::kPanelBytes);
  const size_t all = layout::RoundUp(padded_k * kernels::kAccUnit, kernels::kPanelBytes);
  return std::clamp(all, kernels::kPanelBytes, most);
}

// Steps that a panel takes at a time: whole groups where one fits. Many tokens read panels of all K
// from the L2 cache, so that a tile keeps its sums; what few tokens read, and tables' indices, stay
// in the L1 cache.
size_t ChunkSteps(const PlanImpl& plan) {
  const kernels::KernelSpec& kernel = *plan.kernel;
  if (kernel.panel_bytes == 0) return 0;
  const bool in_l2 = !PackingOf(plan).tables && plan.tile_tokens > kPanelInL1Tokens;
  const size_t bytes = in_l2 ? plan.panel_bytes : kernels::kPanelBytes / 2;
  const size_t strips = plan.target->strips_at_once[static_cast<size_t>(kernel.id)];
  const size_t panels = layout::CeilDiv(strips * plan.geometry.strip, kernels::kAccUnit);
  const size_t unit = bytes / (kernel.panel_bytes * panels);
  if (kernel.chunk_unit > 1) return unit / kernel.chunk_unit * kernel.chunk_unit;
  const size_t group = plan.prep_args.grid.group_steps;
  return group <= unit ? unit / group * group : unit;
}

void SetMemory(PlanImpl& plan) {
  const auto align = [](size_t bytes) { return layout::RoundUp(bytes, 64); };
  const kernels::PackActArgs& prep = plan.prep_args;
  const size_t m = plan.problem.m;
  plan.scale_offset = align(sizeof(TableHeader));
  plan.sum_offset = plan.scale_offset + align(m * prep.grid.blocks * 4);
  plan.outlier_offset = plan.sum_offset + align(m * prep.grid.blocks * 4);
  plan.data_offset = plan.outlier_offset;
  if (plan.clips_outliers()) {
    const kernels::OutlierLists& lists = plan.outlier_lists;
    const size_t most = lists.segment_blocks * prep.grid.block_steps * kernels::kOutliersPerStep;
    const size_t runs = layout::CeilDiv(most, kernels::kOutlierRun);
    plan.count_offset =
        plan.outlier_offset + align(runs * lists.run_stride * sizeof(kernels::Outlier));
    plan.data_offset = plan.count_offset + align(m * lists.segments * sizeof(uint32_t));
  }
  plan.table_bytes = plan.data_offset + m * plan.token_bytes;
  const size_t block_k = prep.grid.block_steps * prep.step_k;
  plan.prep_floats = kernels::PackFloats(block_k);
  const size_t outputs =
      layout::RoundUp(plan.strips_per_item * plan.geometry.strip, kernels::kAccUnit);
  const size_t acc_bytes = plan.tile_tokens * outputs * 4;
  plan.acc_floats = acc_bytes / 4;
  plan.raw_offset = align(std::max(plan.prep_floats * 4, plan.turns * acc_bytes));
  plan.rest_offset = plan.raw_offset + acc_bytes;
  plan.panel_scales_offset =
      plan.rest_offset + (plan.clips_outliers() ? plan.turns * acc_bytes : 0);
  const size_t groups = prep.grid.groups;
  const bool offsets = plan.weight_args.zero == ZeroKind::kFloat;
  plan.panel_zeros_offset = plan.panel_scales_offset + groups * outputs * 4;
  plan.panel_offset = plan.panel_zeros_offset + (offsets ? groups * outputs * 4 : 0);
  plan.panel_bytes = PanelBytes(plan);
  plan.chunk_steps = ChunkSteps(plan);
  plan.scratch_bytes = plan.panel_offset + align(plan.panel_bytes);
  plan.prep_bytes = align(plan.prep_floats * 4);
}

// Everything that determines the bytes of tables, and nothing else.
uint64_t KeyOf(const PlanImpl& plan) {
  const kernels::PackActArgs& prep = plan.prep_args;
  const uint64_t facts[] = {static_cast<uint64_t>(plan.kernel->packing),
                            plan.problem.m,
                            prep.k,
                            prep.group_k,
                            prep.grid.block_steps,
                            prep.scale_blocks,
                            prep.half,
                            prep.need_sum,
                            plan.problem.act == Elem::kI8,
                            plan.problem.act_bfp,
                            plan.clips_outliers()};
  uint64_t key = 0x9e3779b97f4a7c15u;
  const auto mix = [&key](uint64_t fact) {
    key = (key ^ fact) * 0xff51afd7ed558ccdu;
    key ^= key >> 32;
  };
  for (uint64_t fact : facts) mix(fact);
  for (uint32_t channel : plan.problem.act_order.from) mix(channel);
  return key;
}

std::string Explanation(const PlanImpl& plan, const std::string& why) {
  const WeightInfo& info = plan.weights.info();
  const kernels::PackActArgs& prep = plan.prep_args;
  const size_t part = plan.part_steps * prep.step_k;
  const std::string parts = plan.part_steps == prep.grid.steps
                                ? ""
                                : Cat(", ", plan.turns, " at a time, by ", plan::PartCount(plan),
                                      " parts of up to ", part, " k");
  const std::string bfp = prep.bfp_bits == 0 ? "" : Cat(" as BFP of ", prep.bfp_bits, " bits");
  return Cat("kernel ", plan.kernel->name, " on ", plan.target->name, ": ", why, ". M=", plan.problem.m,
             " N=", info.n, " K=", info.k, ", ", Name(info.format), " in layout ",
             Name(plan.weights.layout()), ", mode ", Name(plan.problem.mode),
             "; activation blocks of ", prep.grid.block_steps * prep.step_k, bfp, " (",
             prep.grid.blocks, " per token", prep.order != nullptr ? ", gathered by act_order" : "",
             "), ", plan.table_bytes, " bytes of tables; ", plan.strip_items, " x ", plan.tiles,
             " work items of ", plan.strips_per_item * plan.geometry.strip, " outputs x ",
             plan.tile_tokens, " tokens", parts, " for ", plan.problem.threads, " thread(s); L1 ",
             base::CacheSizes().l1d_bytes / 1024, " KiB, L2 ", base::CacheSizes().l2_bytes / 1024,
             " KiB");
}

}  // namespace

Result<Plan> PlanImpl::Make(const PackedWeights& weights, const Problem& problem) {
  if (Status status = plan::CheckProblem(weights, problem); !status.ok()) return status;
  const auto geometry = layout::MakeGeometry(weights.info(), weights.layout());
  if (!geometry) return Status(Code::kBadArgument, "packed weights have no valid description");
  if (Status status = plan::CheckIntegerOut(weights, *geometry, problem); !status.ok()) {
    return status;
  }
  auto choice = plan::Choose(weights, problem, plan::TheActiveProfile().profile);
  if (!choice.ok()) return choice.status();
  auto impl = std::make_unique<PlanImpl>();
  impl->weights = weights;
  impl->problem = problem;
  impl->problem.threads = plan::ThreadsOf(problem);
  if (impl->problem.act_stride == 0) impl->problem.act_stride = weights.info().k;
  if (impl->problem.out_stride == 0) impl->problem.out_stride = weights.info().n;
  impl->problem.target = impl->problem.kernel = {};  // the caller's text may not outlive the call
  impl->geometry = *geometry;
  impl->target = choice->target;
  impl->kernel = choice->kernel;
  plan::SetWeightArgs(*impl);
  plan::SetFactors(*impl);
  SetBlocks(*impl);
  SetSplit(*impl);
  if (Status status = plan::CheckCuts(*impl); !status.ok()) return status;
  SetMemory(*impl);
  impl->table_key = KeyOf(*impl);
  impl->explanation = Explanation(*impl, choice->why);
  return Plan(std::move(impl));
}

}  // namespace lutgemm
