// The codes section of one strip; pack.cc adds the others.
#ifndef LUTGEMM_LAYOUT_PACK_CODES_H_
#define LUTGEMM_LAYOUT_PACK_CODES_H_

#include "layout/strip_rows.h"

namespace lutgemm::layout {

// Both return false if a code is not one of the format's.
bool PackStripCodes(const QuantizedMatrix& matrix, const Geometry& geometry, const StripRows& rows,
                    std::byte* blob);
// Selectors and codebook of `matrix` are in place.
bool UnpackStripCodes(const std::byte* blob, const Geometry& geometry, size_t s,
                      QuantizedMatrix& matrix);

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_PACK_CODES_H_
