// Shapes and the sizes of Eq 7 and 8.
#include "model/cost/shape.h"

#include <doctest/doctest.h>

using namespace lutgemm;
using namespace lutgemm::model::cost;
using lutgemm::model::Shape;

TEST_CASE("m2n64k4 has the sizes of Eq 7 and 8") {
  const Shape shape = kPaperArray;
  CHECK(Name(shape) == "m2n64k4");
  CHECK(Units(shape) == 128);
  CHECK(Macs(shape) == 512);
  CHECK(TableBits(shape, 8) == 128);
  CHECK(TableBits(shape, 16) == 256);
  for (size_t bits = 1; bits <= 4; ++bits) CHECK(WeightBits(shape, bits) == 256 * bits);
}

TEST_CASE("shapes are read back from their names") {
  for (const size_t m : {1, 2, 16, 65536}) {
    for (const size_t n : {1, 64, 255}) {
      for (const size_t k : {1, 4, 8}) {
        const Shape shape{m, n, k};
        const Result<Shape> parsed = ParseArrayShape(Name(shape));
        REQUIRE(parsed.ok());
        CHECK(*parsed == shape);
      }
    }
  }
}

TEST_CASE("texts that are no shape are refused") {
  for (const char* text : {"", "m2", "m2n64", "m2n64k", "m2n64k4 ", " m2n64k4", "n64m2k4",
                           "m0n64k4", "m2n0k4", "m2n64k0", "m2n64k9", "m65537n1k1", "m-1n64k4",
                           "m2n64k4k4", "M2N64K4", "m99999999999999999999n1k1"}) {
    CAPTURE(text);
    const Result<Shape> parsed = ParseArrayShape(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == Code::kBadArgument);
    CHECK(parsed.status().text().find("m2n64k4") != std::string::npos);
  }
}

TEST_CASE("problems are read as MxNxK") {
  const Result<Shape> gemm = ParseProduct("2048x27648x5120");
  REQUIRE(gemm.ok());
  CHECK(gemm->m == 2048);
  CHECK(gemm->n == 27648);
  CHECK(gemm->k == 5120);
  for (const char* text :
       {"", "1", "1x2", "1x2x", "x1x2x3", "1x2x3x4", "1x2x3 ", "0x1x1", "1x0x1", "1x1x0", "-1x1x1",
        "1X2X3", "16777217x1x1", "99999999999999999999999x1x1"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseProduct(text).ok());
  }
}
