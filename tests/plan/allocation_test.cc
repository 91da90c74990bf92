// Neither Run, RunSlice, BuildTables nor Apply allocates: the allocator of this program counts.
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<size_t> allocations{0};

void* Count(size_t bytes) {
  ++allocations;
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

}  // namespace
}  // namespace lutgemm
