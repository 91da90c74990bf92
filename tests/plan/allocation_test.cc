// Neither Run, BuildTables, Apply, their slices nor groups of products allocate, and plans little:
// the allocator of this program counts.
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>
#include <lutgemm/experts.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<size_t> allocations{0}, allocated{0};

void* Count(size_t bytes) {
  ++allocations;
  allocated += bytes;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(size_t bytes) { return Count(bytes); }
void* operator new[](size_t bytes) { return Count(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace lutgemm {
namespace {

TEST_CASE("running a plan allocates nothing") {
  test::Random random(31);
  for (WeightFormat format : {WeightFormat::kInt2, WeightFormat::kInt4, WeightFormat::kTernary}) {
    for (Mode mode : {Mode::kFast, Mode::kExact}) {
      for (size_t m : {size_t{1}, size_t{40}}) {
        WeightInfo info;
        info.format = format;
        info.n = 96;
        info.k = 256;
        info.group = format == WeightFormat::kTernary ? kWholeTensor : 64;
        Problem problem;
        problem.m = m;
        problem.mode = mode;
        // A gather of every shape of call.
        for (uint32_t i = 0; m == 40 && i < info.k; ++i) {
          problem.act_order.from.push_back(static_cast<uint32_t>(info.k) - 1 - i);
        }
        const Plan plan = test::MustPlan(test::MustPack(test::RandomMatrix(info, random)), problem);
        const auto act = random.Normals(m * info.k);
        std::vector<float> out(m * info.n);
        const test::Guarded workspace(plan.workspace_bytes()), tables(plan.table_bytes());
        const std::vector<float> gamma(info.k, 1.0f);
        Producer producer;
        producer.gamma = gamma.data();
        const size_t before = allocations;
        bool ok = plan.Run(act.data(), out.data(), workspace.span()).ok();
        ok = ok && plan.RunSlice(act.data(), out.data(), workspace.span(), 0, 1).ok();
        ok = ok && plan.BuildTables(act.data(), tables.span()).ok();
        ok = ok && plan.Apply(tables.span(), out.data(), workspace.span()).ok();
        ok = ok && plan.Run(act.data(), producer, out.data(), workspace.span()).ok();
        ok = ok && plan.BuildTables(act.data(), producer, tables.span()).ok();
        ok = ok && plan.RunSlice(act.data(), producer, out.data(), workspace.span(), 0, 1).ok();
        ok = ok && plan.BuildTablesSlice(act.data(), tables.span(), 0, 1).ok();
        ok = ok && plan.ApplySlice(tables.span(), out.data(), workspace.span(), 0, 1).ok();
        const size_t after = allocations;
        CHECK(ok);
        CHECK(after == before);
      }
    }
  }
  const size_t before = allocations;
  ::operator delete(::operator new(1));  // calls, which compilers may not drop
  CHECK(allocations > before);           // the counter counts
}

TEST_CASE("a plan makes no text, one allocation, and takes less than 2 KB") {
  test::Random random(32);
  for (const WeightFormat format :
       {WeightFormat::kInt2, WeightFormat::kInt4, WeightFormat::kTernary, WeightFormat::kMxfp4}) {
    WeightInfo info;
    info.format = format;
    info.n = 96;
    info.k = 256;
    info.group = format == WeightFormat::kTernary ? kWholeTensor : 32;
    if (format == WeightFormat::kMxfp4) info.scale = Elem::kE8m0;
    const PackedWeights weights = test::MustPack(test::RandomMatrix(info, random));
    for (const size_t m : {size_t{1}, size_t{40}, size_t{512}}) {
      Problem problem;
      problem.m = m, problem.threads = 5;
      // What is set up at a process's first plan.
      REQUIRE(MakePlan(weights, problem).ok());
      const size_t before = allocations, bytes = allocated;
      const Result<Plan> plan = MakePlan(weights, problem);
      const size_t after = allocations, more = allocated;
      CHECK(plan.ok());
      CHECK(after - before == 1);
      CHECK(more - bytes + sizeof(Plan) <= 2048);
    }
  }
}

TEST_CASE("a group of products allocates nothing when it runs") {
  test::Random random(33);
  WeightInfo info;
  info.format = WeightFormat::kInt4;
  info.n = 96;
  info.k = 256;
  info.group = 64;
  std::vector<PackedWeights> experts;
  for (int i = 0; i < 3; ++i) {
    experts.push_back(test::MustPack(test::RandomMatrix(info, random)));
  }
  Problem problem;
  problem.m = 40;
  const auto plan = MakeExpertPlan(experts, problem);
  REQUIRE(plan.ok());
  const std::vector<float> act = random.Normals(4 * info.k);
  std::vector<float> out(40 * info.n);
  const std::vector<ExpertRows> parts{{2, 30, nullptr}, {0, 1, nullptr}, {1, 9, nullptr}};
  std::vector<uint32_t> tokens(40);
  for (uint32_t i = 0; i < 40; ++i) tokens[i] = i % 4;
  const test::Guarded workspace(plan->workspace_bytes());
  const ExpertRun run{act.data(), out.data(), parts, tokens, 4, nullptr};
  const size_t before = allocations;
  const bool ok = plan->Run(run, workspace.span()).ok();
  const size_t after = allocations;
  CHECK(ok);
  CHECK(after == before);
}

}  // namespace
}  // namespace lutgemm
