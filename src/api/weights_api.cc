// Public calls of weights.hpp that end in quant/.
#include "base/text.h"
#include "quant/quantize.h"

namespace lutgemm {

Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                 Threads* threads) noexcept {
  return base::Guarded([&] { return quant::QuantizeTensor(weights, spec, threads); });
}

Status Validate(const QuantizedMatrix& matrix) noexcept { return quant::CheckMatrix(matrix); }

}  // namespace lutgemm
