// What Quantize and imported codes may ask for.
#ifndef LUTGEMM_QUANT_SPEC_H_
#define LUTGEMM_QUANT_SPEC_H_

#include <lutgemm/weights.hpp>

namespace lutgemm::quant {

inline constexpr size_t kMaxN = size_t{1} << 31;

// Whether format, zero kind, scale type and group are known and combine.
Status CheckSpec(const QuantSpec& spec) noexcept;
// Whether n and k lie in [1, kMaxN] and [1, kMaxK].
Status CheckShape(size_t n, size_t k) noexcept;
// Both, for weights that are already quantised.
Status CheckInfo(const WeightInfo& info) noexcept;
// Whether a tensor is a readable matrix of floats.
Status CheckTensor(const Tensor2D& weights) noexcept;

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_SPEC_H_
