// How many threads a plan is for; 0 = all that this process may use.
#include "base/cores.h"
#include "kit.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace lutgemm {
namespace {

using test::Guarded;
using test::Random;

PackedWeights Weights() {
  Random random(81);
  return test::MustPack(
      test::RandomMatrix(test::Info(WeightFormat::kInt4, 600, 1024, 128), random));
}

Problem ProblemOf(size_t threads) {
  Problem problem;
  problem.m = 5;
  problem.threads = threads;
  return problem;
}

TEST_CASE("a plan for no number of threads is one for all cores") {
  const PackedWeights weights = Weights();
  const size_t cores = std::min<size_t>(base::UsableCores(), 4096);
  const Plan all = test::MustPlan(weights, ProblemOf(0));
  const Plan same = test::MustPlan(weights, ProblemOf(cores));
  CHECK(all.threads() == cores);
  CHECK(all.workspace_bytes() == same.workspace_bytes());
  CHECK(all.table_bytes() == same.table_bytes());
  CHECK(all.Explain() == same.Explain());
  CHECK(test::MustPlan(weights, ProblemOf(1)).threads() == 1);
  CHECK(test::MustPlan(weights, ProblemOf(4096)).threads() == 4096);
  CHECK(MakePlan(weights, ProblemOf(4097)).status().text() ==
        "threads is 4097; it must lie in [0, 4096]");
}

TEST_CASE("pools of any size and all slices give the bits of one thread") {
  const PackedWeights weights = Weights();
  const std::vector<float> act = Random(82).Normals(5 * 1024);
  const std::vector<float> want =
      test::RunPlan(test::MustPlan(weights, ProblemOf(1)), act, 5 * 600);
  const Plan plan = test::MustPlan(weights, ProblemOf(0));
  for (const size_t count : {size_t{0}, size_t{1}, size_t{7}}) {
    const auto pool = MakeThreads(count);
    REQUIRE(pool.ok());
    CHECK(test::RunPlan(plan, act, 5 * 600, pool->get()) == want);
  }
  const Guarded workspace(plan.workspace_bytes());
  std::vector<float> out(5 * 600);
  const size_t nth = plan.threads();
  for (size_t i = 0; i < nth; ++i) {
    REQUIRE(plan.RunSlice(act.data(), out.data(), workspace.span(), i, nth).ok());
  }
  CHECK(out == want);
  CHECK(plan.RunSlice(act.data(), out.data(), workspace.span(), 0, nth + 1).code() ==
        Code::kBadArgument);
}

#if defined(__linux__)
TEST_CASE("all are those of the thread that makes the plan") {
  const PackedWeights weights = Weights();
  size_t there = 0;
  std::thread([&] {
    cpu_set_t mask, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &mask)) CPU_SET(cpu, &one);
    }
    if (sched_setaffinity(0, sizeof one, &one) != 0) return;
    const Result<Plan> plan = MakePlan(weights, ProblemOf(0));
    if (plan.ok()) there = plan->threads();
  }).join();
  CHECK(there == 1);
}
#endif

}  // namespace
}  // namespace lutgemm
