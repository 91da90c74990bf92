// The oracle's own numbers: f16 and bf16 by the definition of their bits.
#include "oracle/numbers.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace lutgemm::oracle {
namespace {

float Decoded(uint16_t bits, Elem elem) { return Load(&bits, elem, 0); }

uint16_t Encoded(float value, Elem elem) {
  uint16_t bits = 0;
  Store(&bits, elem, 0, value);
  return bits;
}

TEST_CASE("every f16 and bf16 is stored as the bits that it was loaded from") {
  for (Elem elem : {Elem::kF16, Elem::kBF16}) {
    for (unsigned bits = 0; bits <= 0xffff; ++bits) {
      const float value = Decoded(static_cast<uint16_t>(bits), elem);
      if (std::isnan(value)) continue;
      CHECK(Encoded(value, elem) == bits);
    }
  }
}

TEST_CASE("what lies between two neighbours goes to the nearer one, the middle to the even one") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (Elem elem : {Elem::kF16, Elem::kBF16}) {
    for (unsigned bits = 0; !std::isinf(Decoded(static_cast<uint16_t>(bits + 1), elem)); ++bits) {
      const float low = Decoded(static_cast<uint16_t>(bits), elem);
      const float high = Decoded(static_cast<uint16_t>(bits + 1), elem);
      const float middle = low + (high - low) / 2;
      CHECK(Encoded(middle, elem) == (bits % 2 == 0 ? bits : bits + 1));
      CHECK(Encoded(std::nextafter(middle, 0.0f), elem) == bits);
      CHECK(Encoded(std::nextafter(middle, kInfinity), elem) == bits + 1);
      CHECK(Encoded(-middle, elem) == (0x8000u | Encoded(middle, elem)));
    }
  }
}

TEST_CASE("values of known bits, and what is too large or no number") {
  CHECK(Encoded(1.0f, Elem::kF16) == 0x3c00);
  CHECK(Encoded(65504.0f, Elem::kF16) == 0x7bff);
  CHECK(Encoded(65519.0f, Elem::kF16) == 0x7bff);
  CHECK(Encoded(65520.0f, Elem::kF16) == 0x7c00);
  CHECK(Encoded(0x1p-24f, Elem::kF16) == 0x0001);
  CHECK(Encoded(1.0f, Elem::kBF16) == 0x3f80);
  CHECK(Encoded(std::numeric_limits<float>::max(), Elem::kBF16) == 0x7f80);
  for (Elem elem : {Elem::kF16, Elem::kBF16}) {
    CHECK(std::isnan(Rounded(std::numeric_limits<float>::quiet_NaN(), elem)));
    CHECK(std::isinf(Rounded(-std::numeric_limits<float>::infinity(), elem)));
  }
  CHECK(Same(0.0f, 0.0f));
  CHECK_FALSE(Same(0.0f, -0.0f));
}

}  // namespace
}  // namespace lutgemm::oracle
