// Every code of every small float, and rounding at every boundary between two of them.
#include "format/minifloat.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace lutgemm::format {
namespace {

struct Named {
  const char* name;
  MiniFloat format;
  float max, min_subnormal;
  int max_exponent;
  unsigned finite;  // codes of one sign that are numbers
};
const Named kAll[] = {{"E2M1", kE2M1, 6.0f, 0.5f, 2, 8},
                      {"E4M3", kE4M3, 448.0f, 0x1p-9f, 8, 127},
                      {"E5M2", kE5M2, 57344.0f, 0x1p-16f, 15, 124}};

// The definition, by another way than MiniFloatValue takes.
double ByDefinition(const MiniFloat& f, unsigned magnitude) {
  const int mantissa = static_cast<int>(f.mantissa_bits);
  const int field = static_cast<int>(magnitude >> mantissa);
  const double fraction = (magnitude % (1u << mantissa)) / std::ldexp(1.0, mantissa);
  return field == 0 ? std::ldexp(fraction, 1 - f.bias) : std::ldexp(1 + fraction, field - f.bias);
}

TEST_CASE("small floats: limits of each type") {
  for (const Named& each : kAll) {
    CAPTURE(each.name);
    CHECK(each.format.max_code() + 1 == each.finite);
    CHECK(MiniFloatValue(each.format, each.format.max_code()) == each.max);
    CHECK(MiniFloatValue(each.format, 1) == each.min_subnormal);
    CHECK(each.format.max_exponent() == each.max_exponent);
  }
}

TEST_CASE("E2M1: all sixteen values, written out") {
  const std::vector<float> values = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
  for (unsigned code = 0; code < 8; ++code) {
    CHECK(MiniFloatValue(kE2M1, code) == values[code]);
    CHECK(MiniFloatValue(kE2M1, code + 8) == -values[code]);
  }
  CHECK(std::signbit(MiniFloatValue(kE2M1, 8)));
}

TEST_CASE("every code has the value of its definition and encodes to itself") {
  for (const Named& each : kAll) {
    CAPTURE(each.name);
    const MiniFloat& f = each.format;
    for (unsigned magnitude = 0; magnitude < each.finite; ++magnitude) {
      const float value = MiniFloatValue(f, magnitude);
      CHECK(value == ByDefinition(f, magnitude));
      CHECK(MiniFloatValue(f, magnitude | f.sign_bit()) == -value);
      CHECK(MiniFloatCode(f, value) == magnitude);
      CHECK(MiniFloatCode(f, -value) == (magnitude | f.sign_bit()));
    }
  }
}

TEST_CASE("codes that are no numbers") {
  for (unsigned code = 0; code < 256; ++code) {
    const unsigned magnitude = code & 127u;
    CHECK(std::isnan(MiniFloatValue(kE4M3, code)) == (magnitude == 0x7f));
    CHECK(std::isinf(MiniFloatValue(kE5M2, code)) == (magnitude == 0x7c));
    CHECK(std::isnan(MiniFloatValue(kE5M2, code)) == (magnitude > 0x7c));
  }
  CHECK(MiniFloatValue(kE5M2, 0xfc) < 0);
}

TEST_CASE("rounding: nearest, ties to the even code, above the largest to the largest") {
  for (const Named& each : kAll) {
    CAPTURE(each.name);
    const MiniFloat& f = each.format;
    for (unsigned low = 0; low + 1 < each.finite; ++low) {
      const double a = MiniFloatValue(f, low), b = MiniFloatValue(f, low + 1);
      const double middle = (a + b) / 2, hair = (b - a) * 0x1p-20;
      CHECK(MiniFloatCode(f, middle) == low + low % 2);
      CHECK(MiniFloatCode(f, middle - hair) == low);
      CHECK(MiniFloatCode(f, middle + hair) == low + 1);
      CHECK(MiniFloatCode(f, -middle) == ((low + low % 2) | f.sign_bit()));
    }
    for (const double large : {double{each.max} * 1.01, 1e30, HUGE_VAL}) {
      CHECK(MiniFloatCode(f, large) == f.max_code());
      CHECK(MiniFloatCode(f, -large) == (f.max_code() | f.sign_bit()));
    }
    CHECK(MiniFloatCode(f, 1e-30) == 0);
    CHECK(MiniFloatCode(f, -1e-30) == f.sign_bit());
  }
}

TEST_CASE("rounding vectors of E2M1 and E4M3") {
  const double e2m1[][2] = {{.25, 0}, {.75, 2}, {1.25, 2}, {1.75, 4}, {2.5, 4},
                            {3.5, 6}, {5, 6},   {5.01, 7}, {7, 7},    {-.25, 8}};
  for (const auto& [x, code] : e2m1) CHECK(MiniFloatCode(kE2M1, x) == code);
  const double e4m3[][2] = {{1, 0x38},      {448, 0x7e},     {0x1p-6, 0x08}, {0x1p-7, 0x04},
                            {0x1p-9, 0x01}, {0x1p-10, 0x00}, {1.0625, 0x38}, {1.1875, 0x3a},
                            {17, 0x58},     {300, 0x79},     {.3, 0x2a}};
  for (const auto& [x, code] : e4m3) CHECK(MiniFloatCode(kE4M3, x) == code);
}

TEST_CASE("E8M0: all 256 codes") {
  for (int code = 0; code < 255; ++code) {
    CHECK(E8M0Value(static_cast<uint8_t>(code)) == std::ldexp(1.0, code - 127));
    CHECK(E8M0Code(code - 127) == code);
  }
  CHECK(std::isnan(E8M0Value(255)));
  CHECK(E8M0Code(-1000) == 0);
  CHECK(E8M0Code(1000) == 254);
}

TEST_CASE("binary exponents come from the bits") {
  CHECK(FloorLog2(1.0f) == 0);
  CHECK(FloorLog2(-7.9f) == 2);
  CHECK(FloorLog2(1023.99994f) == 9);  // a floating logarithm says 10
  CHECK(FloorLog2(0x1p-126f) == -126);
  CHECK(FloorLog2(0x1.8p-130f) == -130);
  CHECK(FloorLog2(0x1p-149f) == -149);
  for (int e = -149; e <= 127; ++e) {
    const float power = std::ldexp(1.0f, e);
    CHECK(FloorLog2(power) == e);
    if (e > -149) CHECK(FloorLog2(std::nextafter(power, 0.0f)) == e - 1);
  }
}

}  // namespace
}  // namespace lutgemm::format
