// Structs of the C interface: sizes that no header had, and those of later headers.
#include "c_errors_kit.h"

#include <cstddef>
#include <cstring>

namespace {

using lutgemm::c_errors::Fixture;
using lutgemm::c_errors::LastError;

TEST_CASE_FIXTURE(Fixture, "structs that are too short are refused") {
  lutgemm_matrix short_matrix = matrix;
  --short_matrix.struct_size;
  CHECK(Pack(short_matrix, spec) == LUTGEMM_BAD_ARGUMENT);
  CHECK(LastError().find("struct_size of matrix") != std::string::npos);
  lutgemm_pack_spec short_spec = spec;
  short_spec.struct_size = 0;
  CHECK(Pack(matrix, short_spec) == LUTGEMM_BAD_ARGUMENT);
  lutgemm_problem short_problem = problem;
  short_problem.struct_size = 4;
  CHECK(Plan(short_problem) == LUTGEMM_BAD_ARGUMENT);
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  args.struct_size -= 8;
  CHECK(lutgemm_run(plan, &args) == LUTGEMM_BAD_ARGUMENT);
  CHECK(LastError().find("struct_size of args") != std::string::npos);
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  codes.struct_size = 1;
  lutgemm_packed* out = nullptr;
  CHECK(lutgemm_pack_codes(&codes, nullptr, &out) == LUTGEMM_BAD_ARGUMENT);
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  info.struct_size = 16;
  info.n = 99;
  CHECK(lutgemm_packed_info(packed, &info) == LUTGEMM_BAD_ARGUMENT);
  CHECK(info.n == 99);  // untouched
  CHECK(lutgemm_packed_bytes(&info) == 0);
  lutgemm_thread_callbacks callbacks = LUTGEMM_THREAD_CALLBACKS_INIT;
  callbacks.struct_size -= 8;
  lutgemm_threads* threads = nullptr;
  CHECK(lutgemm_threads_from_callbacks(&callbacks, &threads) == LUTGEMM_BAD_ARGUMENT);
  CHECK(LastError().find("struct_size of callbacks") != std::string::npos);
  lutgemm_kernel_info row = LUTGEMM_KERNEL_INFO_INIT;
  row.struct_size = 8;
  CHECK(lutgemm_kernel(0, &row) == LUTGEMM_BAD_ARGUMENT);
  CHECK(row.name == nullptr);
}

TEST_CASE_FIXTURE(Fixture, "structs of a size that no header had are refused") {
  lutgemm_quantized* quantized = nullptr;
  REQUIRE(lutgemm_quantize(&matrix, &spec, nullptr, &quantized) == LUTGEMM_OK);
  lutgemm_codes room[2] = {LUTGEMM_CODES_INIT, LUTGEMM_CODES_INIT};
  REQUIRE(lutgemm_quantized_codes(quantized, room) == LUTGEMM_OK);
  std::memset(&room[1], 0, sizeof room[1]);
  for (uint32_t size = 0; size <= sizeof room; ++size) {
    CAPTURE(size);
    room->struct_size = size;
    lutgemm_packed* out = nullptr;
    const bool had = size == offsetof(lutgemm_codes, factors) ||
                     (size >= sizeof *room && size % alignof(lutgemm_codes) == 0);
    CHECK(lutgemm_pack_codes(room, nullptr, &out) == (had ? LUTGEMM_OK : LUTGEMM_BAD_ARGUMENT));
    lutgemm_packed_free(out);
  }
  lutgemm_quantized_free(quantized);
  // Padding before `book` is the end of no struct.
  lutgemm_pack_spec padded = spec;
  padded.struct_size = offsetof(lutgemm_pack_spec, book);
  CHECK(Pack(matrix, padded) == LUTGEMM_BAD_ARGUMENT);
  CHECK(LastError() ==
        "struct_size of spec is 32, which is no size of that struct: start from its _INIT macro");
}

TEST_CASE_FIXTURE(Fixture, "structs of a later header work while their new fields are zero") {
  struct Later {
    lutgemm_pack_spec spec;
    uint32_t added;
  } later = {spec, 0};
  later.spec.struct_size = sizeof later;
  lutgemm_packed* out = nullptr;
  CHECK(lutgemm_pack(&matrix, &later.spec, nullptr, &out) == LUTGEMM_OK);
  lutgemm_packed_free(out);
  later.added = 1;
  CHECK(lutgemm_pack(&matrix, &later.spec, nullptr, &out) == LUTGEMM_BAD_ARGUMENT);
  CHECK(out == nullptr);
  CHECK(LastError().find("does not know") != std::string::npos);

  struct LaterInfo {
    lutgemm_weight_info info;
    uint64_t added;
  } info = {LUTGEMM_WEIGHT_INFO_INIT, 0};
  info.info.struct_size = sizeof info;
  CHECK(lutgemm_packed_info(packed, &info.info) == LUTGEMM_OK);
  CHECK(info.info.struct_size == sizeof info);
  CHECK(info.info.k == 32);
  CHECK(info.added == 0);
}

}  // namespace
