// What the tests of the C interface without memory share: cases by function, and what calls need.
#ifndef LUTGEMM_TESTS_MEMORY_C_CASES_H_
#define LUTGEMM_TESTS_MEMORY_C_CASES_H_

#include "support/failing_memory.h"

#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lutgemm::memory_test {

using test::Attempt;

// Makes calls while memory lacks, and says how they ended.
using Body = std::function<lutgemm_status(Attempt&)>;
struct Case {
  Body body;
  Code expected = Code::kOk;
};
// By the name of the function.
using Cases = std::multimap<std::string, Case>;

// The cases of each part of the interface; together they are those of all functions.
Cases WeightCases();
Cases CodeCases();
Cases FileCases();
Cases ImportCases();
Cases PlanCases();
Cases RunCases();
Cases ExpertCases();
Cases OrderCases();
Cases CacheCases();
Cases OtherCases();

inline void WalkAll(const Cases& cases) {
  for (const auto& [name, one] : cases) {
    test::WalkFailures({name.c_str(), one.expected}, one.body);
  }
}

inline constexpr size_t kM = 9, kN = 70, kK = 200;
inline constexpr char kFile[] = LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors";

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

inline World& TheWorld() {
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

// Cases of calls with a status, and of calls that cannot fail.
inline void Ends(Cases& cases, const char* name, const std::function<lutgemm_status()>& call,
                 Code expected = Code::kOk) {
  cases.insert({name, {[call](Attempt& attempt) { return attempt(call); }, expected}});
}
inline void Is(Cases& cases, const char* name, const std::function<bool()>& call) {
  cases.insert({name, {[call](Attempt& attempt) { return Holds(attempt, call); }}});
}

// A call that makes a handle of this type.
template <class Handle>
struct Maker {
  void (*free)(Handle*);
  std::function<lutgemm_status(Handle**)> call;
};
template <class Handle>
void Makes(Cases& cases, const char* name, const Maker<Handle>& maker, Code expected = Code::kOk) {
  cases.insert(
      {name,
       {[maker](Attempt& attempt) { return Make(attempt, maker.free, maker.call); }, expected}});
}

}  // namespace lutgemm::memory_test

#endif  // LUTGEMM_TESTS_MEMORY_C_CASES_H_
