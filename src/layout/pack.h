// Moves codes, scales and zeros between a QuantizedMatrix and a blob, strip by strip.
#ifndef LUTGEMM_LAYOUT_PACK_H_
#define LUTGEMM_LAYOUT_PACK_H_

#include "layout/strip_rows.h"

#include <cstddef>
#include <cstdint>

namespace lutgemm::layout {

// Writes a strip of every section. What lies beyond the last row, and each byte that selectors
// share, must be zero before. Returns false, with anything in the strip, if it has a code that the
// format does not have. What all strips share: PackTensorTables.
bool PackStrip(const QuantizedMatrix& matrix, const Geometry& geometry, const StripRows& rows,
               std::byte* blob);

// The inverse: fills the strip's rows of a matrix whose vectors have their final sizes. Returns
// false as well.
bool UnpackStrip(const std::byte* blob, const Geometry& geometry, size_t s,
                 QuantizedMatrix& matrix);

// The blob of a matrix that quant::CheckAllButCodes accepts; kUnsupportedFormat where layout and
// format do not combine, kBadArgument for codes that the format does not have, kOutOfMemory.
Result<PackedWeights> PackMatrix(const QuantizedMatrix& matrix, LayoutId layout, Threads* threads);
// Whether the caller's memory does for a blob of so many bytes: kBadArgument, kWorkspaceTooSmall.
Status CheckMemory(std::span<const std::byte> memory, size_t bytes);
// PackMatrix in such memory.
Result<PackedWeights> PackMatrixInto(const QuantizedMatrix& matrix, std::span<std::byte> memory,
                                     LayoutId layout, Threads* threads);

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_PACK_H_
