// The bit-serial multiplication of a group's sum with its scale, over all inputs.
#include "model/units/dequantizer.h"

#include <doctest/doctest.h>

#include <vector>

using namespace lutgemm::model::units;

namespace {

// 1 where the product is right after 8 cycles and no sooner, 0 where not.
bool Multiplies(int mantissa, unsigned scale) {
  Dequantizer unit;
  unit.Start({mantissa, 40}, static_cast<uint8_t>(scale));
  for (int cycle = 0; cycle < 8; ++cycle) {
    if (!unit.busy()) return false;
    unit.Cycle();
  }
  return !unit.busy() && unit.value().mantissa == mantissa * static_cast<int>(scale) &&
         unit.value().exponent == 40;
}

}  // namespace

TEST_CASE("every 15-bit sum times every 8-bit scale") {
  size_t wrong = 0;
  for (int mantissa = -(1 << 14); mantissa < 1 << 14; ++mantissa) {
    for (unsigned scale = 0; scale < 256; ++scale) wrong += !Multiplies(mantissa, scale);
  }
  CHECK(wrong == 0);
}

TEST_CASE("23 bits hold every product, and 22 do not") {
  CHECK(FitsSigned(-(1 << 14) * 255, kScaledBits));
  CHECK_FALSE(FitsSigned(-(1 << 14) * 255, kScaledBits - 1));
}

TEST_CASE("scale bits arrive most significant first") {
  Dequantizer unit;
  unit.Start({7, 3}, 200);
  std::vector<int> factors;
  for (int cycle = 0; cycle < 8; ++cycle) {
    unit.Cycle();
    factors.push_back(unit.value().mantissa / 7);
  }
  CHECK(factors == std::vector<int>{1, 3, 6, 12, 25, 50, 100, 200});
  unit.Cycle();  // idle
  CHECK(unit.value() == ScaledSum{1400, 3});
}

TEST_CASE("a new group starts from zero") {
  Dequantizer unit;
  for (const int mantissa : {5000, -3}) {
    unit.Start({mantissa, 1}, 255);
    while (unit.busy()) unit.Cycle();
    CHECK(unit.value().mantissa == mantissa * 255);
  }
}
