// Random problems: quantised weights of any format with codes and scales drawn directly.
#ifndef LUTGEMM_SUPPORT_CASE_H_
#define LUTGEMM_SUPPORT_CASE_H_

#include "format/fp.h"
#include "format/traits.h"
#include "quant/groups.h"
#include "support/random.h"

#include <lutgemm/weights.hpp>

#include <cmath>

namespace lutgemm::test {

using quant::ScaleCount;

// Value as `elem` stores it.
inline float Stored(float value, Elem elem) {
  alignas(4) unsigned char bytes[4] = {};
  format::StoreElem(bytes, elem, 0, value);
  return format::LoadElem(bytes, elem, 0);
}

// kFarZeros: random codes, integer zeros far outside of the codes' range. kSmallScales: integer
// scales whose products with codes of up to four bits are bytes.
enum class Fill { kRandom, kAllLow, kAllHigh, kFarZeros, kSmallScales };

// A scale as `elem` stores it, such that values with all factors are 0.01 to 0.06 or near it.
inline float RandomScale(Elem elem, Random& random) {
  if (elem == Elem::kU8) return static_cast<float>(random.Int(1, 255));
  if (elem == Elem::kI8) return static_cast<float>(random.Int(-128, 127));
  if (elem == Elem::kE8m0) return std::ldexp(1.0f, random.Int(-6, -3));
  return Stored(static_cast<float>(0.01 + 0.05 * random.Unit()), elem);
}

// Codebook, selectors and factors of formats that have them.
inline void FillTables(QuantizedMatrix& matrix, Random& random) {
  const WeightInfo& info = matrix.info;
  matrix.book = format::FixedBook(info.format);
  if (info.format == WeightFormat::kCodebook) {
    matrix.book = *MakeCodebook(random.Normals(16));
  }
  matrix.selectors.resize(quant::SelectorCount(info));
  for (uint8_t& selector : matrix.selectors) selector = static_cast<uint8_t>(random.Below(4));
  matrix.factors.resize(quant::FactorCount(info));
  for (float& factor : matrix.factors) factor = static_cast<float>(2e-4 * (0.5 + random.Unit()));
  if (info.super_group == 0) return;
  for (float& factor : matrix.factors) factor = Stored(factor, info.factor);
  matrix.offset_factors.resize(quant::OffsetFactorCount(info));
  for (float& factor : matrix.offset_factors) {
    factor = Stored(static_cast<float>(-2e-3 * random.Unit()), info.factor);
  }
}

inline QuantizedMatrix RandomMatrix(const WeightInfo& info, Random& random,
                                    Fill fill = Fill::kRandom) {
  QuantizedMatrix matrix;
  matrix.info = info;
  const unsigned count = CodeCount(info.format);
  matrix.codes.resize(info.n * info.k);
  for (uint8_t& code : matrix.codes) {
    code = fill == Fill::kAllLow    ? uint8_t{0}
           : fill == Fill::kAllHigh ? static_cast<uint8_t>(count - 1)
                                    : static_cast<uint8_t>(random.Below(count));
  }
  matrix.scales.resize(ScaleCount(info));
  for (float& s : matrix.scales) {
    s = RandomScale(info.scale, random);
    if (fill == Fill::kSmallScales) s = std::trunc(s / 17.0f);
  }
  FillTables(matrix, random);
  if (info.zero == ZeroKind::kInteger) {
    matrix.zeros.resize(ScaleCount(info));
    const unsigned end = fill == Fill::kFarZeros ? 256 : count + 1;
    for (uint8_t& z : matrix.zeros) z = static_cast<uint8_t>(random.Below(end));
  }
  if (info.zero == ZeroKind::kFloat) {
    matrix.offsets.resize(ScaleCount(info));
    for (float& c : matrix.offsets) {
      const bool byte = info.super_group != 0;
      c = byte ? static_cast<float>(random.Below(256)) : Stored(0.1f * random.Normal(), info.scale);
    }
  }
  return matrix;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_CASE_H_
