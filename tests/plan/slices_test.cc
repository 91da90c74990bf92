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

// Calls slice(ith) for all slices: in turn, backwards, and at once.
template <class SliceFn, class CheckFn>
void InAnyOrder(size_t nth, const SliceFn& slice, const CheckFn& check) {
  for (size_t i = 0; i < nth; ++i) slice(i);
  check();
  for (size_t i = nth; i-- > 0;) slice(i);
  check();
  std::vector<std::thread> threads;
  for (size_t i = 0; i < nth; ++i) threads.emplace_back(slice, i);
  for (std::thread& thread : threads) thread.join();
  check();
}

TEST_CASE("slices of tables, lookups, producers and fused runs give the whole calls' bits") {
  Random random(19);
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt4, 260, 2100, 60), random);
  const PackedWeights weights = test::MustPack(matrix);
  const auto gamma = random.Normals(matrix.info.k);
  Producer producer;
  producer.gamma = gamma.data();
  for (const size_t m : {size_t{1}, size_t{6}, size_t{33}}) {
    const size_t outputs = m * matrix.info.n, elements = m * matrix.info.k;
    const auto act = random.Normals(elements);
    for (const size_t nth : {size_t{1}, size_t{4}, size_t{7}}) {
      Problem problem;
      problem.m = m, problem.threads = 7;
      const Plan plan = test::MustPlan(weights, problem);
      const Guarded workspace(plan.workspace_bytes()), tables(plan.table_bytes());
      std::vector<float> out(outputs), made(elements), want_made(elements), fused(outputs);
      const auto want = test::RunPlan(plan, act, outputs);
      REQUIRE(plan.Produce(act.data(), producer, want_made.data()).ok());
      REQUIRE(plan.Run(act.data(), producer, fused.data(), workspace.span()).ok());
      const auto is = [](std::vector<float>& have, const std::vector<float>& wanted) {
        CHECK(have == wanted);
        std::fill(have.begin(), have.end(), -1.0f);
      };
      InAnyOrder(
          nth,
          [&](size_t i) {
            CHECK(plan.ProduceSlice(act.data(), producer, made.data(), i, nth).ok());
          },
          [&] { is(made, want_made); });
      InAnyOrder(
          nth,
          [&](size_t i) {
            CHECK(plan.RunSlice(act.data(), producer, out.data(), workspace.span(), i, nth).ok());
          },
          [&] { is(out, fused); });
      const auto apply = [&](const std::vector<float>& wanted) {
        InAnyOrder(
            nth,
            [&](size_t i) {
              CHECK(plan.ApplySlice(tables.span(), out.data(), workspace.span(), i, nth).ok());
            },
            [&] { is(out, wanted); });
        std::memset(tables.data(), 0, plan.table_bytes());
      };
      InAnyOrder(
          nth,
          [&](size_t i) { CHECK(plan.BuildTablesSlice(act.data(), tables.span(), i, nth).ok()); },
          [] {});
      apply(want);
      InAnyOrder(
          nth,
          [&](size_t i) {
            CHECK(plan.BuildTablesSlice(act.data(), producer, tables.span(), i, nth).ok());
          },
          [] {});
      apply(fused);
      CHECK(workspace.intact());
      CHECK(tables.intact());
    }
  }
}

TEST_CASE("slices that a plan has no memory for are refused, in every call") {
  Random random(20);
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt4, 40, 64, 64), random);
  Problem problem;
  problem.threads = 2;
  const Plan plan = test::MustPlan(test::MustPack(matrix), problem);
  const auto act = random.Normals(64);
  std::vector<float> out(64);
  const Guarded workspace(plan.workspace_bytes()), tables(plan.table_bytes());
  REQUIRE(plan.BuildTables(act.data(), tables.span()).ok());
  Producer producer;
  producer.gamma = act.data();
  for (const auto& [ith, nth] : {std::pair<size_t, size_t>{0, 0}, {2, 2}, {0, 3}, {5, 1}}) {
    const Status refused[] = {
        plan.RunSlice(act.data(), out.data(), workspace.span(), ith, nth),
        plan.RunSlice(act.data(), producer, out.data(), workspace.span(), ith, nth),
        plan.BuildTablesSlice(act.data(), tables.span(), ith, nth),
        plan.BuildTablesSlice(act.data(), producer, tables.span(), ith, nth),
        plan.ApplySlice(tables.span(), out.data(), workspace.span(), ith, nth),
        plan.ProduceSlice(act.data(), producer, out.data(), ith, nth)};
    for (const Status& status : refused) CHECK(status.code() == Code::kBadArgument);
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
