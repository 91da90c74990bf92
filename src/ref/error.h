// Two measures of how far a result is from the oracle: one that is reported, one that is a bound.
#ifndef LUTGEMM_REF_ERROR_H_
#define LUTGEMM_REF_ERROR_H_

#include <cstddef>
#include <span>

namespace lutgemm::ref {

// Normalised mean squared error, sum of (value - reference)^2 over sum of reference^2. A reference
// of zeros gives 0 where the values are zeros too, infinity otherwise. Sizes must be equal.
double Nmse(std::span<const float> values, std::span<const double> reference) noexcept;
double Nmse(std::span<const double> values, std::span<const double> reference) noexcept;

inline constexpr double kEpsilonF32 = 0x1p-24;  // largest relative error of one rounding to f32

// Bound on |computed - exact| for a dot product of k terms in floating point, terms added in any
// order and grouped in any way.
//
// Derivation. One rounding multiplies its exact result by (1 + d), |d| <= epsilon. A term a * w
// meets one rounding in its product and at most k - 1 in the additions above it in the tree, plus
// `extra` for steps before or after (a weight rounded when it was dequantised, the scale of a
// group, the bias, the output). So computed = sum of a * w * (1 + e) with
//   |e| <= (1 + epsilon)^r - 1 <= g = r * epsilon / (1 - r * epsilon),  r = k + extra,
// and the error is at most g * sum of |a * w|, the `magnitude` of GemmMagnitudes. Where a product
// or a rounded weight falls below the normal range of f32, its error is absolute, at most 2^-150;
// k * (1 + extra) of these, multiplied by factors up to 2^20, stay below a second summand of
// k * (1 + extra) * 2^-129. Infinite where r * epsilon >= 1.
double DotErrorBound(double magnitude, size_t k, double epsilon, size_t extra) noexcept;

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_ERROR_H_
