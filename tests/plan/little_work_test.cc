// Little work stays on the calling thread, much of it is spread, and who waits sleeps.
#include "impl_kit.h"
#include "kit.h"
#include "quant/quantize.h"

#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>
#include <vector>

namespace lutgemm {
namespace {

using test::Guarded;

// Notes the most tasks that a loop had; runs them in turn.
class Noting : public Threads {
 public:
  size_t count() const noexcept override { return 64; }
  void ParallelFor(size_t count, void (*task)(void*, size_t), void* context) noexcept override {
    most_ = std::max(most_, count);
    for (size_t i = 0; i < count; ++i) task(context, i);
  }
  // Since the last call of this; 1 where there was no loop.
  size_t TakeMost() { return std::exchange(most_, 1); }

 private:
  size_t most_ = 1;
};

TEST_CASE("threads follow the work") {
  test::Random random(91);
  Noting threads;
  for (const size_t n : {size_t{32}, size_t{256}, size_t{2048}}) {
    CAPTURE(n);
    const std::vector<float> values = random.Normals(n * n);
    const Tensor2D tensor{values.data(), Elem::kF32, n, n, 0};
    const auto matrix = Quantize(tensor, {}, &threads);
    REQUIRE(matrix.ok());
    CHECK(threads.TakeMost() == std::max<size_t>(1, n * n >> 16));
    const auto packed = Pack(*matrix, LayoutId::kDefault, &threads);
    REQUIRE(packed.ok());
    CHECK(threads.TakeMost() == (n < 2048 ? 1 : 64));
    Problem problem;
    problem.threads = 64;
    const Plan plan = test::MustPlan(*packed, problem);
    const Guarded workspace(plan.workspace_bytes()), tables(plan.table_bytes());
    std::vector<float> out(n);
    REQUIRE(plan.Run(values.data(), out.data(), workspace.span(), &threads).ok());
    CHECK(threads.TakeMost() == (n < 2048 ? 1 : 16));
    REQUIRE(plan.BuildTables(values.data(), tables.span(), &threads).ok());
    CHECK(threads.TakeMost() == 1);
    REQUIRE(plan.Apply(tables.span(), out.data(), workspace.span(), &threads).ok());
    CHECK(threads.TakeMost() == (n < 2048 ? 1 : 16));
  }
}

#if defined(CLOCK_THREAD_CPUTIME_ID)
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

constexpr std::chrono::milliseconds kSlow{300};
std::atomic<bool> preparing = false;
void SlowPrep(const kernels::PackActArgs&, size_t, size_t) {
  preparing = true;
  std::this_thread::sleep_for(kSlow);
}
void NoLookup(const kernels::KernelArgs&) {}

TEST_CASE("a slice sleeps while another one prepares") {
  test::Random random(92);
  const auto matrix = test::RandomMatrix(test::Info(WeightFormat::kInt4, 64, 64, 64), random);
  Problem problem;
  problem.threads = 2;
  const Plan plan = test::MustPlan(test::MustPack(matrix), problem);
  kernels::TargetKernels target = *PlanImpl::Of(plan).choice.target;
  target.pack_act.fill(&SlowPrep);
  target.kernel.fill(&NoLookup);
  const PlanImpl impl = test::OnTarget(PlanImpl::Of(plan), target);
  const std::vector<float> act(64);
  std::vector<float> out(64);
  const Guarded workspace(impl.memory.workspace_bytes());
  const auto slice = [&](size_t ith) {
    return impl.RunSlice({act.data(), nullptr, out.data(), workspace.span()}, {ith, 2}).ok();
  };
  preparing = false;
  std::thread other([&] { CHECK(slice(0)); });
  while (!preparing) std::this_thread::yield();
  const double before = CpuSeconds();
  CHECK(slice(1));
  CHECK(CpuSeconds() - before < 0.05);
  other.join();
}

TEST_CASE("the caller of a loop sleeps while a worker works, and workers while there is no loop") {
  auto pool = MakeThreads(2);
  REQUIRE(pool.ok());
  const std::thread::id me = std::this_thread::get_id();
  const double before = CpuSeconds();
  // The caller's own task ends when the worker has begun the other one.
  struct Shared {
    std::thread::id me;
    std::atomic<bool> begun = false;
  } shared{me};
  (*pool)->ParallelFor(
      2,
      [](void* context, size_t) {
        auto& s = *static_cast<Shared*>(context);
        if (std::this_thread::get_id() == s.me) {
          while (!s.begun) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        } else {
          s.begun = true;
          std::this_thread::sleep_for(kSlow);
        }
      },
      &shared);
  CHECK(CpuSeconds() - before < 0.05);
  timespec process{};
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &process);
  const double idle = static_cast<double>(process.tv_sec) + 1e-9 * double(process.tv_nsec);
  std::this_thread::sleep_for(kSlow);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &process);
  CHECK(static_cast<double>(process.tv_sec) + 1e-9 * double(process.tv_nsec) - idle < 0.05);
}
#endif

}  // namespace
}  // namespace lutgemm
