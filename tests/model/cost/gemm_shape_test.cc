// Sizes of products as text.
#include "model/cost/gemm_shape.h"

#include <doctest/doctest.h>

using namespace lutgemm;
using namespace lutgemm::model::cost;

TEST_CASE("problems are read as MxNxK") {
  const Result<GemmShape> gemm = ParseGemm("2048x27648x5120");
  REQUIRE(gemm.ok());
  CHECK(gemm->m == 2048);
  CHECK(gemm->n == 27648);
  CHECK(gemm->k == 5120);
  for (const char* text :
       {"", "1", "1x2", "1x2x", "x1x2x3", "1x2x3x4", "1x2x3 ", "0x1x1", "1x0x1", "1x1x0", "-1x1x1",
        "1X2X3", "16777217x1x1", "99999999999999999999999x1x1"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseGemm(text).ok());
  }
}
