// Work cut into slices and over threads: the same bits in whatever order.
#include "kit.h"

#include <thread>

namespace lutgemm {
namespace {

using test::Guarded;
using test::Info;
using test::Random;

TEST_CASE("slices at once, in turn and backwards give Run's bits") {
  Random random(17);
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt2, 515, 700, 128), random);
  const PackedWeights weights = test::MustPack(matrix);
  for (size_t m : {size_t{1}, size_t{7}, size_t{40}}) {
    const auto act = random.Normals(m * matrix.info.k);
    Problem problem;
    problem.m = m;
    const auto want = test::RunPlan(test::MustPlan(weights, problem), act, m * matrix.info.n);
    for (size_t nth : {size_t{1}, size_t{2}, size_t{3}, size_t{8}}) {
      problem.threads = nth;
      const Plan plan = test::MustPlan(weights, problem);
      const Guarded workspace(plan.workspace_bytes());
      std::vector<float> out(m * matrix.info.n);
      const auto slice = [&](size_t ith) {
        CHECK(plan.RunSlice(act.data(), out.data(), workspace.span(), ith, nth).ok());
      };
      for (size_t i = 0; i < nth; ++i) slice(i);
      CHECK(out == want);
      std::fill(out.begin(), out.end(), -1.0f);
      for (size_t i = nth; i-- > 0;) slice(i);
      CHECK(out == want);
      std::fill(out.begin(), out.end(), -1.0f);
      std::vector<std::thread> threads;
      for (size_t i = 0; i < nth; ++i) threads.emplace_back(slice, i);
      for (std::thread& thread : threads) thread.join();
      CHECK(out == want);
      CHECK(workspace.intact());
    }
  }
}

TEST_CASE("a pool of threads gives one thread's bits") {
  Random random(18);
  auto pool = MakeThreads(4);
  REQUIRE(pool.ok());
  for (WeightFormat format : test::kPlainFormats) {
    const auto matrix = test::RandomMatrix(Info(format, 300, 384, 64), random);
    for (size_t m : {size_t{1}, size_t{33}}) {
      const auto act = random.Normals(m * matrix.info.k);
      Problem problem;
      problem.m = m;
      const PackedWeights weights = test::MustPack(matrix);
      const auto want = test::RunPlan(test::MustPlan(weights, problem), act, m * matrix.info.n);
      problem.threads = 4;
      const Plan plan = test::MustPlan(weights, problem);
      CHECK(test::RunPlan(plan, act, m * matrix.info.n, pool->get()) == want);
    }
  }
}

}  // namespace
}  // namespace lutgemm
