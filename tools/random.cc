#include "tools/random.h"

#include "format/fp.h"
#include "format/planes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace lutgemm::tools {
namespace {

size_t ScaleCount(const WeightInfo& info) {
  return info.group == kWholeTensor ? 1 : info.n * info.groups();
}

void FillCodes(QuantizedMatrix& matrix, Random& random) {
  const uint32_t count = CodeCount(matrix.info.format);
  for (uint8_t& code : matrix.codes) code = static_cast<uint8_t>(random.Below(count));
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
  const size_t scales = ScaleCount(info);
  const double usual = 1.0 / (std::sqrt(double(info.k)) * CodeCount(info.format));
  matrix.scales.resize(scales);
  for (float& scale : matrix.scales) {
    scale =
        format::RoundToElem(static_cast<float>(usual * (0.75 + 0.5 * random.Unit())), info.scale);
  }
  const unsigned middle = format::NoneZero(info.format);
  if (info.zero == ZeroKind::kInteger) {
    matrix.zeros.resize(scales);
    for (uint8_t& zero : matrix.zeros) zero = static_cast<uint8_t>(middle - 1 + random.Below(2));
  }
  if (info.zero == ZeroKind::kFloat) {
    matrix.offsets.resize(scales);
    for (size_t i = 0; i < scales; ++i) {
      const double offset = -double(matrix.scales[i]) * (middle - random.Unit());
      matrix.offsets[i] = format::RoundToElem(static_cast<float>(offset), info.scale);
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
