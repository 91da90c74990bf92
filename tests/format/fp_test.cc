// Every bit pattern of f16 and bf16 against a second computation by ldexp, and rounding against a
// search for the nearest stored value.
#include "format/fp.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace lutgemm::format {
namespace {

struct Kind {
  const char* name;
  int fraction_bits;
  int bias;
  float (*to_f32)(uint16_t);
  uint16_t (*from_f32)(float);
};
constexpr Kind kKinds[] = {{"f16", 10, 15, F16ToF32, F32ToF16},
                           {"bf16", 7, 127, Bf16ToF32, F32ToBf16}};

// Value of a bit pattern from the definition of the format.
double ByDefinition(const Kind& kind, uint16_t bits) {
  const int exponent_bits = 15 - kind.fraction_bits;
  const int fraction = bits & ((1 << kind.fraction_bits) - 1);
  const int exponent = (bits >> kind.fraction_bits) & ((1 << exponent_bits) - 1);
  const double sign = bits & 0x8000 ? -1.0 : 1.0;
  if (exponent == (1 << exponent_bits) - 1) {
    return fraction ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  }
  const int hidden = exponent != 0 ? 1 << kind.fraction_bits : 0;
  const int power = (exponent != 0 ? exponent : 1) - kind.bias - kind.fraction_bits;
  return sign * std::ldexp(hidden + fraction, power);
}

// Nearest stored value, ties to the even bit pattern, by looking at both neighbours. The magnitude
// `one_past` beyond the largest finite one counts as a value, which gives IEEE overflow.
uint16_t ByNeighbours(const Kind& kind, float value) {
  const uint16_t infinity = kind.from_f32(std::numeric_limits<float>::infinity());
  const double magnitude = std::fabs(static_cast<double>(value));
  const double one_past = std::ldexp(1.0, kind.bias + 1);
  const auto at = [&](int b) {
    return b == infinity ? one_past : ByDefinition(kind, static_cast<uint16_t>(b));
  };
  int low = 0;
  int high = infinity;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (at(middle) <= magnitude ? low : high) = middle;
  }
  const double below = magnitude - at(low);
  const double above = at(high) - magnitude;
  const bool up = above < below || (above == below && high % 2 == 0) || magnitude >= one_past;
  return static_cast<uint16_t>((up ? high : low) | (std::signbit(value) ? 0x8000 : 0));
}

TEST_CASE("every bit pattern converts to its exact value and back to itself") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    int failures = 0;
    for (unsigned b = 0; b < 65536; ++b) {
      const auto bits = static_cast<uint16_t>(b);
      const double want = ByDefinition(kind, bits);
      const float got = kind.to_f32(bits);
      if (std::isnan(want)) {
        const uint16_t back = kind.from_f32(got);
        failures += !std::isnan(got) || std::signbit(got) != (b >> 15 != 0) ||
                    !std::isnan(kind.to_f32(back)) || (back >> 15) != (b >> 15);
      } else {
        failures += static_cast<double>(got) != want || std::signbit(got) != (b >> 15 != 0) ||
                    kind.from_f32(got) != bits;
      }
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("rounding: midpoints and their neighbours around every stored value") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    const uint16_t infinity = kind.from_f32(std::numeric_limits<float>::infinity());
    int failures = 0;
    for (unsigned b = 0; b < infinity; ++b) {
      const double here = ByDefinition(kind, static_cast<uint16_t>(b));
      const double next = b + 1u == infinity ? std::ldexp(1.0, kind.bias + 1)
                                             : ByDefinition(kind, static_cast<uint16_t>(b + 1));
      if (next / 2 + here / 2 > std::numeric_limits<float>::max()) continue;
      const auto middle = static_cast<float>(here / 2 + next / 2);
      for (const float v :
           {middle, std::nextafter(middle, 0.0f), std::nextafter(middle, INFINITY)}) {
        failures += kind.from_f32(v) != ByNeighbours(kind, v);
        failures += kind.from_f32(-v) != ByNeighbours(kind, -v);
      }
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("rounding: a sweep over all f32 exponents and signs") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    int failures = 0;
    for (uint32_t bits = 0; bits < 0xff800000u; bits += 0x8003) {  // odd step: all low bits occur
      const float v = std::bit_cast<float>(bits);
      if (std::isnan(v) || std::isinf(v)) continue;
      failures += kind.from_f32(v) != ByNeighbours(kind, v);
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("known values") {
  CHECK(F32ToF16(1.0f) == 0x3c00);
  CHECK(F32ToF16(65504.0f) == 0x7bff);
  CHECK(F32ToF16(65519.996f) == 0x7bff);
  CHECK(F32ToF16(65520.0f) == 0x7c00);
  CHECK(F32ToF16(0x1p-24f) == 0x0001);
  CHECK(F32ToF16(0x1p-25f) == 0x0000);
  CHECK(F32ToF16(0x1.000002p-25f) == 0x0001);
  CHECK(F32ToF16(-0.0f) == 0x8000);
  CHECK(F32ToBf16(1.0f) == 0x3f80);
  CHECK(F32ToBf16(std::numeric_limits<float>::max()) == 0x7f80);
  static_assert(F16ToF32(0x3555) == 0.333251953125f);
  static_assert(F32ToBf16(0x1.01p0f) == 0x3f80);  // tie to even
  static_assert(RoundToElem(0x1.03p0f, Elem::kBF16) == 0x1.04p0f);
}

TEST_CASE("scales that are bytes: what is stored is what rounding says, ties to even, no further") {
  struct Byte {
    float value;
    float u8, i8;
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Byte& c : {Byte{0, 0, 0},
                        {1, 1, 1},
                        {0.5f, 0, 0},
                        {1.5f, 2, 2},
                        {126.5f, 126, 126},
                        {127, 127, 127},
                        {127.5f, 128, 127},
                        {200, 200, 127},
                        {255, 255, 127},
                        {256, 255, 127},
                        {-1, 0, -1},
                        {-2.5f, 0, -2},
                        {-128, 0, -128},
                        {-129, 0, -128},
                        {kInfinity, 255, 127},
                        {-kInfinity, 0, -128},
                        {std::nanf(""), 0, 0}}) {
    CAPTURE(c.value);
    for (const auto& [elem, want] : {std::pair{Elem::kU8, c.u8}, {Elem::kI8, c.i8}}) {
      unsigned char byte = 0;
      StoreElem(&byte, elem, 0, c.value);
      CHECK(LoadElem(&byte, elem, 0) == want);
      CHECK(RoundToElem(c.value, elem) == want);
    }
  }
}

TEST_CASE("load and store every element type, also at odd addresses") {
  for (const Elem elem : {Elem::kF32, Elem::kF16, Elem::kBF16}) {
    CAPTURE(Name(elem));
    std::vector<std::byte> bytes(1 + 3 * ElemBytes(elem), std::byte{0xa5});
    StoreElem(bytes.data() + 1, elem, 1, -1.5f);
    CHECK(LoadElem(bytes.data() + 1, elem, 1) == -1.5f);
    for (size_t i = 0; i < bytes.size(); ++i) {
      const bool inside = i >= 1 + ElemBytes(elem) && i < 1 + 2 * ElemBytes(elem);
      if (!inside) CHECK(bytes[i] == std::byte{0xa5});
    }
    CHECK(SmallestPositive(elem) == RoundToElem(SmallestPositive(elem), elem));
    const double half = static_cast<double>(SmallestPositive(elem)) / 2;
    CHECK(RoundToElem(static_cast<float>(half), elem) == 0.0f);
  }
  const int8_t i8[] = {-128, 127};
  const int32_t i32[] = {-7, 1 << 20};
  CHECK(LoadElem(i8, Elem::kI8, 0) == -128.0f);
  CHECK(LoadElem(i8, Elem::kI8, 1) == 127.0f);
  CHECK(LoadElem(i32, Elem::kI32, 1) == 1048576.0f);
}

}  // namespace
}  // namespace lutgemm::format
