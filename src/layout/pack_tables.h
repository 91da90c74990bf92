// Factors, selectors and the codebook: what codebook weights and scales of two levels add to a
// blob.
#ifndef LUTGEMM_LAYOUT_PACK_TABLES_H_
#define LUTGEMM_LAYOUT_PACK_TABLES_H_

#include "layout/strip_rows.h"

#include <cstddef>

namespace lutgemm::layout {

// The whole tensor's: a single factor and the codebook.
void PackTensorTables(const QuantizedMatrix& matrix, const Geometry& geometry, std::byte* blob);
// The inverse. False if the codebook is none that the format can have.
bool UnpackTensorTables(const std::byte* blob, const Geometry& geometry, QuantizedMatrix& matrix);

// The codebook in the order of stored codes; as it was where there is none. False as above.
bool ReadBook(const std::byte* blob, const Geometry& geometry, WeightFormat format,
              Codebook& stored);

// The factors and selectors of one strip.
void PackStripTables(const QuantizedMatrix& matrix, const Geometry& geometry, const StripRows& rows,
                     std::byte* blob);
void UnpackStripTables(const std::byte* blob, const Geometry& geometry, size_t s,
                       QuantizedMatrix& matrix);

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_PACK_TABLES_H_
