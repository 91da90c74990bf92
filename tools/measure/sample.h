// Large products are compared on a sample of their outputs.
#ifndef LUTGEMM_TOOLS_MEASURE_SAMPLE_H_
#define LUTGEMM_TOOLS_MEASURE_SAMPLE_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace lutgemm::tools {

// Outputs and tokens that bench compares.
inline constexpr size_t kBenchTokens = 4;
inline constexpr size_t kBenchOutputs = 128;

// At most `most` of `count` indices, evenly spread, the first and the last among them.
std::vector<size_t> SpreadIndices(size_t count, size_t most);

// Some rows of an array [][length].
template <class T>
std::vector<T> RowsOf(std::span<const T> values, std::span<const size_t> rows, size_t length) {
  std::vector<T> picked;
  picked.reserve(rows.size() * length);
  for (const size_t row : rows) {
    const std::span<const T> one = values.subspan(row * length, length);
    picked.insert(picked.end(), one.begin(), one.end());
  }
  return picked;
}

// Values at [rows] x [columns] of an array [][length].
template <class T>
std::vector<T> Pick(std::span<const T> values, size_t length, std::span<const size_t> rows,
                    std::span<const size_t> columns) {
  std::vector<T> picked;
  for (const size_t row : rows) {
    for (const size_t column : columns) picked.push_back(values[row * length + column]);
  }
  return picked;
}

// The matrix of some rows of another; group and scales stay what they are.
QuantizedMatrix TakeRows(const QuantizedMatrix& matrix, std::span<const size_t> rows);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_SAMPLE_H_
