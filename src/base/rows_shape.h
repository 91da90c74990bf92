// Whether rows of elements, as tensors and activations are given, can lie in memory at all.
#ifndef LUTGEMM_BASE_ROWS_SHAPE_H_
#define LUTGEMM_BASE_ROWS_SHAPE_H_

#include "base/bits.h"

#include <cstddef>
#include <limits>

namespace lutgemm::base {

// Rows of elements in memory; all sizes but `bytes` in elements.
struct RowsShape {
  size_t rows = 0;
  size_t stride = 0;  // from the start of a row to that of the next
  size_t length = 0;  // of a row
  size_t bytes = 0;   // of an element
};
// Whether an array of these rows can exist: its end is no further from its start than pointers can
// be apart.
constexpr bool FitsMemory(const RowsShape& shape) {
  constexpr size_t kMost = std::numeric_limits<ptrdiff_t>::max();
  size_t size = 0;
  return shape.rows == 0 || (CheckedMul(shape.rows - 1, shape.stride, &size) &&
                             CheckedAdd(size, shape.length, &size) &&
                             CheckedMul(size, shape.bytes, &size) && size <= kMost);
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_ROWS_SHAPE_H_
