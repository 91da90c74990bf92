// The machine on which a simulated product is priced.
#include "tools/command/sim/cost.h"

#include <doctest/doctest.h>

using namespace lutgemm;
using model::Array;
using model::lower::GemmSpec;

TEST_CASE("the estimate of a product is for a tile that the target's memories hold") {
  WeightInfo info;
  info.n = 300;
  info.k = 512;
  GemmSpec spec;
  spec.m = 40;
  for (const auto format : {WeightFormat::kInt1, WeightFormat::kInt4}) {
    info.format = format;
    for (const size_t kib : {2, 3, 8, 16, 64, 1024}) {
      for (const size_t k : {3, 4, 8}) {
        Array target;
        target.shape.k = k;
        target.registers = kib < 16 ? 64 : target.registers;
        target.scratchpad_bytes = kib << 10;
        CAPTURE(kib);
        CAPTURE(k);
        const auto cost = tools::PriceSimulation("m2n64k4", target, spec, info, {});
        REQUIRE(cost.ok());
        CHECK(CheckTile(cost->machine, cost->weight_bits).text() == "");
        CHECK(cost->machine.shared.bytes == double(kib << 10));
        CHECK(cost->estimate.cycles > 0);
      }
    }
  }
}
