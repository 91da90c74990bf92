#include "tools/command/verify/table_factor.h"

#include "format/planes.h"
#include "quant/groups.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace lutgemm::tools {
namespace {

// Variance of the integer that the lookups of up to five codes give, in variances of one entry.
double PlanesVariance(WeightFormat format, std::span<const uint8_t> codes) {
  const format::Planes planes = format::PlanesOf(format);
  const unsigned mask = (1u << codes.size()) - 1;
  double sum_of[32] = {};  // signed multipliers by digits, the lowest digit made plus
  for (unsigned p = 0; p < planes.count; ++p) {
    unsigned digits = 0;
    for (size_t i = 0; i < codes.size(); ++i) {
      digits |= (format::PlaneBits(format, codes[i]) >> p & 1u) << i;
    }
    const bool plus = (digits & 1u) != 0;
    sum_of[plus ? digits : ~digits & mask] +=
        plus ? planes.multiplier[p] : -double(planes.multiplier[p]);
  }
  double variance = 0.0;
  for (const double sum : sum_of) variance += sum * sum;
  // Lookups give twice the value, except for int1.
  return format == WeightFormat::kInt1 ? variance : variance / 4.0;
}

double TritsVariance(std::span<const uint8_t> codes) {
  const unsigned none = format::NoneZero(WeightFormat::kTernary);
  const bool zero = std::ranges::all_of(codes, [&](uint8_t code) { return code == none; });
  return zero ? 0.0 : 1.0;
}

}  // namespace

double TableFactor(const QuantizedMatrix& matrix, TableIndex index, size_t length) {
  const WeightInfo& info = matrix.info;
  double tables = 0.0, weights = 0.0;
  for (size_t row = 0; row < info.n; ++row) {
    for (size_t g = 0; g < info.groups(); ++g) {
      const double scale = matrix.scales[quant::ScaleIndex(info, row, g)];
      for (size_t k = info.group_begin(g); k < info.group_end(g); k += length) {
        const size_t count = std::min(length, info.group_end(g) - k);
        const std::span<const uint8_t> codes(&matrix.codes[row * info.k + k], count);
        const double unit = index == TableIndex::kDigits ? TritsVariance(codes)
                                                         : PlanesVariance(info.format, codes);
        tables += unit * double(length) * scale * scale;
        for (size_t i = k; i < k + count; ++i) {
          weights += matrix.Value(row, i) * matrix.Value(row, i);
        }
      }
    }
  }
  if (weights == 0.0 || tables == 0.0) return 1.0;
  return std::max(1.0, tables / weights);
}

}  // namespace lutgemm::tools
