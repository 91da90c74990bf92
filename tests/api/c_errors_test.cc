// The C interface under misuse: nulls, enums, and what lutgemm_last_error says.
#include "c_errors_kit.h"

#include <cmath>
#include <string>
#include <thread>

namespace {

using lutgemm::c_errors::Fixture;
using lutgemm::c_errors::LastError;

TEST_CASE_FIXTURE(Fixture, "null arguments are named") {
  lutgemm_packed* out = nullptr;
  lutgemm_plan* plan_out = nullptr;
  lutgemm_file* file = nullptr;
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  const auto null = [](lutgemm_status status, const std::string& name) {
    CHECK(status == LUTGEMM_BAD_ARGUMENT);
    CHECK(LastError() == name + " is null");
  };
  null(lutgemm_threads_create(1, nullptr), "out");
  lutgemm_threads* threads = nullptr;
  lutgemm_thread_callbacks callbacks = LUTGEMM_THREAD_CALLBACKS_INIT;
  null(lutgemm_threads_from_callbacks(nullptr, &threads), "callbacks");
  null(lutgemm_threads_from_callbacks(&callbacks, nullptr), "out");
  null(lutgemm_threads_from_callbacks(&callbacks, &threads), "parallel_for");
  null(lutgemm_pack(nullptr, &spec, nullptr, &out), "matrix");
  null(lutgemm_pack(&matrix, nullptr, nullptr, &out), "spec");
  null(lutgemm_pack(&matrix, &spec, nullptr, nullptr), "out");
  null(lutgemm_pack_codes(nullptr, nullptr, &out), "codes");
  null(lutgemm_pack_codes(&codes, nullptr, nullptr), "out");
  null(lutgemm_packed_info(nullptr, &info), "packed");
  null(lutgemm_packed_info(packed, nullptr), "info");
  null(lutgemm_packed_from_blob(nullptr, values.data(), 64, &out), "info");
  null(lutgemm_packed_from_blob(&info, nullptr, 64, &out), "blob");
  null(lutgemm_packed_from_blob(&info, values.data(), 64, nullptr), "out");
  null(lutgemm_unpack_rows(nullptr, 0, 1, values.data(), nullptr), "packed");
  null(lutgemm_unpack_rows(packed, 0, 1, nullptr, nullptr), "out");
  null(lutgemm_file_open(nullptr, 1, &file), "path");
  null(lutgemm_file_open("x", 1, nullptr), "out");
  null(lutgemm_file_get(nullptr, "x", &out), "file");
  null(lutgemm_plan_create(nullptr, &problem, &plan_out), "packed");
  null(lutgemm_plan_create(packed, nullptr, &plan_out), "problem");
  null(lutgemm_plan_create(packed, &problem, nullptr), "out");
  null(lutgemm_kernel(0, nullptr), "info");
  for (const auto run : {lutgemm_run, lutgemm_build_tables, lutgemm_apply}) {
    null(run(nullptr, &args), "plan");
    null(run(plan, nullptr), "args");
    CHECK(run(plan, &args) == LUTGEMM_BAD_ARGUMENT);  // no memory given
  }
  null(lutgemm_run_slice(nullptr, &args, 0, 1), "plan");
  CHECK(lutgemm_run_slice(plan, &args, 0, 1) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("queries of null handles answer nothing, and freeing null is allowed") {
  size_t bytes = 7;
  CHECK(lutgemm_packed_blob(nullptr, &bytes) == nullptr);
  CHECK(bytes == 0);
  CHECK(lutgemm_packed_blob(nullptr, nullptr) == nullptr);
  CHECK(lutgemm_packed_bytes(nullptr) == 0);
  CHECK(lutgemm_file_count(nullptr) == 0);
  CHECK(lutgemm_file_name(nullptr, 0) == nullptr);
  CHECK(lutgemm_plan_threads(nullptr) == 0);
  CHECK(lutgemm_plan_workspace_bytes(nullptr) == 0);
  CHECK(lutgemm_plan_table_bytes(nullptr) == 0);
  CHECK(lutgemm_plan_table_key(nullptr) == 0);
  CHECK(lutgemm_plan_explain(nullptr) == nullptr);
  CHECK(lutgemm_plan_kernel(nullptr) == nullptr);
  CHECK(lutgemm_plan_target(nullptr) == nullptr);
  CHECK(lutgemm_threads_count(nullptr) == 1);
  lutgemm_packed_free(nullptr);
  lutgemm_plan_free(nullptr);
  lutgemm_file_free(nullptr);
  lutgemm_threads_free(nullptr);
}

TEST_CASE_FIXTURE(Fixture, "names that callers give stand in texts without control characters") {
  lutgemm_problem named = problem;
  named.kernel = "\x1b[2J";
  CHECK(Plan(named) == LUTGEMM_NO_KERNEL);
  CHECK(LastError().starts_with("kernel '\\x1b[2J' cannot run "));
  named.kernel = nullptr;
  named.target = "\x1b[2J";
  CHECK(Plan(named) == LUTGEMM_BAD_ARGUMENT);
  CHECK(LastError().starts_with("this build has no target '\\x1b[2J'; it can run: "));
}

TEST_CASE_FIXTURE(Fixture, "enum values that do not exist are refused, also beyond a byte") {
  for (const uint32_t bad : {18u, 256u, 257u, 0xffffffffu}) {
    CAPTURE(bad);
    for (uint32_t lutgemm_pack_spec::*field :
         {&lutgemm_pack_spec::format, &lutgemm_pack_spec::zero, &lutgemm_pack_spec::scale,
          &lutgemm_pack_spec::layout}) {
      lutgemm_pack_spec s = spec;
      s.*field = bad;
      CHECK(Pack(matrix, s) == LUTGEMM_BAD_ARGUMENT);
      CHECK(LastError().find("enum value " + std::to_string(bad)) != std::string::npos);
    }
    for (uint32_t lutgemm_problem::*field :
         {&lutgemm_problem::act, &lutgemm_problem::out, &lutgemm_problem::mode}) {
      lutgemm_problem p = problem;
      p.*field = bad;
      CHECK(Plan(p) == LUTGEMM_BAD_ARGUMENT);
    }
    lutgemm_matrix m = matrix;
    m.elem = bad;
    CHECK(Pack(m, spec) == LUTGEMM_BAD_ARGUMENT);
    lutgemm_codes codes = LUTGEMM_CODES_INIT;
    codes.format = bad;
    lutgemm_packed* out = nullptr;
    CHECK(lutgemm_pack_codes(&codes, nullptr, &out) == LUTGEMM_BAD_ARGUMENT);
    lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
    info.layout = bad;
    CHECK(lutgemm_packed_bytes(&info) == 0);
  }
  lutgemm_pack_spec s = spec;
  s.format = 0;
  CHECK(Pack(matrix, s) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE_FIXTURE(Fixture, "errors from within keep their code and text") {
  values[3 * 32 + 5] = -INFINITY;
  CHECK(Pack(matrix, spec) == LUTGEMM_NOT_FINITE);
  CHECK(LastError().find("[3, 5]") != std::string::npos);
  lutgemm_matrix m = matrix;
  m.rows = 0;
  CHECK(Pack(m, spec) == LUTGEMM_BAD_SHAPE);
  lutgemm_pack_spec s = spec;
  s.group = 3;
  CHECK(Pack(matrix, s) == LUTGEMM_BAD_ARGUMENT);
  s = spec;
  s.format = LUTGEMM_INT2;
  s.layout = LUTGEMM_LAYOUT_TRITS;
  values.assign(values.size(), 1.0f);
  CHECK(Pack(matrix, s) == LUTGEMM_UNSUPPORTED_FORMAT);
  lutgemm_problem p = problem;
  p.m = 0;
  CHECK(Plan(p) != LUTGEMM_OK);
  lutgemm_threads* threads = nullptr;
  CHECK(lutgemm_threads_create(1000000, &threads) == LUTGEMM_BAD_ARGUMENT);
  CHECK(threads == nullptr);
}

TEST_CASE("codes: missing arrays and impossible sizes, before anything is read") {
  const uint8_t codes[8] = {};
  const float scales[2] = {1, 1};
  lutgemm_codes c = LUTGEMM_CODES_INIT;
  lutgemm_packed* out = nullptr;
  c.n = 2;
  c.k = 4;
  const auto fails = [&](lutgemm_status code, const std::string& text) {
    CHECK(lutgemm_pack_codes(&c, nullptr, &out) == code);
    CHECK(LastError().find(text) != std::string::npos);
  };
  fails(LUTGEMM_BAD_ARGUMENT, "codes is null");
  c.codes = codes;
  fails(LUTGEMM_BAD_ARGUMENT, "scales is null");
  c.scales = scales;
  c.zero = LUTGEMM_ZERO_INTEGER;
  fails(LUTGEMM_BAD_ARGUMENT, "zeros is null");
  c.zero = LUTGEMM_ZERO_FLOAT;
  fails(LUTGEMM_BAD_ARGUMENT, "offsets is null");
  c.zero = LUTGEMM_ZERO_NONE;
  c.n = ~size_t{0};
  fails(LUTGEMM_BAD_SHAPE, "rows");
  c.n = 2;
  c.k = 0;
  fails(LUTGEMM_BAD_SHAPE, "columns");
  c.k = 4;
  REQUIRE(lutgemm_pack_codes(&c, nullptr, &out) == LUTGEMM_OK);
  lutgemm_packed_free(out);
}

TEST_CASE("a text that is too long keeps its end, where the reason is") {
  const std::string path = "/" + std::string(3000, 'x');
  lutgemm_file* file = nullptr;
  REQUIRE(lutgemm_file_open(path.c_str(), 0, &file) != LUTGEMM_OK);
  const std::string text = LastError();
  CHECK(text.size() <= 1023);
  CHECK(text.starts_with("/xxx"));
  CHECK(text.find(" ... ") != std::string::npos);
  CHECK(text.ends_with("File name too long"));
}

TEST_CASE("each thread has its own last error") {
  CHECK(lutgemm_threads_create(1, nullptr) == LUTGEMM_BAD_ARGUMENT);
  const std::string here = LastError();
  std::string fresh = "unset";
  std::string there;
  std::thread([&] {
    fresh = LastError();
    (void)lutgemm_file_open("no/such/file", 1, nullptr);
    lutgemm_file* file = nullptr;
    (void)lutgemm_file_open("no/such/file", 1, &file);
    there = LastError();
  }).join();
  CHECK(fresh.empty());
  CHECK(there.find("no/such/file") != std::string::npos);
  CHECK(LastError() == here);
}

}  // namespace
