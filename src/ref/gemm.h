// The oracle of multiplication: O[M,N] = A[M,K] x W[N,K]^T as plain loops over the definition.
// Results are row-major, [m][n].
#ifndef LUTGEMM_REF_GEMM_H_
#define LUTGEMM_REF_GEMM_H_

#include <lutgemm/weights.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::ref {

// In double, from the values of the codes. act is m x k; bias is n values or null.
std::vector<double> GemmF64(const QuantizedMatrix& weights, std::span<const float> act, size_t m,
                            const float* bias = nullptr);

// Sums of |a| * |w|: what DotErrorBound multiplies.
std::vector<double> GemmMagnitudes(const QuantizedMatrix& weights, std::span<const float> act,
                                   size_t m);

// The integer product, scales left out: the sum of a * weights.Integer().
std::vector<int64_t> GemmInteger(const QuantizedMatrix& weights, std::span<const int8_t> act,
                                 size_t m);
std::vector<int64_t> GemmInteger(const QuantizedMatrix& weights, std::span<const int16_t> act,
                                 size_t m);

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_GEMM_H_
