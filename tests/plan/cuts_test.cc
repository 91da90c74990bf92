// Where plans cut K: every part, unit and segment is whole blocks, which start anew in each group.
// What CheckCuts says is compared with a walk over all blocks, as kernels and preparation walk.
#include "plan/cuts.h"

#include "base/bits.h"
#include "kernels/common/pack_act.h"
#include "plan/kit.h"
#include "plan/plan_impl.h"
#include "support/random.h"
#include "support/sample.h"

#include <algorithm>
#include <functional>
#include <string>

namespace lutgemm {
namespace {

using kernels::BlockCursor;
using kernels::BlockGrid;
using plan::Blocking;
using plan::Split;
using test::Random;

bool SameBlock(const BlockCursor& a, const BlockCursor& b) {
  return a.group == b.group && a.block == b.block && a.begin == b.begin && a.end == b.end;
}

// Whether `at` is one block of one group, and its activations follow the `k` before it.
bool IsBlock(const kernels::PackActArgs& args, const BlockCursor& at, size_t k) {
  const BlockGrid& grid = args.grid;
  const kernels::BlockSpan span = kernels::SpanOf(args, at);
  return at.begin < at.end && at.end - at.begin <= grid.block_steps && at.end <= grid.steps &&
         at.begin / grid.group_steps == at.group && (at.end - 1) / grid.group_steps == at.group &&
         span.k == k && span.count > 0 && span.count <= span.padded;
}

// Whether kernels find the block where a part that ends at `end` starts, and memory is for as much.
bool IsPart(const BlockGrid& grid, const Split& split, const BlockCursor& start, size_t end) {
  BlockCursor moved(grid);
  moved.MoveToStep(start.begin);
  return SameBlock(moved, start) && end > start.begin && end - start.begin <= split.part_steps;
}

// Units of preparation and segments of lists by the numbers of their blocks.
bool UnitsHold(const Blocking& blocking, const Split& split) {
  const BlockGrid& grid = blocking.grid;
  const size_t unit = split.unit_blocks, segment = split.segment_blocks;
  if (unit == 0 || segment == 0) return false;
  for (size_t block = 0; block < grid.blocks; ++block) {
    // Blocks that share a scale are prepared together, and those of a list.
    const size_t per_group = base::CeilDiv(grid.group_steps, grid.block_steps);
    const size_t shared = blocking.scale_blocks, span = grid.span_groups;
    if (span != 0 && (shared != span || per_group != 1)) return false;
    if (span == 0 && shared != 1 && shared != per_group) return false;
    if (block % unit == 0 && (block % shared != 0 || block % segment != 0)) return false;
    if (block / unit >= split.units_per_token || block / segment >= split.segments) return false;
  }
  return true;
}

// Whether spans are runs of activations without a gap, as packing takes them. Where one starts is
// kept; `behind` is the k behind the block.
struct OpenSpan {
  size_t begin = 0, k = 0, end = 0;

  bool Holds(const kernels::PackActArgs& args, const BlockCursor& at, size_t behind) {
    if (args.grid.span_groups == 0) return true;
    const size_t first = kernels::SpanOf(args, at).k;
    if (at.starts_span()) {
      begin = at.begin, k = first;
      end = first + kernels::WholeSpan(args, at).count;
    }
    const bool in_place = first - k == (at.begin - begin) * args.step_k;
    return in_place && (at.ends_span() ? behind == end : behind < end);
  }
};

// The oracle: walks K block by block.
bool Walk(const Blocking& blocking, const Split& split) {
  const BlockGrid& grid = blocking.grid;
  if (grid.block_steps == 0 || grid.group_steps == 0) return false;
  if (split.part_steps < std::min(grid.border_steps(), grid.steps)) return false;
  kernels::PackActArgs args;
  args.k = blocking.k, args.group_k = blocking.group_k, args.step_k = blocking.step_k;
  args.grid = grid;
  BlockCursor at(grid);
  OpenSpan open;
  size_t k = 0, part_end = 0;
  for (; !at.done(); at.Next()) {
    if (!IsBlock(args, at, k)) return false;
    k += kernels::SpanOf(args, at).count;
    if (!open.Holds(args, at, k)) return false;
    if (!SameBlock(kernels::CursorAt(grid, at.block), at)) return false;
    if (at.begin < part_end) continue;
    const size_t end = plan::PartEnd(grid, split.part_steps, part_end);
    if (grid.span_groups != 0 && !at.starts_span()) return false;
    if (at.begin != part_end || !IsPart(grid, split, at, end)) return false;
    part_end = end;
  }
  return part_end == grid.steps && at.block == grid.blocks && at.group == grid.groups &&
         k == blocking.k && UnitsHold(blocking, split);
}

struct CutCase {
  WeightFormat format;
  LayoutId layout;
  std::string_view kernel;
  uint32_t group;
  uint32_t block;
  Mode mode;
  uint32_t super_group = 0;
};

// Groups that blocks do not divide, so long that parts of K are not whole groups.
constexpr CutCase kCutCases[] = {
    {WeightFormat::kInt2, LayoutId::kPlanes, "lut5_gemm_fast_b2", 1024, 0, Mode::kFast},
    {WeightFormat::kInt2, LayoutId::kPlanes, "lut5_gemm_fast_b2", 2048, 0, Mode::kFast},
    {WeightFormat::kInt2, LayoutId::kPlanes, "lut5_gemm_fast_b2", 1996, 96, Mode::kFast},
    {WeightFormat::kTernary, LayoutId::kPlanes, "lut5_gemm_fast_b2", 1024, 0, Mode::kFast},
    {WeightFormat::kInt1, LayoutId::kPlanes, "lut4_gemm_fast_b1", 1100, 0, Mode::kFast},
    {WeightFormat::kInt3, LayoutId::kPlanes, "lut4_gemm_fast_b3", 1296, 0, Mode::kFast},
    {WeightFormat::kInt2, LayoutId::kPlanes, "lut4_gemm_exact_b2", 2048, 96, Mode::kExact},
    {WeightFormat::kInt4, LayoutId::kCodes, "dot_gemm_codes", 1500, 0, Mode::kFast},
    {WeightFormat::kInt4, LayoutId::kCodes, "dot_gemm_codes", 2000, 96, Mode::kExact},
    {WeightFormat::kBfp8, LayoutId::kPlanes, "dot_gemm_planes_b8", 128, 48, Mode::kExact},
    {WeightFormat::kNf4, LayoutId::kCodes, "codebook_gemm_codes", 2000, 112, Mode::kExact},
    {WeightFormat::kTernary, LayoutId::kTrits, "ternary3_gemm_fast", kWholeRow, 0, Mode::kFast},
    {WeightFormat::kTernary, LayoutId::kTrits, "dot_gemm_trits", kWholeRow, 720, Mode::kExact},
    // Spans of short groups, and super-groups.
    {WeightFormat::kInt4, LayoutId::kCodes, "dot_gemm_codes", 32, 0, Mode::kFast},
    {WeightFormat::kInt3, LayoutId::kPlanes, "dot_gemm_planes_b3", 48, 0, Mode::kFast},
    {WeightFormat::kNf4, LayoutId::kCodes, "codebook_gemm_codes", 64, 0, Mode::kFast},
    {WeightFormat::kInt4, LayoutId::kCodes, "dot_gemm_codes", 32, 0, Mode::kExact, 256},
    {WeightFormat::kInt6, LayoutId::kPlanes, "dot_gemm_planes_b6", 16, 0, Mode::kFast, 4096},
    {WeightFormat::kNf4, LayoutId::kCodes, "codebook_gemm_codes", 64, 96, Mode::kFast, 1536},
};

WeightInfo InfoFor(const CutCase& c, size_t n, size_t k) {
  WeightInfo info = test::InfoOf(c.format, n, k);
  if (info.scale == Elem::kF16) info.scale = Elem::kF32;
  info.group = c.group, info.super_group = c.super_group;
  if (c.super_group != 0) info.scale = Elem::kI8;
  return info;
}

// Tokens first, ... of a plan for m of them, in a plan for `count`.
std::vector<float> OutputsOf(const PackedWeights& weights, Problem problem, size_t count,
                             const std::vector<float>& act, size_t first) {
  const size_t k = weights.info().k;
  problem.m = count;
  const Plan plan = test::MustPlan(weights, problem);
  const auto* from = act.data() + first * k;
  return test::RunPlan(plan, std::vector<float>(from, from + count * k), count * weights.info().n);
}

// Whether a target with SIMD has the kernel.
bool Has(const kernels::TargetKernels& target, std::string_view name) {
  const kernels::KernelSpec* kernel = kernels::FindKernel(name);
  REQUIRE_MESSAGE(kernel != nullptr, std::string(name));
  return target.traits.table_entries != 0 && target.Has(*kernel);
}

// Every target that has the kernel: tokens of a call of many against calls of one each.
void CheckTokensAlone(const CutCase& c, size_t k, uint64_t seed) {
  constexpr size_t kTokens = 200, kOutputs = 300;
  Random random(seed);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoFor(c, kOutputs, k), random), c.layout);
  const std::vector<float> act = random.Normals(kTokens * k);
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    if (!Has(*target, c.kernel)) continue;
    Problem problem;
    problem.mode = c.mode, problem.block = c.block;
    problem.kernel = c.kernel, problem.target = target->name;
    CAPTURE(std::string(c.kernel));
    CAPTURE(std::string(target->name));
    CAPTURE(c.group);
    CAPTURE(k);
    const auto many = OutputsOf(weights, problem, kTokens, act, 0);
    for (size_t token : {size_t{0}, size_t{101}, kTokens - 1}) {
      const auto alone = OutputsOf(weights, problem, 1, act, token);
      const auto* from = many.data() + token * kOutputs;
      CHECK(std::vector<float>(from, from + kOutputs) == alone);
    }
  }
}

TEST_CASE("a token's outputs do not depend on how many tokens share parts of K") {
  uint64_t seed = 0;
  for (const CutCase& c : kCutCases) {
    for (size_t k : {size_t{4096}, size_t{9000}}) {
      ++seed;
      if (test::Sampled()) CheckTokensAlone(c, k, seed);
    }
  }
}

struct Cuts {
  Blocking blocking;
  Split split;

  bool ok() const {
    const Status status = plan::CheckCuts(blocking, split);
    CHECK((status.ok() || status.code() == Code::kInternal));
    CHECK_MESSAGE(status.ok() == Walk(blocking, split), status.text());
    return status.ok();
  }
};

Cuts CutsOf(const CutCase& c, size_t k, size_t m, size_t threads) {
  Random random(1);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoFor(c, 64, k), random), c.layout);
  Problem problem;
  problem.mode = c.mode, problem.block = c.block, problem.m = m, problem.threads = threads;
  const Plan plan = test::MustPlan(weights, problem);
  return {PlanImpl::Of(plan).blocking, PlanImpl::Of(plan).split};
}

TEST_CASE("whatever the length of parts, they are whole blocks and all of K") {
  for (const CutCase& c : kCutCases) {
    Cuts cuts = CutsOf(c, 9000, 100, 1);
    const BlockGrid& grid = cuts.blocking.grid;
    for (size_t steps = grid.border_steps(); steps < grid.steps; ++steps) {
      cuts.split.part_steps = steps;
      CAPTURE(steps);
      REQUIRE(cuts.ok());
      REQUIRE(plan::PartCount(grid, steps) >= base::CeilDiv(grid.steps, steps));
    }
  }
}

TEST_CASE("a plan that cuts blocks is refused as an internal error") {
  const CutCase row_scale{WeightFormat::kInt4, LayoutId::kCodes, {}, kWholeRow, 0, Mode::kExact};
  const auto refused = [](Cuts cuts, const std::function<void(Blocking&, Split&)>& spoil) {
    REQUIRE(cuts.ok());
    spoil(cuts.blocking, cuts.split);
    return !cuts.ok();
  };
  const Cuts one = CutsOf(kCutCases[0], 4096, 1, 64);
  CHECK(refused(one, [](Blocking& b, Split& s) { s.part_steps = b.grid.block_steps - 1; }));
  CHECK(refused(one, [](Blocking& b, Split&) { ++b.grid.blocks; }));
  CHECK(refused(one, [](Blocking& b, Split&) { --b.grid.steps; }));
  CHECK(refused(one, [](Blocking& b, Split&) { ++b.grid.group_steps; }));
  CHECK(refused(one, [](Blocking& b, Split&) { ++b.grid.groups; }));
  CHECK(refused(one, [](Blocking& b, Split&) { b.scale_blocks = 2; }));
  CHECK(refused(one, [](Blocking& b, Split&) { b.group_k += 16; }));
  CHECK(refused(one, [](Blocking&, Split& s) { --s.units_per_token; }));
  CHECK(refused(one, [](Blocking&, Split& s) { --s.segments; }));
  // One scale over several blocks: units are multiples of them.
  const Cuts shared = CutsOf(row_scale, 40000, 1, 64);
  REQUIRE(shared.blocking.scale_blocks == 3);
  CHECK(refused(shared, [](Blocking&, Split& s) { s.unit_blocks = 1, s.units_per_token = 3; }));
}

TEST_CASE("a plan that cuts spans is refused as an internal error") {
  const auto refused = [](Cuts cuts, const std::function<void(Blocking&, Split&)>& spoil) {
    REQUIRE(cuts.ok());
    spoil(cuts.blocking, cuts.split);
    return !cuts.ok();
  };
  const CutCase short_groups{WeightFormat::kInt4, LayoutId::kCodes, {}, 32, 0, Mode::kFast};
  const CutCase super_groups{WeightFormat::kInt5, LayoutId::kPlanes, {}, 32, 0, Mode::kExact, 160};
  for (const CutCase& c : {short_groups, super_groups}) {
    const Cuts cuts = CutsOf(c, 4096, 1, 64);
    const size_t groups = c.super_group == 0 ? 8 : 5;
    REQUIRE(cuts.blocking.grid.span_groups == groups);
    CHECK(refused(cuts, [](Blocking& b, Split&) { --b.scale_blocks; }));
    CHECK(refused(cuts, [](Blocking& b, Split&) { ++b.grid.span_groups; }));
    CHECK(refused(cuts, [](Blocking& b, Split&) { b.grid.block_steps = 1; }));
    CHECK(refused(cuts, [](Blocking& b, Split& s) { s.part_steps = b.grid.border_steps() - 1; }));
    CHECK(refused(cuts, [](Blocking& b, Split& s) { s.unit_blocks = b.scale_blocks / 2; }));
  }
}

// Blocks, units and parts as plans have them, of any lengths.
Cuts RandomCuts(Random& random) {
  Cuts cuts;
  const auto below = [&](size_t n) {
    return static_cast<size_t>(random.Below(static_cast<uint32_t>(n)));
  };
  constexpr size_t kSteps[] = {5, 10, 16, 60};
  Blocking& b = cuts.blocking;
  b.step_k = kSteps[below(4)];
  b.k = 1 + below(3000), b.group_k = 1 + below(b.k);
  if (below(4) == 0) b.group_k = base::RoundUp(b.group_k, b.step_k);
  BlockGrid& grid = b.grid;
  grid.groups = base::CeilDiv(b.k, b.group_k);
  grid.group_steps = base::CeilDiv(b.group_k, b.step_k);
  const size_t last = base::CeilDiv(b.k - (grid.groups - 1) * b.group_k, b.step_k);
  grid.steps = (grid.groups - 1) * grid.group_steps + last;
  grid.block_steps = 1 + below(grid.group_steps);
  // Spans of groups that are whole steps, a block each.
  const bool spans = below(3) == 0 && b.group_k % b.step_k == 0;
  if (spans) grid.block_steps = grid.group_steps, grid.span_groups = 1 + below(grid.groups + 1);
  grid.blocks = (grid.groups - 1) * b.blocks_per_group() + base::CeilDiv(last, grid.block_steps);
  b.scale_blocks = below(2) == 0 ? 1 : b.blocks_per_group();
  if (spans) b.scale_blocks = grid.span_groups;
  Split& s = cuts.split;
  s.segment_blocks = b.scale_blocks * (1 + below(4));
  s.segments = base::CeilDiv(grid.blocks, s.segment_blocks);
  s.unit_blocks = below(2) == 0 ? grid.blocks : s.segment_blocks * (1 + below(3));
  s.units_per_token = base::CeilDiv(grid.blocks, s.unit_blocks);
  s.part_steps = grid.border_steps() + below(grid.steps);
  return cuts;
}

TEST_CASE("the proof by lengths says what a walk over all blocks finds") {
  Random random(77);
  size_t sound = 0, spoilt = 0, spans = 0;
  for (int i = 0; i < 3000; ++i) {
    Cuts cuts = RandomCuts(random);
    CAPTURE(i);
    REQUIRE(cuts.ok());
    spans += cuts.blocking.grid.span_groups != 0 ? 1 : 0;
    Blocking& b = cuts.blocking;
    Split& s = cuts.split;
    size_t* const fields[] = {&b.k,           &b.group_k,          &b.step_k,
                              &b.grid.steps,  &b.grid.group_steps, &b.grid.groups,
                              &b.grid.blocks, &b.grid.block_steps, &b.scale_blocks,
                              &s.unit_blocks, &s.units_per_token,  &s.segment_blocks,
                              &s.segments,    &s.part_steps,       &b.grid.span_groups};
    size_t& field = *fields[random.Below(std::size(fields))];
    const size_t by = 1 + random.Below(3);
    field = random.Below(2) == 0 ? field + by : field - std::min(field, by);
    ++(cuts.ok() ? sound : spoilt);
  }
  CHECK(sound > 200);
  CHECK(spoilt > 1000);
  CHECK(spans > 100);
}

}  // namespace
}  // namespace lutgemm
