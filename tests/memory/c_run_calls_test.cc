// Runs without memory: whole and in slices.
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

void AddRuns(Cases& cases, World& w) {
  const auto runs = [&cases](const char* name, const std::function<lutgemm_status()>& call) {
    cases.insert({name, {[call](Attempt& attempt) { return RunsRight(attempt, call); }}});
  };
  const auto ends = [&cases](const char* name, Code expected,
                             const std::function<lutgemm_status()>& call) {
    cases.insert({name, {[call](Attempt& attempt) { return attempt(call); }, expected}});
  };
  lutgemm_run_args small = w.args;
  small.workspace_bytes = 64;
  small.table_bytes = 64;
  runs("lutgemm_run", [&w] { return lutgemm_run(w.plan, &w.args); });
  ends("lutgemm_run", Code::kWorkspaceTooSmall,
       [&w, small] { return lutgemm_run(w.plan, &small); });
  runs("lutgemm_run_slice", [&w] { return lutgemm_run_slice(w.plan, &w.args, 0, 1); });
  ends("lutgemm_run_slice", Code::kBadArgument,
       [&w] { return lutgemm_run_slice(w.plan, &w.args, 7, 7); });
  runs("lutgemm_apply", [&w] {
    const lutgemm_status status = lutgemm_build_tables(w.plan, &w.args);
    return status != LUTGEMM_OK ? status : lutgemm_apply(w.plan, &w.args);
  });
  ends("lutgemm_apply", Code::kWorkspaceTooSmall,
       [&w, small] { return lutgemm_apply(w.plan, &small); });
  ends("lutgemm_build_tables", Code::kOk, [&w] { return lutgemm_build_tables(w.plan, &w.args); });
  ends("lutgemm_build_tables", Code::kWorkspaceTooSmall,
       [&w, small] { return lutgemm_build_tables(w.plan, &small); });
  const auto bad = [&w] {
    lutgemm_producer producer = w.producer;
    producer.kind = 9;
    return producer;
  };
  lutgemm_run_args made = w.args;
  made.out = w.made.data();
  ends("lutgemm_produce", Code::kOk,
       [&w, made] { return lutgemm_produce(w.plan, &w.producer, &made); });
  ends("lutgemm_produce", Code::kBadArgument,
       [&w, made, p = bad()] { return lutgemm_produce(w.plan, &p, &made); });
  ends("lutgemm_run_fused", Code::kOk,
       [&w] { return lutgemm_run_fused(w.plan, &w.producer, &w.args); });
  ends("lutgemm_run_fused", Code::kBadArgument,
       [&w, p = bad()] { return lutgemm_run_fused(w.plan, &p, &w.args); });
  ends("lutgemm_build_tables_fused", Code::kOk,
       [&w] { return lutgemm_build_tables_fused(w.plan, &w.producer, &w.args); });
}

// Slices of calls, one of one, and what else plans tell.
void AddSlices(Cases& cases, World& w) {
  const auto ends = [&cases](const char* name, Code expected,
                             const std::function<lutgemm_status()>& call) {
    cases.insert({name, {[call](Attempt& attempt) { return attempt(call); }, expected}});
  };
  const lutgemm_run_args* args = &w.args;
  const lutgemm_producer* by = &w.producer;
  for (const auto& [nth, code] : {std::pair<size_t, Code>{1, Code::kOk}, {9, Code::kBadArgument}}) {
    const size_t n = nth;
    ends("lutgemm_run_fused_slice", code,
         [&w, args, by, n] { return lutgemm_run_fused_slice(w.plan, by, args, 0, n); });
    ends("lutgemm_build_tables_slice", code,
         [&w, args, n] { return lutgemm_build_tables_slice(w.plan, args, 0, n); });
    ends("lutgemm_build_tables_fused_slice", code,
         [&w, args, by, n] { return lutgemm_build_tables_fused_slice(w.plan, by, args, 0, n); });
    ends("lutgemm_apply_slice", code, [&w, args, n] {
      const lutgemm_status status = lutgemm_build_tables(w.plan, args);
      return status != LUTGEMM_OK ? status : lutgemm_apply_slice(w.plan, args, 0, n);
    });
    ends("lutgemm_produce_slice", code, [&w, by, n] {
      lutgemm_run_args made = w.args;
      made.out = w.made.data();
      return lutgemm_produce_slice(w.plan, by, &made, 0, n);
    });
  }
  for (const auto& [tokens, code] :
       {std::pair<size_t, Code>{500, Code::kOk}, {0, Code::kBadShape}}) {
    const size_t most = tokens;
    ends("lutgemm_max_workspace_bytes", code, [&w, most] {
      size_t bytes = 0;
      return lutgemm_max_workspace_bytes(w.packed, &w.problem, most, &bytes);
    });
    ends("lutgemm_max_table_bytes", code, [&w, most] {
      size_t bytes = 0;
      return lutgemm_max_table_bytes(w.packed, &w.problem, most, &bytes);
    });
  }
}

}  // namespace

Cases RunCases() {
  Cases cases;
  AddRuns(cases, TheWorld());
  AddSlices(cases, TheWorld());
  return cases;
}

TEST_CASE("runs without memory") { WalkAll(RunCases()); }

}  // namespace lutgemm::memory_test
