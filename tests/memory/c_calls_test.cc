// Every function of lutgemm.h while memory runs out: out of memory, or a right result.
#include "support/failing_memory.h"

#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::Attempt;
using test::Walk;

constexpr size_t kM = 9, kN = 70, kK = 200;
constexpr char kFile[] = LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors";

// Everything that calls need, made while there is memory.
struct World {
  std::vector<float> weights = std::vector<float>(kN * kK), act = std::vector<float>(kM * kK),
                     out = std::vector<float>(kM * kN), good, gamma = std::vector<float>(kK, 1.0f),
                     scales = std::vector<float>(kN * 2, 0.125f),
                     made = std::vector<float>(kM * kK);
  std::vector<uint8_t> codes = std::vector<uint8_t>(kN * kK);
  std::vector<uint32_t> order = std::vector<uint32_t>(kK);
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  lutgemm_producer producer = LUTGEMM_PRODUCER_INIT;
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  lutgemm_packed* packed = nullptr;
  lutgemm_plan* plan = nullptr;
  lutgemm_file* file = nullptr;
  const void* blob = nullptr;
  size_t blob_bytes = 0;

  World() {
    for (size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<float>(i * 7919 % 1001) / 500 - 1;
      codes[i] = static_cast<uint8_t>(i % 16);
    }
    for (size_t i = 0; i < act.size(); ++i) act[i] = static_cast<float>(i * 7907 % 1001) / 500 - 1;
    for (size_t i = 0; i < kK; ++i) order[i] = static_cast<uint32_t>(kK - 1 - i);
    matrix.data = weights.data();
    matrix.rows = kN;
    matrix.cols = kK;
    producer.gamma = gamma.data();
    problem.m = kM;
    problem.threads = 3;
    REQUIRE(lutgemm_pack(&matrix, &spec, nullptr, &packed) == LUTGEMM_OK);
    REQUIRE(lutgemm_plan_create(packed, &problem, &plan) == LUTGEMM_OK);
    REQUIRE(lutgemm_file_open(kFile, 1, &file) == LUTGEMM_OK);
    REQUIRE(lutgemm_packed_info(packed, &info) == LUTGEMM_OK);
    blob = lutgemm_packed_blob(packed, &blob_bytes);
    args.act = act.data();
    args.out = out.data();
    args.workspace_bytes = lutgemm_plan_workspace_bytes(plan);
    args.workspace = std::aligned_alloc(64, args.workspace_bytes);
    args.table_bytes = lutgemm_plan_table_bytes(plan);
    args.tables = std::aligned_alloc(64, (args.table_bytes + 63) / 64 * 64);
    REQUIRE(lutgemm_threads_create(3, &args.threads) == LUTGEMM_OK);
    REQUIRE(lutgemm_run(plan, &args) == LUTGEMM_OK);
    good = out;
  }
  ~World() {
    std::free(args.workspace);
    std::free(args.tables);
    lutgemm_threads_free(args.threads);
    lutgemm_file_free(file);
    lutgemm_plan_free(plan);
    lutgemm_packed_free(packed);
  }
};

World& TheWorld() {
  static World world;
  return world;
}

// A call that makes a handle: one on success, null on failure, and then freed.
template <class Handle, class Call>
lutgemm_status Make(Attempt& attempt, void (*free)(Handle*), const Call& call) {
  auto* handle = reinterpret_cast<Handle*>(&attempt);  // to be overwritten in any case
  const lutgemm_status status = attempt([&] { return call(&handle); });
  if ((status == LUTGEMM_OK) != (handle != nullptr)) return LUTGEMM_INTERNAL;
  attempt([&] {
    free(handle);
    return 0;
  });
  return status;
}

template <class Call>
lutgemm_status RunsRight(Attempt& attempt, const Call& call) {
  World& w = TheWorld();
  std::fill(w.out.begin(), w.out.end(), -1.0f);
  const lutgemm_status status = attempt(call);
  return status == LUTGEMM_OK && w.out != w.good ? LUTGEMM_INTERNAL : status;
}

// A call that cannot fail.
template <class Call>
lutgemm_status Holds(Attempt& attempt, const Call& call) {
  return attempt(call) ? LUTGEMM_OK : LUTGEMM_INTERNAL;
}

using Body = std::function<lutgemm_status(Attempt&)>;
struct Case {
  Body body;
  Code expected = Code::kOk;
};
using Cases = std::multimap<std::string, Case>;

void AddWeights(Cases& cases, World& w) {
  const auto pack = [&w](lutgemm_pack_spec spec, lutgemm_threads* threads) -> Body {
    return [&w, spec, threads](Attempt& attempt) {
      return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
        return lutgemm_pack(&w.matrix, &spec, threads, out);
      });
    };
  };
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  cases.insert({"lutgemm_pack", {pack(spec, nullptr)}});
  cases.insert({"lutgemm_pack", {pack(spec, w.args.threads)}});
  spec.zero = LUTGEMM_ZERO_INTEGER;
  spec.scale_search = 1;
  cases.insert({"lutgemm_pack", {pack(spec, nullptr)}});
  spec = {sizeof spec, LUTGEMM_BITMOD3, 100, LUTGEMM_ZERO_NONE, LUTGEMM_U8, 1, 0};
  cases.insert({"lutgemm_pack", {pack(spec, w.args.threads)}});
  spec = {sizeof spec, LUTGEMM_TERNARY, LUTGEMM_WHOLE_TENSOR, 0, LUTGEMM_F16, 0, 0};
  cases.insert({"lutgemm_pack", {pack(spec, nullptr)}});
  spec.group = 3;
  cases.insert({"lutgemm_pack", {pack(spec, nullptr), Code::kBadArgument}});
  cases.insert({"lutgemm_pack_codes", {[&w](Attempt& attempt) {
                  lutgemm_codes codes = LUTGEMM_CODES_INIT;
                  codes.n = kN;
                  codes.k = kK;
                  codes.codes = w.codes.data();
                  codes.scales = w.scales.data();
                  return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
                    return lutgemm_pack_codes(&codes, w.args.threads, out);
                  });
                }}});
  cases.insert({"lutgemm_packed_info", {[&w](Attempt& attempt) {
                  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
                  return attempt([&] { return lutgemm_packed_info(w.packed, &info); });
                }}});
  cases.insert({"lutgemm_packed_info",
                {[&w](Attempt& attempt) {
                   lutgemm_weight_info info{};
                   return attempt([&] { return lutgemm_packed_info(w.packed, &info); });
                 },
                 Code::kBadArgument}});
  cases.insert({"lutgemm_packed_blob", {[&w](Attempt& attempt) {
                  return Holds(attempt, [&] { return lutgemm_packed_blob(w.packed, nullptr); });
                }}});
  cases.insert({"lutgemm_packed_bytes", {[&w](Attempt& attempt) {
                  return Holds(attempt,
                               [&] { return lutgemm_packed_bytes(&w.info) == w.blob_bytes; });
                }}});
  const auto from_blob = [&w](size_t missing) -> Body {
    return [&w, missing](Attempt& attempt) {
      return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
        return lutgemm_packed_from_blob(&w.info, w.blob, w.blob_bytes - missing, out);
      });
    };
  };
  cases.insert({"lutgemm_packed_from_blob", {from_blob(0)}});
  cases.insert({"lutgemm_packed_from_blob", {from_blob(1), Code::kBadShape}});
}

void AddRows(Cases& cases, World& w) {
  const auto rows = [&w](size_t row) -> Body {
    return [&w, row](Attempt& attempt) {
      std::vector<float> out(30 * kK);
      return attempt(
          [&] { return lutgemm_unpack_rows(w.packed, row, 30, out.data(), w.args.threads); });
    };
  };
  cases.insert({"lutgemm_unpack_rows", {rows(0)}});
  cases.insert({"lutgemm_unpack_rows", {rows(kN - 1), Code::kBadShape}});
}

void AddFiles(Cases& cases, World& w) {
  const auto open = [](const char* path) -> Body {
    return [path](Attempt& attempt) {
      return Make(attempt, &lutgemm_file_free,
                  [&](lutgemm_file** out) { return lutgemm_file_open(path, 1, out); });
    };
  };
  cases.insert({"lutgemm_file_open", {open(kFile), Code::kOk}});
  cases.insert({"lutgemm_file_open", {open("/none/there"), Code::kIo}});
  cases.insert(
      {"lutgemm_file_open", {open(LUTGEMM_TEST_DIR "/CMakeLists.txt"), Code::kCorruptFile}});
  cases.insert({"lutgemm_file_count", {[&w](Attempt& attempt) {
                  return Holds(attempt, [&] { return lutgemm_file_count(w.file) != 0; });
                }}});
  cases.insert({"lutgemm_file_name", {[&w](Attempt& attempt) {
                  return Holds(attempt, [&] { return lutgemm_file_name(w.file, 0); });
                }}});
  const auto get = [&w](const char* name) -> Body {
    return [&w, name](Attempt& attempt) {
      return Make(attempt, &lutgemm_packed_free,
                  [&](lutgemm_packed** out) { return lutgemm_file_get(w.file, name, out); });
    };
  };
  cases.insert({"lutgemm_file_get", {get(lutgemm_file_name(w.file, 0))}});
  cases.insert({"lutgemm_file_get", {get("a name that is in no file at all"), Code::kNotFound}});
}

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
  holds("lutgemm_plan_target", [&w] { return lutgemm_plan_target(w.plan) != nullptr; });
}

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
  holds("lutgemm_experts_kernel", [] { return lutgemm_experts_kernel(e.experts, 3) != nullptr; });
  holds("lutgemm_experts_free", [] { return true; });
}

void AddRest(Cases& cases, World& w) {
  const auto holds = [&cases](const char* name, const std::function<bool()>& call) {
    cases.insert({name, {[call](Attempt& attempt) { return Holds(attempt, call); }}});
  };
  holds("lutgemm_status_text", [] { return lutgemm_status_text(8) != nullptr; });
  holds("lutgemm_last_error", [] { return lutgemm_last_error() != nullptr; });
  holds("lutgemm_version", [] { return lutgemm_version() != nullptr; });
  holds("lutgemm_threads_count", [&w] { return lutgemm_threads_count(w.args.threads) == 3; });
  cases.insert({"lutgemm_threads_create", {[](Attempt& attempt) {
                  return Make(attempt, &lutgemm_threads_free, [&](lutgemm_threads** out) {
                    return lutgemm_threads_create(4, out);
                  });
                }}});
  cases.insert({"lutgemm_threads_create",
                {[](Attempt& attempt) {
                   return Make(attempt, &lutgemm_threads_free, [&](lutgemm_threads** out) {
                     return lutgemm_threads_create(9999, out);
                   });
                 },
                 Code::kBadArgument}});
  const auto callbacks = [](size_t count) -> Body {
    return [count](Attempt& attempt) {
      lutgemm_thread_callbacks own = LUTGEMM_THREAD_CALLBACKS_INIT;
      own.count = count;
      own.parallel_for = [](void*, size_t, void (*)(void*, size_t), void*) {};
      return Make(attempt, &lutgemm_threads_free,
                  [&](lutgemm_threads** out) { return lutgemm_threads_from_callbacks(&own, out); });
    };
  };
  cases.insert({"lutgemm_threads_from_callbacks", {callbacks(2)}});
  cases.insert({"lutgemm_threads_from_callbacks", {callbacks(0)}});
  cases.insert({"lutgemm_threads_from_callbacks", {callbacks(9999), Code::kBadArgument}});
  holds("lutgemm_kernel_count", [] { return lutgemm_kernel_count() != 0; });
  holds("lutgemm_target_count", [] { return lutgemm_target_count() != 0; });
  holds("lutgemm_target_name", [] { return lutgemm_target_name(0) != nullptr; });
  const auto row = [](size_t index) -> Body {
    return [index](Attempt& attempt) {
      lutgemm_kernel_info info = LUTGEMM_KERNEL_INFO_INIT;
      return attempt([&] { return lutgemm_kernel(index, &info); });
    };
  };
  cases.insert({"lutgemm_kernel", {row(0)}});
  cases.insert({"lutgemm_kernel", {row(9999), Code::kNotFound}});
  // What every case that makes a handle does with it.
  for (const char* name :
       {"lutgemm_packed_free", "lutgemm_plan_free", "lutgemm_file_free", "lutgemm_threads_free"}) {
    holds(name, [] { return true; });
  }
}

Cases AllCases() {
  World& w = TheWorld();
  Cases cases;
  AddWeights(cases, w);
  AddRows(cases, w);
  AddFiles(cases, w);
  AddPlans(cases, w);
  AddRuns(cases, w);
  AddSlices(cases, w);
  AddExperts(cases, w);
  AddRest(cases, w);
  return cases;
}

TEST_CASE("every function of the C interface is out of memory or right") {
  for (const auto& [name, one] : AllCases()) {
    test::WalkFailures({name.c_str(), one.expected}, one.body);
  }
}

TEST_CASE("the cases above are all functions that the header declares") {
  std::ifstream file(LUTGEMM_SOURCE_DIR "/include/lutgemm/lutgemm.h");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::regex declaration(R"(LUTGEMM_API [^;]*?(lutgemm_\w+)\()");
  std::set<std::string> declared, covered;
  for (std::sregex_iterator it(text.begin(), text.end(), declaration), end; it != end; ++it) {
    declared.insert((*it)[1]);
  }
  for (const auto& [name, one] : AllCases()) covered.insert(name);
  CHECK(declared.size() > 30);
  for (const std::string& name : declared) CHECK_MESSAGE(covered.contains(name), name);
  for (const std::string& name : covered) CHECK_MESSAGE(declared.contains(name), name);
}

TEST_CASE("calls that allocate do meet failures, and say so") {
  World& w = TheWorld();
  const size_t failures = test::WalkFailures({"pack"}, [&](Attempt& attempt) {
    return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
      return lutgemm_pack(&w.matrix, &w.spec, nullptr, out);
    });
  });
  CHECK(failures >= 10);
  lutgemm_packed* packed = nullptr;
  test::FailFrom(0, true);
  const lutgemm_status status = lutgemm_pack(&w.matrix, &w.spec, nullptr, &packed);
  test::StopFailing();
  CHECK(status == LUTGEMM_OUT_OF_MEMORY);
  CHECK(std::string(lutgemm_last_error()) == "out of memory");
}

}  // namespace
}  // namespace lutgemm
