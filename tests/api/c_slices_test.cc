// C interface: slices of every call, memory for the most tokens, and parts of the outputs.
#include "base/buffer.h"
#include "c_kit.h"

#include <cstring>

namespace lutgemm::test {
namespace {

constexpr size_t kN = 96, kK = 128, kTokens = 3, kSlices = 3;

PlanHandle MustPlan(const PackedHandle& packed, const lutgemm_problem& problem) {
  lutgemm_plan* plan = nullptr;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &plan));
  return PlanHandle(plan);
}

// Arguments of calls with memory that lasts as long.
struct Call {
  std::vector<float> act, out;
  base::Buffer workspace, tables;
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;

  Call(const lutgemm_plan* plan, size_t outputs) : out(outputs) {
    Random random(77);
    act = random.Normals(kTokens * kK);
    workspace = *base::Buffer::Allocate(lutgemm_plan_workspace_bytes(plan));
    tables = *base::Buffer::Allocate(lutgemm_plan_table_bytes(plan));
    std::memset(workspace.data(), 0, LUTGEMM_WORKSPACE_HEADER);
    args.act = act.data(), args.out = out.data();
    args.workspace = workspace.data(), args.workspace_bytes = workspace.size();
    args.tables = tables.data(), args.table_bytes = tables.size();
  }
  // What the output is after all slices, the last one first.
  template <class Slice>
  std::vector<float> After(const Slice& slice) {
    std::fill(out.begin(), out.end(), -1.0f);
    for (size_t i = kSlices; i-- > 0;) MustSucceed(slice(i));
    return out;
  }
};

TEST_CASE("slices of C calls together are the whole calls") {
  const PackedHandle packed = PackC(RandomWeights(kN, kK), {WeightFormat::kInt4, 64});
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = kTokens, problem.threads = kSlices;
  const PlanHandle plan = MustPlan(packed, problem);
  Call call(plan.get(), kTokens * kK);  // as many as Produce stores
  const std::vector<float> gamma(kK, 1.5f);
  lutgemm_producer producer = LUTGEMM_PRODUCER_INIT;
  producer.gamma = gamma.data();
  const auto* p = plan.get();
  const auto* a = &call.args;
  const auto whole = [&](auto run) {
    return call.After([&](size_t i) { return i == 0 ? run() : LUTGEMM_OK; });
  };
  const auto ready = whole([&] { return lutgemm_run(p, a); });
  const auto fused = whole([&] { return lutgemm_run_fused(p, &producer, a); });
  const auto made = whole([&] { return lutgemm_produce(p, &producer, a); });
  std::memset(call.workspace.data(), 0, LUTGEMM_WORKSPACE_HEADER);
  CHECK(call.After([&](size_t i) { return lutgemm_run_slice(p, a, i, kSlices); }) == ready);
  CHECK(call.After([&](size_t i) {
    return lutgemm_run_fused_slice(p, &producer, a, i, kSlices);
  }) == fused);
  CHECK(call.After([&](size_t i) { return lutgemm_produce_slice(p, &producer, a, i, kSlices); }) ==
        made);
  const auto apply = [&](size_t i) { return lutgemm_apply_slice(p, a, i, kSlices); };
  CHECK(lutgemm_apply_slice(p, a, 0, kSlices) == LUTGEMM_LAYOUT_MISMATCH);
  call.After([&](size_t i) { return lutgemm_build_tables_slice(p, a, i, kSlices); });
  CHECK(call.After(apply) == ready);
  call.After(
      [&](size_t i) { return lutgemm_build_tables_fused_slice(p, &producer, a, i, kSlices); });
  CHECK(call.After(apply) == fused);
  CHECK(lutgemm_apply_slice(p, a, kSlices, kSlices) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("plans of parts of the outputs, and one reservation for all of them") {
  const PackedHandle packed = PackC(RandomWeights(kN, kK), {WeightFormat::kInt2, 64});
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = kTokens;
  const PlanHandle whole = MustPlan(packed, problem);
  Call call(whole.get(), kTokens * kN);
  MustSucceed(lutgemm_run(whole.get(), &call.args));
  size_t most = 0, tables = 0;
  MustSucceed(lutgemm_max_workspace_bytes(packed.get(), &problem, kTokens, &most));
  MustSucceed(lutgemm_max_table_bytes(packed.get(), &problem, kTokens, &tables));
  CHECK(most >= call.args.workspace_bytes);
  CHECK(tables >= call.args.table_bytes);
  const auto want = call.out;
  problem.out_stride = kN;
  for (size_t begin = 0; begin < kN; begin += 32) {
    problem.n_begin = begin, problem.n_end = begin + 32;
    const PlanHandle part = MustPlan(packed, problem);
    call.args.out = call.out.data() + begin;
    std::fill_n(call.out.data() + begin, 32, -1.0f);
    MustSucceed(lutgemm_run(part.get(), &call.args));
  }
  CHECK(call.out == want);
  problem.n_begin = 8;
  lutgemm_plan* none = nullptr;
  CHECK(lutgemm_plan_create(packed.get(), &problem, &none) == LUTGEMM_BAD_SHAPE);
  CHECK(lutgemm_max_table_bytes(packed.get(), &problem, 1, &tables) == LUTGEMM_BAD_SHAPE);
  CHECK(tables == 0);
  CHECK(lutgemm_max_workspace_bytes(nullptr, &problem, 1, &most) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_max_workspace_bytes(packed.get(), &problem, 1, nullptr) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("a plan's text is made once and lives as long as the plan") {
  const PackedHandle packed = PackC(RandomWeights(kN, kK), {WeightFormat::kInt2, 64});
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  const PlanHandle plan = MustPlan(packed, problem);
  const char* text = lutgemm_plan_explain(plan.get());
  CHECK(std::string(text).find(lutgemm_plan_kernel(plan.get())) != std::string::npos);
  CHECK(lutgemm_plan_explain(plan.get()) == text);
}

}  // namespace
}  // namespace lutgemm::test
