// One reservation for any number of tokens: never less than a plan takes, and not much more than
// the plan that takes most.
#include "plan/choice_tokens.h"
#include "plan/kit.h"
#include "support/sample.h"

#include <algorithm>
#include <string>

namespace lutgemm {
namespace {

using test::Random;

TEST_CASE("numbers of tokens that are chosen for together follow one another") {
  for (size_t m = 1; m < 5000; ++m) {
    CHECK(plan::ChoiceTokens(m) <= m);
    CHECK(plan::LastOfSameChoice(m) >= m);
    CHECK(plan::ChoiceTokens(plan::LastOfSameChoice(m)) == plan::ChoiceTokens(m));
    CHECK(plan::ChoiceTokens(plan::LastOfSameChoice(m) + 1) != plan::ChoiceTokens(m));
    if (m <= plan::kChoiceExact) CHECK(plan::ChoiceTokens(m) == m);
  }
}

// What a kernel can do changes at numbers that are told apart.
TEST_CASE("limits of kernels are within the tokens that are chosen for one by one") {
  for (const KernelInfo& kernel : Kernels()) {
    CHECK(kernel.least_tokens <= plan::kChoiceExact);
    CHECK(kernel.most_tokens < plan::kChoiceExact);
  }
}

struct Most {
  size_t workspace = 0, tables = 0;
};

// By making every plan.
Most MostOf(const PackedWeights& weights, Problem problem, size_t tokens, const Most& before) {
  Most most = before;
  problem.m = tokens;
  const Result<Plan> plan = MakePlan(weights, problem);
  if (!plan.ok()) return most;
  most.workspace = std::max(most.workspace, plan->workspace_bytes());
  most.tables = std::max(most.tables, plan->table_bytes());
  return most;
}

void CheckProblem(const PackedWeights& weights, const Problem& problem) {
  constexpr size_t kTokens = 1100;
  CAPTURE(std::string(Name(weights.info().format)));
  CAPTURE(weights.info().n);
  CAPTURE(weights.info().k);
  CAPTURE(problem.threads);
  CAPTURE(std::string(problem.target));
  CAPTURE(std::string(problem.kernel));
  Most true_most;
  for (size_t tokens = 1; tokens <= kTokens; ++tokens) {
    true_most = MostOf(weights, problem, tokens, true_most);
    // All small numbers, and others.
    if (tokens > 40 && tokens % 37 != 0 && tokens != kTokens) continue;
    const auto workspace = MaxWorkspaceBytes(weights, problem, tokens);
    const auto tables = MaxTableBytes(weights, problem, tokens);
    if (true_most.workspace == 0) {
      CHECK(workspace.status().code() == Code::kNoKernel);
      continue;
    }
    CAPTURE(tokens);
    REQUIRE(workspace.ok());
    REQUIRE(tables.ok());
    REQUIRE(*workspace >= true_most.workspace);
    REQUIRE(*tables >= true_most.tables);
    CHECK(double(*workspace) <= 1.25 * double(true_most.workspace));
    CHECK(double(*tables) <= 1.25 * double(true_most.tables));
  }
}

struct Case {
  WeightFormat format;
  uint32_t group;
  size_t n, k;
  std::string_view kernel = {};
};
constexpr Case kCases[] = {
    {WeightFormat::kInt1, 128, 640, 4096},
    {WeightFormat::kInt2, 128, 64, 9000},
    {WeightFormat::kInt2, 128, 4096, 2048},
    {WeightFormat::kInt2, 128, 96, 4096, "lut4_gemm_fast_b2"},
    {WeightFormat::kInt2, 128, 96, 4096, "lut4_small_m_fast_b2"},
    {WeightFormat::kInt3, 64, 1000, 777},
    {WeightFormat::kInt4, 128, 256, 4096},
    {WeightFormat::kInt4, 32, 33, 300},
    {WeightFormat::kTernary, kWholeTensor, 320, 2560},
    {WeightFormat::kTernary, kWholeTensor, 64, 20000},
    {WeightFormat::kMxfp4, 32, 70, 640},
    {WeightFormat::kBfp8, 64, 40, 320},
};

TEST_CASE("memory for the most tokens is enough for fewer, and little more than they take") {
  Random random(61);
  size_t number = 0;
  for (const Case& c : kCases) {
    WeightInfo info = test::InfoOf(c.format, c.n, c.k);
    info.group = c.group;
    const PackedWeights weights = test::MustPack(test::RandomMatrix(info, random));
    for (const std::string_view target : Targets()) {
      for (const size_t threads : {size_t{1}, size_t{2}, size_t{24}}) {
        Problem problem;
        problem.threads = threads, problem.target = target, problem.kernel = c.kernel;
        problem.mode = number++ % 3 == 2 && c.kernel.empty() ? Mode::kExact : Mode::kFast;
        if (test::Sampled()) CheckProblem(weights, problem);
      }
    }
  }
}

TEST_CASE("memory for millions of tokens is found at once, and wrong problems are refused") {
  Random random(62);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(test::Info(WeightFormat::kInt2, 64, 256, 64), random));
  Problem problem;
  problem.m = 0;  // not looked at
  const auto bytes = MaxWorkspaceBytes(weights, problem, size_t{1} << 31);
  REQUIRE(bytes.ok());
  problem.m = size_t{1} << 31;
  CHECK(*bytes >= test::MustPlan(weights, problem).workspace_bytes());
  CHECK(MaxWorkspaceBytes(weights, problem, 0).status().code() == Code::kBadShape);
  problem.block = 24;
  CHECK(MaxTableBytes(weights, problem, 8).status().code() == Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm
