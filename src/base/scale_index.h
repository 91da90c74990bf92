// Where a QuantizedMatrix holds the scale of a weight. Inline, because both libraries of the
// project read such matrices.
#ifndef LUTGEMM_BASE_SCALE_INDEX_H_
#define LUTGEMM_BASE_SCALE_INDEX_H_

#include <lutgemm/weights.hpp>

#include <cstddef>

namespace lutgemm::base {

// Index of the scale, zero point, offset or selector of group g of a row: [n][groups], or one for
// the whole tensor. Packed weights hold them elsewhere: layout::Geometry::ScaleAt.
inline size_t ScaleIndex(const WeightInfo& info, size_t row, size_t g) noexcept {
  return info.group == kWholeTensor ? 0 : row * info.groups() + g;
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_SCALE_INDEX_H_
