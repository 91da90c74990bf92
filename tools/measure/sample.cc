#include "tools/measure/sample.h"

#include "format/traits.h"

namespace lutgemm::tools {
namespace {

template <class T>
void AppendRow(std::vector<T>& to, const std::vector<T>& from, size_t row, size_t length) {
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(row * length);
  to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
}

}  // namespace

std::vector<size_t> SpreadIndices(size_t count, size_t most) {
  std::vector<size_t> indices;
  if (count <= most || most < 2) {
    for (size_t i = 0; i < count && i < most; ++i) indices.push_back(i);
    return indices;
  }
  for (size_t i = 0; i < most; ++i) indices.push_back(i * (count - 1) / (most - 1));
  return indices;
}

QuantizedMatrix TakeRows(const QuantizedMatrix& matrix, std::span<const size_t> rows) {
  QuantizedMatrix taken;
  taken.info = matrix.info;
  taken.info.n = rows.size();
  taken.book = matrix.book;
  const bool tensor_factor = format::FactorsOf(matrix.info) == format::Factors::kTensor;
  if (tensor_factor) taken.factors = matrix.factors;
  const size_t supers = matrix.info.super_groups();
  const bool one_scale = matrix.info.group == kWholeTensor;
  const size_t groups = matrix.info.groups();
  if (one_scale) {
    taken.scales = matrix.scales;
    taken.zeros = matrix.zeros;
    taken.offsets = matrix.offsets;
  }
  for (const size_t row : rows) {
    AppendRow(taken.codes, matrix.codes, row, matrix.info.k);
    if (!tensor_factor && !matrix.factors.empty()) {
      AppendRow(taken.factors, matrix.factors, row, supers);
    }
    if (!matrix.offset_factors.empty()) {
      AppendRow(taken.offset_factors, matrix.offset_factors, row, supers);
    }
    if (one_scale) continue;
    AppendRow(taken.scales, matrix.scales, row, groups);
    if (!matrix.zeros.empty()) AppendRow(taken.zeros, matrix.zeros, row, groups);
    if (!matrix.offsets.empty()) AppendRow(taken.offsets, matrix.offsets, row, groups);
    if (!matrix.selectors.empty()) AppendRow(taken.selectors, matrix.selectors, row, groups);
  }
  return taken;
}

}  // namespace lutgemm::tools
