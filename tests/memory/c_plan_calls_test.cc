// Plans without memory.
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

void AddPlans(Cases& cases, World& w) {
  const auto plan = [&w](lutgemm_problem problem) -> Body {
    return [&w, problem](Attempt& attempt) {
      return Make(attempt, &lutgemm_plan_free,
                  [&](lutgemm_plan** out) { return lutgemm_plan_create(w.packed, &problem, out); });
    };
  };
  lutgemm_problem problem = w.problem;
  cases.insert({"lutgemm_plan_create", {plan(problem)}});
  problem.threads = 0;
  cases.insert({"lutgemm_plan_create", {plan(problem)}});
  problem.act_order = w.order.data();
  problem.target = "PORTABLE";
  cases.insert({"lutgemm_plan_create", {plan(problem)}});
  problem.kernel = "no kernel of this library has such a name";
  cases.insert({"lutgemm_plan_create", {plan(problem), Code::kNoKernel}});
  problem.target = "no processor of this world";
  cases.insert({"lutgemm_plan_create", {plan(problem), Code::kBadArgument}});
  problem = w.problem;
  problem.block = 17;
  cases.insert({"lutgemm_plan_create", {plan(problem), Code::kBadArgument}});
  const auto holds = [&cases](const char* name, const std::function<bool()>& call) {
    cases.insert({name, {[call](Attempt& attempt) { return Holds(attempt, call); }}});
  };
  holds("lutgemm_plan_threads", [&w] { return lutgemm_plan_threads(w.plan) == 3; });
  holds("lutgemm_plan_workspace_bytes", [&w] { return lutgemm_plan_workspace_bytes(w.plan) > 0; });
  holds("lutgemm_plan_table_bytes", [&w] { return lutgemm_plan_table_bytes(w.plan) > 0; });
  holds("lutgemm_plan_table_key", [&w] { return lutgemm_plan_table_key(w.plan) != 0; });
  holds("lutgemm_plan_method",
        [&w] { return lutgemm_plan_method(w.plan) <= LUTGEMM_METHOD_CODEBOOK; });
  holds("lutgemm_plan_regime", [&w] { return lutgemm_plan_regime(w.plan) <= LUTGEMM_REGIME_GEMM; });
  holds("lutgemm_plan_block", [&w] { return lutgemm_plan_block(w.plan) != 0; });
  holds("lutgemm_plan_k_chunk", [&w] { return lutgemm_plan_k_chunk(w.plan) < 1 << 20; });
  holds("lutgemm_plan_explain", [&w] { return lutgemm_plan_explain(w.plan) != nullptr; });
  holds("lutgemm_plan_kernel", [&w] { return lutgemm_plan_kernel(w.plan) != nullptr; });
  holds("lutgemm_plan_free", [] { return true; });
  holds("lutgemm_plan_target", [&w] { return lutgemm_plan_target(w.plan) != nullptr; });
}

}  // namespace

Cases PlanCases() {
  Cases cases;
  AddPlans(cases, TheWorld());
  return cases;
}

TEST_CASE("plans without memory") { WalkAll(PlanCases()); }

}  // namespace lutgemm::memory_test
