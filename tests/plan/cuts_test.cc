// Where plans cut K: every part, unit and segment is whole blocks, which start anew in each group.
#include "plan/cuts.h"

#include "kernels/registry.h"
#include "plan/kit.h"
#include "plan/plan_impl.h"
#include "support/random.h"
#include "support/sample.h"

#include <algorithm>
#include <functional>
#include <string>

namespace lutgemm {
namespace {

using test::Random;

struct CutCase {
  WeightFormat format;
  LayoutId layout;
  std::string_view row;
  uint32_t group;
  uint32_t block;
  Mode mode;
};

// Groups that blocks do not divide, so long that parts of K are not whole groups.
constexpr CutCase kCutCases[] = {
    {WeightFormat::kInt2, LayoutId::kPlanes, "fives_fast_planes_b2", 1024, 0, Mode::kFast},
    {WeightFormat::kInt2, LayoutId::kPlanes, "fives_fast_planes_b2", 2048, 0, Mode::kFast},
    {WeightFormat::kInt2, LayoutId::kPlanes, "fives_fast_planes_b2", 1996, 96, Mode::kFast},
    {WeightFormat::kTernary, LayoutId::kPlanes, "fives_fast_planes_b2", 1024, 0, Mode::kFast},
    {WeightFormat::kInt1, LayoutId::kPlanes, "planes_fast_b1", 1100, 0, Mode::kFast},
    {WeightFormat::kInt3, LayoutId::kPlanes, "planes_fast_b3", 1296, 0, Mode::kFast},
    {WeightFormat::kInt2, LayoutId::kPlanes, "planes_exact_b2", 2048, 96, Mode::kExact},
    {WeightFormat::kInt4, LayoutId::kCodes, "dot_codes", 1500, 0, Mode::kFast},
    {WeightFormat::kInt4, LayoutId::kCodes, "dot_codes", 2000, 96, Mode::kExact},
    {WeightFormat::kBfp8, LayoutId::kPlanes, "dot_planes_b8", 128, 48, Mode::kExact},
    {WeightFormat::kNf4, LayoutId::kCodes, "book_codes", 2000, 112, Mode::kExact},
    {WeightFormat::kTernary, LayoutId::kTrits, "triples_fast_trits", kWholeRow, 0, Mode::kFast},
    {WeightFormat::kTernary, LayoutId::kTrits, "dot_trits", kWholeRow, 720, Mode::kExact},
};

WeightInfo InfoFor(const CutCase& c, size_t n, size_t k) {
  WeightInfo info = test::InfoOf(c.format, n, k);
  if (info.scale == Elem::kF16) info.scale = Elem::kF32;
  info.group = c.group;
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

// Whether a target with SIMD has the row.
bool Has(const kernels::TargetKernels& target, std::string_view name) {
  if (target.target_class == kernels::TargetClass::kPortable) return false;
  const auto rows = kernels::RowSpecs();
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const kernels::RowSpec& r) { return r.name == name; });
  REQUIRE(row != rows.end());
  return target.lookup[static_cast<size_t>(row->id)] != nullptr;
}

// Every target that has the row: tokens of a call of many against calls of one each.
void CheckTokensAlone(const CutCase& c, size_t k, uint64_t seed) {
  constexpr size_t kTokens = 200, kOutputs = 300;
  Random random(seed);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoFor(c, kOutputs, k), random), c.layout);
  const std::vector<float> act = random.Normals(kTokens * k);
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    if (!Has(*target, c.row)) continue;
    Problem problem;
    problem.mode = c.mode, problem.block = c.block;
    problem.row = c.row, problem.target = target->name;
    CAPTURE(std::string(c.row));
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

// A plan that is free to be spoilt.
PlanImpl PlanOf(const CutCase& c, size_t k, size_t m, size_t threads) {
  Random random(1);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoFor(c, 64, k), random), c.layout);
  Problem problem;
  problem.mode = c.mode, problem.block = c.block, problem.m = m, problem.threads = threads;
  const Plan plan = test::MustPlan(weights, problem);
  return PlanImpl::Of(plan);
}

TEST_CASE("whatever the length of parts, they are whole blocks and all of K") {
  for (const CutCase& c : kCutCases) {
    PlanImpl plan = PlanOf(c, 9000, 100, 1);
    const kernels::BlockGrid& grid = plan.prep_args.grid;
    for (size_t steps = grid.block_steps; steps < grid.steps; ++steps) {
      plan.part_steps = steps;
      CAPTURE(plan.explanation);
      CAPTURE(steps);
      REQUIRE(plan::CheckCuts(plan).ok());
      REQUIRE(plan::PartCount(plan) >= layout::CeilDiv(grid.steps, steps));
    }
  }
}

TEST_CASE("a plan that cuts blocks is refused as an internal error") {
  const CutCase row_scale{WeightFormat::kInt4, LayoutId::kCodes, {}, kWholeRow, 0, Mode::kExact};
  const auto refused = [](PlanImpl plan, const std::function<void(PlanImpl&)>& spoil) {
    REQUIRE(plan::CheckCuts(plan).ok());
    spoil(plan);
    return plan::CheckCuts(plan).code() == Code::kInternal;
  };
  const PlanImpl one = PlanOf(kCutCases[0], 4096, 1, 64);
  CHECK(refused(one, [](PlanImpl& p) { p.part_steps = p.prep_args.grid.block_steps - 1; }));
  CHECK(refused(one, [](PlanImpl& p) { ++p.prep_args.grid.blocks; }));
  CHECK(refused(one, [](PlanImpl& p) { --p.prep_args.grid.steps; }));
  CHECK(refused(one, [](PlanImpl& p) { ++p.prep_args.grid.group_steps; }));
  CHECK(refused(one, [](PlanImpl& p) { ++p.prep_args.grid.groups; }));
  CHECK(refused(one, [](PlanImpl& p) { p.prep_args.scale_blocks = 2; }));
  CHECK(refused(one, [](PlanImpl& p) { ++p.unit_blocks; }));
  CHECK(refused(one, [](PlanImpl& p) { --p.units_per_token; }));
  CHECK(refused(one, [](PlanImpl& p) { --p.outlier_lists.segments; }));
  CHECK(refused(one, [](PlanImpl& p) { p.prep_args.group_k += 16; }));
  // One scale over several blocks: units are multiples of them.
  const PlanImpl shared = PlanOf(row_scale, 40000, 1, 64);
  REQUIRE(shared.prep_args.scale_blocks == 3);
  CHECK(refused(shared, [](PlanImpl& p) { p.unit_blocks = 1, p.units_per_token = 3; }));
}

}  // namespace
}  // namespace lutgemm
