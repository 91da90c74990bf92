// Random problems: quantised weights of any format with codes and scales drawn directly.
#ifndef LUTGEMM_SUPPORT_CASE_H_
#define LUTGEMM_SUPPORT_CASE_H_

#include "format/fp.h"
#include "support/random.h"

#include <lutgemm/weights.hpp>

#include <cmath>

namespace lutgemm::test {

inline size_t ScaleCount(const WeightInfo& info) {
  return info.group == kWholeTensor ? 1 : info.n * info.groups();
}

// Value as `elem` stores it.
inline float Stored(float value, Elem elem) {
  alignas(4) unsigned char bytes[4] = {};
  format::StoreElem(bytes, elem, 0, value);
  return format::LoadElem(bytes, elem, 0);
}

enum class Fill { kRandom, kAllLow, kAllHigh };

inline QuantizedMatrix RandomMatrix(const WeightInfo& info, Random& random,
                                    Fill fill = Fill::kRandom) {
  QuantizedMatrix matrix;
  matrix.info = info;
  const unsigned count = CodeCount(info.format);
  matrix.codes.resize(info.n * info.k);
  for (uint8_t& code : matrix.codes) {
    code = fill == Fill::kRandom    ? static_cast<uint8_t>(random.Below(count))
           : fill == Fill::kAllHigh ? static_cast<uint8_t>(count - 1)
                                    : uint8_t{0};
  }
  matrix.scales.resize(ScaleCount(info));
  for (float& s : matrix.scales) {
    s = Stored(static_cast<float>(0.01 + 0.05 * random.Unit()), info.scale);
  }
  if (info.zero == ZeroKind::kInteger) {
    matrix.zeros.resize(ScaleCount(info));
    for (uint8_t& z : matrix.zeros) z = static_cast<uint8_t>(random.Below(count + 1));
  }
  if (info.zero == ZeroKind::kFloat) {
    matrix.offsets.resize(ScaleCount(info));
    for (float& c : matrix.offsets) c = Stored(0.1f * random.Normal(), info.scale);
  }
  return matrix;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_CASE_H_
