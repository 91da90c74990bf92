// Groups of products without memory.
#include "memory/c_cases.h"

#include <cstring>

namespace lutgemm::memory_test {
namespace {

// A group of the same weights twice, with a workspace that lasts as long as the process.
struct ExpertsWorld {
  lutgemm_experts* experts = nullptr;
  lutgemm_expert_rows parts[2] = {{1, 4, nullptr}, {0, 5, nullptr}};
  lutgemm_experts_run_args args = LUTGEMM_EXPERTS_RUN_ARGS_INIT;
  std::vector<std::byte> memory;

  explicit ExpertsWorld(World& w) {
    const lutgemm_packed* packed[] = {w.packed, w.packed};
    REQUIRE(lutgemm_experts_create(packed, 2, &w.problem, &experts) == LUTGEMM_OK);
    args.workspace_bytes = lutgemm_experts_workspace_bytes(experts);
    memory.resize(args.workspace_bytes + 64);
    args.workspace = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    args.act = w.act.data(), args.out = w.made.data();
    args.parts = parts, args.part_count = 2;
    args.threads = w.args.threads;
  }
  ~ExpertsWorld() { lutgemm_experts_free(experts); }
};

void AddExperts(Cases& cases, World& w) {
  static ExpertsWorld e(w);
  const auto make = [&w](size_t count) -> Body {
    return [&w, count](Attempt& attempt) {
      const lutgemm_packed* packed[] = {w.packed, w.packed};
      return Make(attempt, &lutgemm_experts_free, [&](lutgemm_experts** out) {
        return lutgemm_experts_create(packed, count, &w.problem, out);
      });
    };
  };
  cases.insert({"lutgemm_experts_create", {make(2)}});
  cases.insert({"lutgemm_experts_create", {make(0), Code::kBadArgument}});
  const auto call = [&cases](const char* name, const std::function<lutgemm_status()>& run,
                             Code expected = Code::kOk) {
    cases.insert({name, {[run](Attempt& attempt) { return attempt(run); }, expected}});
  };
  call("lutgemm_experts_run", [] { return lutgemm_experts_run(e.experts, &e.args); });
  call(
      "lutgemm_experts_run",
      [] {
        lutgemm_experts_run_args small = e.args;
        small.workspace_bytes = 64;
        return lutgemm_experts_run(e.experts, &small);
      },
      Code::kWorkspaceTooSmall);
  call("lutgemm_experts_run_slice", [] {
    std::memset(e.args.workspace, 0, LUTGEMM_WORKSPACE_HEADER);
    return lutgemm_experts_run_slice(e.experts, &e.args, 0, 1);
  });
  const auto holds = [&cases](const char* name, const std::function<bool()>& told) {
    cases.insert({name, {[told](Attempt& attempt) { return Holds(attempt, told); }}});
  };
  holds("lutgemm_experts_workspace_bytes",
        [] { return lutgemm_experts_workspace_bytes(e.experts) != 0; });
  holds("lutgemm_experts_target", [] { return lutgemm_experts_target(e.experts) != nullptr; });
  holds("lutgemm_experts_kernel", [] { return lutgemm_experts_kernel(e.experts, 3) != nullptr; });
  holds("lutgemm_experts_free", [] { return true; });
}

}  // namespace

Cases ExpertCases() {
  Cases cases;
  AddExperts(cases, TheWorld());
  return cases;
}

TEST_CASE("groups of products without memory") { WalkAll(ExpertCases()); }

}  // namespace lutgemm::memory_test
