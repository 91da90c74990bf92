#include "tools/measure/random.h"

#include "format/fp.h"
#include "format/planes.h"
#include "format/traits.h"
#include "quant/groups.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace lutgemm::tools {
namespace {

void FillCodes(QuantizedMatrix& matrix, Random& random) {
  const uint32_t count = CodeCount(matrix.info.format);
  for (uint8_t& code : matrix.codes) code = static_cast<uint8_t>(random.Below(count));
}

// What stored scales are near: of super-groups the middle of what k-quants have for codes of so
// many bits (kernels may do small ones faster), 128 where a factor per row or tensor goes with
// them, 0 where they are no integers.
double UsualInteger(const WeightInfo& info) {
  if (info.super_group == 0) return quant::FactorCount(info) != 0 ? 128.0 : 0.0;
  constexpr double kMost[] = {15, 15, 15, 31, 63, 63, 127, 127, 127};
  return kMost[CodeBits(info.format)] / 1.25;
}

// The book of the format, any table for kCodebook; groups select at random. A factor brings integer
// scales to the usual size.
void FillTables(QuantizedMatrix& matrix, double usual, Random& random) {
  const WeightInfo& info = matrix.info;
  matrix.book =
      FixedCodebook(info.format == WeightFormat::kCodebook ? WeightFormat::kNf4 : info.format);
  matrix.selectors.resize(quant::SelectorCount(info));
  for (uint8_t& selector : matrix.selectors) selector = static_cast<uint8_t>(random.Below(4));
  const float factor = static_cast<float>(usual / std::max(UsualInteger(info), 1.0));
  matrix.factors.assign(quant::FactorCount(info),
                        format::RoundToElem(factor, format::FactorElem(info)));
  // Offsets of super-groups are like scales, and subtracted.
  const float middle = static_cast<float>(format::NoneZero(info.format));
  matrix.offset_factors.assign(quant::OffsetFactorCount(info),
                               -format::RoundToElem(factor * middle, info.factor));
}

}  // namespace

double Random::Gaussian() {
  const double radius = std::sqrt(-2.0 * std::log(Unit()));
  return radius * std::cos(2.0 * std::numbers::pi * Unit());
}

std::vector<float> RandomActs(size_t count, Random& random) {
  std::vector<float> acts(count);
  for (float& act : acts) act = static_cast<float>(random.Gaussian());
  return acts;
}

QuantizedMatrix RandomMatrix(const WeightInfo& info, Random& random) {
  QuantizedMatrix matrix;
  matrix.info = info;
  matrix.codes.resize(info.n * info.k);
  FillCodes(matrix, random);
  const size_t scales = quant::ScaleCount(info);
  const double usual = 1.0 / (std::sqrt(double(info.k)) * CodeCount(info.format));
  FillTables(matrix, usual, random);
  matrix.scales.resize(scales);
  const double integer = UsualInteger(info);
  for (float& scale : matrix.scales) {
    const double mean = integer != 0 ? integer : usual;
    const double exact = mean * (0.75 + 0.5 * random.Unit());
    scale = format::RoundToElem(static_cast<float>(exact), info.scale);
  }
  const unsigned middle = format::NoneZero(info.format);
  if (info.zero == ZeroKind::kInteger) {
    matrix.zeros.resize(scales);
    for (uint8_t& zero : matrix.zeros) zero = static_cast<uint8_t>(middle - 1 + random.Below(2));
  }
  if (info.zero == ZeroKind::kFloat) {
    matrix.offsets.resize(scales);
    for (size_t i = 0; i < scales; ++i) {
      const double scale = double(matrix.scales[i]);
      const double offset = info.super_group != 0 ? scale * (1.0 - 0.25 * random.Unit())
                                                  : -scale * (middle - random.Unit());
      matrix.offsets[i] = format::RoundToElem(static_cast<float>(offset), format::OffsetElem(info));
    }
  }
  return matrix;
}

std::vector<std::byte> StoreActs(std::span<float> values, Elem elem) {
  std::vector<std::byte> bytes(values.size() * ElemBytes(elem));
  if (elem == Elem::kI8) {
    float largest = 1e-30f;
    for (const float value : values) largest = std::max(largest, std::abs(value));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = std::nearbyint(values[i] / largest * 127.0f);
      bytes[i] = static_cast<std::byte>(static_cast<int8_t>(values[i]));
    }
    return bytes;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    format::StoreElem(bytes.data(), elem, i, values[i]);
    values[i] = format::LoadElem(bytes.data(), elem, i);
  }
  return bytes;
}

}  // namespace lutgemm::tools
