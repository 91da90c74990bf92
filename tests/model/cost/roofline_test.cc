// The memory roofline of a GEMM, and what other tables would change.
#include "model/cost/roofline.h"

#include "model/cost/kit.h"

using namespace lutgemm;
using namespace lutgemm::model::cost;
using doctest::Approx;
using lutgemm::test::LoadMachine;

TEST_CASE("roofline: halved and narrower tables raise the intensity of a tile") {
  Machine machine = LoadMachine("a100-lut-4x");
  machine.design.act = Act::kF16;
  const auto rows = RooflineByTables(test::kPrefill, machine, 1);
  REQUIRE(rows.size() == 3);
  // 2 * 128 * 512 operations per k over 128 tokens' tables and 512 weights of one bit.
  CHECK(rows[0].roofline.tile_intensity == Approx(131072 / (128 * 8 + 64.0)));
  CHECK(rows[1].roofline.tile_intensity == Approx(131072 / (128 * 4 + 64.0)));
  CHECK(rows[2].roofline.tile_intensity == Approx(131072 / (128 * 2 + 64.0)));
  CHECK(rows[0].roofline.intensity < rows[1].roofline.intensity);
  CHECK(rows[1].roofline.intensity < rows[2].roofline.intensity);
  CHECK(RooflineByTables(test::kPrefill, LoadMachine("a100-fp16"), 1).empty());
  const Roofline r = RooflineOf(test::kPrefill, machine, 1);
  CHECK(r.ridge == Approx(r.peak_tops / 1.935));
  CHECK(r.attained_tops == Approx(std::min(r.peak_tops, r.intensity * 1.935)));
  const Roofline decode = RooflineOf({1, 4096, 4096}, machine, 1);
  CHECK(decode.intensity < decode.ridge);
  CHECK(decode.attained_tops < 0.05 * decode.peak_tops);
}
