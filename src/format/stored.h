// Whether a type of scales holds numbers exactly, many at a time.
#ifndef LUTGEMM_FORMAT_STORED_H_
#define LUTGEMM_FORMAT_STORED_H_

#include "format/fp.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::format {
namespace stored {

// For finite numbers; NaN and infinity are held by none. Without branches, so that compilers make
// vectors of them.
inline bool AsF32(float x) { return (std::bit_cast<uint32_t>(x) & 0x7f800000u) != 0x7f800000u; }
inline bool AsBf16(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  return ((bits & 0x7f800000u) != 0x7f800000u) & ((bits & 0xffffu) == 0);
}
inline bool AsF16(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffffu;
  // Ten fraction bits from 2^-14 to 65504; below, multiples of 2^-24, the last place of 0.5.
  const bool normal =
      (magnitude >= 0x38800000u) & (magnitude <= 0x477fe000u) & ((magnitude & 0x1fffu) == 0);
  const float small = std::bit_cast<float>(magnitude);
  return normal | ((magnitude < 0x38800000u) & ((small + 0.5f) - 0.5f == small));
}
// Adding 1.5 x 2^23 rounds to an integer.
inline bool AsInteger(float x, float low, float high) {
  return (x >= low) & (x <= high) & ((x + 0x1.8p23f) - 0x1.8p23f == x);
}

template <class Holds>
bool All(std::span<const float> numbers, Holds holds) {
  constexpr size_t kChunk = 1024;
  while (!numbers.empty()) {
    const auto chunk = numbers.first(numbers.size() < kChunk ? numbers.size() : kChunk);
    uint32_t bad = 0;
    for (const float number : chunk) bad |= holds(number) ? 0u : 1u;
    if (bad != 0) return false;
    numbers = numbers.subspan(chunk.size());
  }
  return true;
}

}  // namespace stored

// True only if RoundToElem changes none of the numbers and all are finite.
inline bool AllStored(std::span<const float> numbers, Elem elem) {
  using namespace stored;
  switch (elem) {
    case Elem::kF32:
      return All(numbers, AsF32);
    case Elem::kF16:
      return All(numbers, AsF16);
    case Elem::kBF16:
      return All(numbers, AsBf16);
    case Elem::kU8:
      return All(numbers, [](float x) { return AsInteger(x, 0.0f, 255.0f); });
    case Elem::kI8:
      return All(numbers, [](float x) { return AsInteger(x, -128.0f, 127.0f); });
    default:
      return All(numbers, [elem](float x) { return AsF32(x) && RoundToElem(x, elem) == x; });
  }
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_STORED_H_
