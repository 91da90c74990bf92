// What tests of misuse through the C interface share.
#ifndef LUTGEMM_TESTS_API_C_ERRORS_KIT_H_
#define LUTGEMM_TESTS_API_C_ERRORS_KIT_H_

#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <string>
#include <vector>

namespace lutgemm::c_errors {

inline std::string LastError() { return lutgemm_last_error(); }

// A small packed matrix and what it was made of.
struct Fixture {
  std::vector<float> values = std::vector<float>(4 * 32, 0.5f);
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  lutgemm_packed* packed = nullptr;
  lutgemm_plan* plan = nullptr;

  Fixture() {
    matrix.data = values.data();
    matrix.rows = 4;
    matrix.cols = 32;
    REQUIRE(lutgemm_pack(&matrix, &spec, nullptr, &packed) == LUTGEMM_OK);
    REQUIRE(lutgemm_plan_create(packed, &problem, &plan) == LUTGEMM_OK);
  }
  ~Fixture() {
    lutgemm_plan_free(plan);
    lutgemm_packed_free(packed);
  }

  lutgemm_status Pack(const lutgemm_matrix& m, const lutgemm_pack_spec& s) const {
    lutgemm_packed* out = packed;
    const lutgemm_status status = lutgemm_pack(&m, &s, nullptr, &out);
    CHECK(out == nullptr);
    return status;
  }
  lutgemm_status Plan(const lutgemm_problem& p) const {
    lutgemm_plan* out = plan;
    const lutgemm_status status = lutgemm_plan_create(packed, &p, &out);
    CHECK(out == nullptr);
    return status;
  }
};

}  // namespace lutgemm::c_errors

#endif  // LUTGEMM_TESTS_API_C_ERRORS_KIT_H_
