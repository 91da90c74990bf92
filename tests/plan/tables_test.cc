// The two phases of a plan apart: tables that several plans share.
#include "kit.h"

#include <memory>

namespace lutgemm {
namespace {

using test::Guarded;
using test::Info;
using test::Random;

// Counts the tables built through it.
struct TableMaker {
  int builds = 0;
  void Build(const Plan& plan, const std::vector<float>& act, const Guarded& tables) {
    ++builds;
    REQUIRE(plan.BuildTables(act.data(), tables.span()).ok());
  }
};

TEST_CASE("three weights run from one table build") {
  Random random(19);
  const size_t m = 2, k = 256;
  const auto act = random.Normals(m * k);
  Problem problem;
  problem.m = m;
  TableMaker maker;
  std::unique_ptr<Guarded> tables;
  for (size_t n : {size_t{64}, size_t{32}, size_t{100}}) {
    const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt2, n, k, 64), random);
    const Plan plan = test::MustPlan(test::MustPack(matrix), problem);
    if (tables == nullptr) {
      tables = std::make_unique<Guarded>(plan.table_bytes());
      maker.Build(plan, act, *tables);
    }
    const Guarded workspace(plan.workspace_bytes());
    std::vector<float> out(m * n);
    const Status status = plan.Apply(tables->span(), out.data(), workspace.span());
    REQUIRE_MESSAGE(status.ok(), status.text());
    CHECK(out == test::RunPlan(plan, act, m * n));
    CHECK(tables->intact());
  }
  CHECK(maker.builds == 1);
}

TEST_CASE("tables of another plan are refused") {
  Random random(20);
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt2, 8, 128, 64), random);
  const PackedWeights weights = test::MustPack(matrix);
  Problem problem;
  const Plan fast = test::MustPlan(weights, problem);
  problem.mode = Mode::kExact;
  const Plan exact = test::MustPlan(weights, problem);
  CHECK(fast.table_key() != exact.table_key());
  const Guarded tables(std::max(fast.table_bytes(), exact.table_bytes()));
  const Guarded workspace(exact.workspace_bytes());
  const auto act = random.Normals(128);
  std::vector<float> out(8);
  CHECK(exact.Apply(tables.span(), out.data(), workspace.span()).code() == Code::kLayoutMismatch);
  REQUIRE(fast.BuildTables(act.data(), tables.span()).ok());
  CHECK(exact.Apply(tables.span(), out.data(), workspace.span()).code() == Code::kLayoutMismatch);
}

}  // namespace
}  // namespace lutgemm
