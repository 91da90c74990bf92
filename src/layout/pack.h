// Moves codes, scales and zeros between a QuantizedMatrix and a blob, strip by strip.
#ifndef LUTGEMM_LAYOUT_PACK_H_
#define LUTGEMM_LAYOUT_PACK_H_

#include "layout/layout.h"

#include <cstddef>
#include <cstdint>

namespace lutgemm::layout {

// Writes strip `s` of every section. The blob must hold zeros before. Returns false, with anything
// in the strip, if it has a code that the format does not have.
bool PackStrip(const QuantizedMatrix& matrix, const Geometry& geometry, size_t s, std::byte* blob);

// The inverse: fills the strip's rows of a matrix whose vectors have their final sizes. Returns
// false as well.
bool UnpackStrip(const std::byte* blob, const Geometry& geometry, size_t s,
                 QuantizedMatrix& matrix);

// The blob of a matrix that quant::CheckAllButCodes accepts; kUnsupportedFormat where layout and
// format do not combine, kBadArgument for codes that the format does not have, kOutOfMemory.
Result<PackedWeights> PackMatrix(const QuantizedMatrix& matrix, LayoutId layout, Threads* threads);
// The same in the caller's memory; kBadArgument and kWorkspaceTooSmall where it does not do.
Result<PackedWeights> PackMatrixInto(const QuantizedMatrix& matrix, std::span<std::byte> memory,
                                     LayoutId layout, Threads* threads);

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_PACK_H_
