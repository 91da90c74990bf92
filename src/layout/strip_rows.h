// Which rows of a matrix a strip of a blob holds.
#ifndef LUTGEMM_LAYOUT_STRIP_ROWS_H_
#define LUTGEMM_LAYOUT_STRIP_ROWS_H_

#include "layout/layout.h"

#include <cstddef>

namespace lutgemm::layout {

// A strip, and the row of the matrix that is its first: the matrix may hold a part of the weights'
// rows only.
struct StripRows {
  size_t strip = 0;
  size_t row = 0;
};

// Those of a matrix that holds all rows.
inline StripRows WholeRows(const Geometry& geometry, size_t strip) {
  return {strip, strip * geometry.strip};
}

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_STRIP_ROWS_H_
