// What Quantize and imported codes may ask for.
#ifndef LUTGEMM_QUANT_SPEC_H_
#define LUTGEMM_QUANT_SPEC_H_

#include "base/weights_shape.h"

#include <lutgemm/weights.hpp>

namespace lutgemm::quant {

using base::CheckShape;
using base::kMaxN;

// Whether format, zero kind, scale type and group are known and combine.
Status CheckSpec(const QuantSpec& spec) noexcept;
// That and the shape, for weights that are already quantised.
Status CheckInfo(const WeightInfo& info) noexcept;
// Whether a tensor is a readable matrix of floats.
Status CheckTensor(const Tensor2D& weights) noexcept;

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_SPEC_H_
