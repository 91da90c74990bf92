#include "format/rounding.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

using namespace lutgemm;
using namespace lutgemm::format;

namespace {

// The nearest f16 by definition: between two neighbours, the closer one, or the even one.
double NearestF16(double x) {
  const double magnitude = std::fabs(x);
  if (magnitude >= 65520.0) return std::copysign(INFINITY, x);
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const double step = std::ldexp(1.0, std::max(exponent - 1, -14) - 10);
  return std::copysign(std::nearbyint(magnitude / step) * step, x);
}

}  // namespace

TEST_CASE("rounding: f16 from double rounds once") {
  test::Random random(16);
  for (int i = 0; i < 300000; ++i) {
    const int exponent = random.Int(-30, 17);
    double x = std::ldexp(random.Unit() - 0.5, exponent);
    if (i % 2 == 0 &&
        std::isfinite(NearestF16(x))) {  // next to a tie, by far less than a float can tell
      x = NearestF16(x);
      x += std::ldexp(1.0, std::max(std::ilogb(x), -14) - 11);
      x += std::ldexp(double(random.Int(-1, 1)), std::max(std::ilogb(x), -14) - 40);
    }
    CHECK(double{F16ToF32(ToF16(x))} == NearestF16(x));
  }
  CHECK(F16ToF32(ToF16(1e300)) == INFINITY);
  CHECK(ToF16(-0.0) == 0x8000);
  CHECK(std::isnan(F16ToF32(ToF16(NAN))));
}

TEST_CASE("rounding: the short way to f16 values is the long one") {
  test::Random random(17);
  for (int i = 0; i < 300000; ++i) {
    const float x = std::bit_cast<float>(static_cast<uint32_t>(random.Bits()));
    const float expected = F16ToF32(F32ToF16(x));
    if (std::isnan(expected)) {
      CHECK(std::isnan(RoundedToF16(x)));
    } else {
      CHECK(std::bit_cast<uint32_t>(RoundedToF16(x)) == std::bit_cast<uint32_t>(expected));
    }
  }
  // Every f16, and the ties between neighbours.
  for (unsigned bits = 0; bits < 0x7c00; ++bits) {
    const float low = F16ToF32(static_cast<uint16_t>(bits));
    const float high = bits + 1 == 0x7c00 ? 65536.0f : F16ToF32(static_cast<uint16_t>(bits + 1));
    for (const float x : {low, (low + high) / 2, std::nextafter((low + high) / 2, 0.0f)}) {
      CHECK(RoundedToF16(x) == F16ToF32(F32ToF16(x)));
    }
  }
}

// 2^24 + 1 is a tie of floats; what is far below decides.
TEST_CASE("rounding: sums of doubles keep what decides a tie") {
  const double tie = 16777217.0;
  CHECK(static_cast<float>(AddToOdd(tie, 0.0)) == 16777216.0f);
  CHECK(static_cast<float>(AddToOdd(tie, 0x1p-60)) == 16777218.0f);
  CHECK(static_cast<float>(AddToOdd(tie, -0x1p-60)) == 16777216.0f);
  CHECK(static_cast<float>(AddToOdd(16777219.0, -0x1p-60)) == 16777218.0f);
  CHECK(static_cast<float>(AddToOdd(-tie, -0x1p-60)) == -16777218.0f);
  CHECK(static_cast<float>(tie + 0x1p-60) == 16777216.0f);  // plain addition loses it
  CHECK(AddToOdd(1.0, 2.0) == 3.0);
  CHECK(AddToOdd(INFINITY, 1.0) == INFINITY);
  CHECK(std::isnan(AddToOdd(INFINITY, -INFINITY)));
}
