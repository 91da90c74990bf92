#include "oracle/numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace lutgemm::oracle {
namespace {

// Bits of a float of 16 bits: fraction, smallest normal exponent, largest exponent.
struct Shape {
  int fraction, least, most;
};
constexpr Shape kHalf{10, -14, 15}, kBrain{7, -126, 127};

Shape ShapeOf(Elem elem) { return elem == Elem::kF16 ? kHalf : kBrain; }

uint16_t Encode(float value, const Shape& shape) {
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const auto top = static_cast<uint16_t>((shape.most - shape.least + 2) << shape.fraction);
  if (std::isnan(value)) return static_cast<uint16_t>(sign | top | 1u << (shape.fraction - 1));
  if (std::isinf(value)) return static_cast<uint16_t>(sign | top);
  if (value == 0.0f) return sign;
  const double magnitude = std::abs(static_cast<double>(value));
  const int exponent = std::max(std::ilogb(magnitude), shape.least);
  // Steps of the last place; from `steps` and exponent the code follows by addition alone.
  const double steps = std::nearbyint(std::ldexp(magnitude, shape.fraction - exponent));
  const auto code = static_cast<uint32_t>(steps) +
                    (static_cast<uint32_t>(exponent - shape.least) << shape.fraction);
  return static_cast<uint16_t>(sign | (code < top ? code : top));
}

float Decode(uint16_t bits, const Shape& shape) {
  const int biased = (bits & 0x7fff) >> shape.fraction;
  const int fraction = bits & ((1 << shape.fraction) - 1);
  const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
  if (biased == shape.most - shape.least + 2) {
    return fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                         : sign * std::numeric_limits<float>::infinity();
  }
  const int lead = biased == 0 ? 0 : 1 << shape.fraction;
  const int exponent = shape.least + (biased == 0 ? 0 : biased - 1) - shape.fraction;
  return sign * std::ldexp(static_cast<float>(lead + fraction), exponent);
}

}  // namespace

int Rint(float x) { return static_cast<int>(std::nearbyint(x)); }

float Rounded(float value, Elem elem) {
  if (elem == Elem::kF32) return value;
  return Decode(Encode(value, ShapeOf(elem)), ShapeOf(elem));
}

float Load(const void* data, Elem elem, size_t index) {
  if (elem == Elem::kI8) return static_cast<const int8_t*>(data)[index];
  if (elem == Elem::kF32) {
    float value;
    std::memcpy(&value, static_cast<const char*>(data) + index * 4, 4);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, static_cast<const char*>(data) + index * 2, 2);
  return Decode(bits, ShapeOf(elem));
}

void Store(void* data, Elem elem, size_t index, float value) {
  if (elem == Elem::kI8) {
    static_cast<int8_t*>(data)[index] = static_cast<int8_t>(value);
  } else if (elem == Elem::kF32) {
    std::memcpy(static_cast<char*>(data) + index * 4, &value, 4);
  } else {
    const uint16_t bits = Encode(value, ShapeOf(elem));
    std::memcpy(static_cast<char*>(data) + index * 2, &bits, 2);
  }
}

bool Same(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

}  // namespace lutgemm::oracle
