// Tensor -> QuantizedMatrix, by rounding to the nearest code. May throw std::bad_alloc.
#ifndef LUTGEMM_QUANT_QUANTIZE_H_
#define LUTGEMM_QUANT_QUANTIZE_H_

#include <lutgemm/weights.hpp>

namespace lutgemm::quant {

// The result does not depend on the number of threads. `options.book` is read for kCodebook only.
Result<QuantizedMatrix> QuantizeTensor(const Tensor2D& weights, const QuantSpec& spec,
                                       const QuantizeOptions& options);

// A scale or offset that the chosen type cannot hold, and where.
Status ScaleOverflow(double value, Elem scale, std::string_view where) noexcept;

// Sizes, code range, and scales that are finite and storable as info.scale.
Status CheckMatrix(const QuantizedMatrix& matrix) noexcept;
// Its two parts. Codes are by far the most to read, and packing reads them as well.
Status CheckAllButCodes(const QuantizedMatrix& matrix) noexcept;
Status CheckCodes(const QuantizedMatrix& matrix) noexcept;
// That part of it which quantising can fail at: kOverflow where products with a codebook's scales
// would leave the range of floats before its unit brings them back.
Status CheckUnitScales(const QuantizedMatrix& matrix) noexcept;

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_QUANTIZE_H_
