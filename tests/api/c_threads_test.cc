// Threads of a C caller's own: what the library asks of them, and the bits that they give.
#include <algorithm>
#include <atomic>
#include <cfenv>
#include <string>
#include <thread>

#include "api/c_kit.h"
#include "base/buffer.h"
#include "base/cores.h"

namespace lutgemm::test {
namespace {

// A pool of a caller's, in one of several ways that the contract allows. Counts what it is asked.
struct OwnPool {
  enum class Way { kInTurn, kBackwards, kThreads };
  Way way = Way::kInTurn;
  size_t loops = 0, most_tasks = 0;
  std::thread::id caller;

  static void ParallelFor(void* context, size_t tasks, void (*task)(void*, size_t),
                          void* task_context) {
    OwnPool& pool = *static_cast<OwnPool*>(context);
    ++pool.loops;
    pool.most_tasks = std::max(pool.most_tasks, tasks);
    pool.caller = std::this_thread::get_id();
    if (pool.way == Way::kInTurn) {
      for (size_t i = 0; i < tasks; ++i) task(task_context, i);
    } else if (pool.way == Way::kBackwards) {
      for (size_t i = tasks; i-- > 0;) task(task_context, i);
    } else {
      std::atomic<size_t> next = 0;
      const auto work = [&] {
        std::fesetround(FE_UPWARD);  // an engine's threads may be in any mode
        for (size_t i = next++; i < tasks; i = next++) task(task_context, i);
      };
      std::thread other(work), third(work);
      other.join();
      third.join();
    }
  }
};

ThreadsHandle HandleOf(OwnPool& pool, size_t count) {
  lutgemm_thread_callbacks callbacks = LUTGEMM_THREAD_CALLBACKS_INIT;
  callbacks.count = count;
  callbacks.context = &pool;
  callbacks.parallel_for = OwnPool::ParallelFor;
  lutgemm_threads* threads = nullptr;
  MustSucceed(lutgemm_threads_from_callbacks(&callbacks, &threads));
  return ThreadsHandle(threads);
}

struct Results {
  Bytes blob;
  std::vector<float> out, applied, rows;
  bool operator==(const Results&) const = default;
};

// Every call that takes threads.
Results Everything(const Weights& w, lutgemm_threads* threads) {
  Results results;
  const lutgemm_matrix matrix = MatrixOf(w);
  const lutgemm_pack_spec spec = SpecOf({WeightFormat::kNf4, 64});
  lutgemm_packed* made = nullptr;
  MustSucceed(lutgemm_pack(&matrix, &spec, threads, &made));
  const PackedHandle packed(made);
  results.blob = BlobOf(made);
  results.rows.resize(w.n * w.k);
  MustSucceed(lutgemm_unpack_rows(made, 0, w.n, results.rows.data(), threads));
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = 40;
  problem.threads = 5;
  lutgemm_plan* plan_made = nullptr;
  MustSucceed(lutgemm_plan_create(made, &problem, &plan_made));
  const PlanHandle plan(plan_made);
  const std::vector<float> act = Random(74).Normals(40 * w.k);
  base::Buffer workspace = *base::Buffer::Allocate(lutgemm_plan_workspace_bytes(plan.get()));
  base::Buffer tables = *base::Buffer::Allocate(lutgemm_plan_table_bytes(plan.get()));
  results.out.resize(40 * w.n);
  results.applied.resize(40 * w.n);
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  args.act = act.data();
  args.out = results.out.data();
  args.workspace = workspace.data();
  args.workspace_bytes = workspace.size();
  args.tables = tables.data();
  args.table_bytes = tables.size();
  args.threads = threads;
  MustSucceed(lutgemm_run(plan.get(), &args));
  args.out = results.applied.data();
  MustSucceed(lutgemm_build_tables(plan.get(), &args));
  MustSucceed(lutgemm_apply(plan.get(), &args));
  return results;
}

TEST_CASE("own threads give the bits of one, in any order and on any thread") {
  const Weights w = RandomWeights(200, 1024);
  const Results alone = Everything(w, nullptr);
  CHECK(alone.out == alone.applied);
  for (const auto way : {OwnPool::Way::kInTurn, OwnPool::Way::kBackwards, OwnPool::Way::kThreads}) {
    OwnPool pool;
    pool.way = way;
    const ThreadsHandle threads = HandleOf(pool, 3);
    CHECK(lutgemm_threads_count(threads.get()) == 3);
    CHECK(Everything(w, threads.get()) == alone);
    CHECK(pool.loops == 6);  // quantise, pack, unpack, run, build, apply
    CHECK(pool.caller == std::this_thread::get_id());
  }
}

TEST_CASE("a run has at most as many tasks as there are threads; little work has none") {
  OwnPool pool;
  const ThreadsHandle threads = HandleOf(pool, 2);
  const PackedHandle packed = PackC(RandomWeights(300, 1024), {WeightFormat::kInt4});
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.threads = 8;
  for (const size_t m : {size_t{1}, size_t{9}}) {
    problem.m = m;
    lutgemm_plan* made = nullptr;
    MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
    const PlanHandle plan(made);
    const std::vector<float> act(m * 1024, 0.5f);
    std::vector<float> out(m * 300);
    base::Buffer workspace = *base::Buffer::Allocate(lutgemm_plan_workspace_bytes(made));
    lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
    args.act = act.data();
    args.out = out.data();
    args.workspace = workspace.data();
    args.workspace_bytes = workspace.size();
    args.threads = threads.get();
    MustSucceed(lutgemm_run(made, &args));
    CHECK(pool.loops == (m == 1 ? 0 : 1));
    CHECK(pool.most_tasks == (m == 1 ? 0 : 2));
  }
}

TEST_CASE("counts of threads: none means the cores that the process may use") {
  OwnPool pool;
  CHECK(lutgemm_threads_count(HandleOf(pool, 0).get()) ==
        std::min<size_t>(base::UsableCores(), 4096));
  CHECK(lutgemm_threads_count(HandleOf(pool, 1).get()) == 1);
  CHECK(lutgemm_threads_count(HandleOf(pool, 4096).get()) == 4096);
  lutgemm_thread_callbacks callbacks = LUTGEMM_THREAD_CALLBACKS_INIT;
  callbacks.parallel_for = OwnPool::ParallelFor;
  callbacks.count = 4097;
  auto* threads = reinterpret_cast<lutgemm_threads*>(&callbacks);
  CHECK(lutgemm_threads_from_callbacks(&callbacks, &threads) == LUTGEMM_BAD_ARGUMENT);
  CHECK(threads == nullptr);
  CHECK(std::string(lutgemm_last_error()) == "count is 4097; it must lie in [0, 4096]");

  const PackedHandle packed = PackC(RandomWeights(40, 64), QuantSpec());
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.threads = 0;
  lutgemm_plan* made = nullptr;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  CHECK(lutgemm_plan_threads(made) == std::min<size_t>(base::UsableCores(), 4096));
  lutgemm_plan_free(made);
  problem.threads = 6;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  CHECK(lutgemm_plan_threads(made) == 6);
  lutgemm_plan_free(made);
}

}  // namespace
}  // namespace lutgemm::test
