// How far an output may lie from the float64 product, whatever the activations: docs/numerics.md,
// "The worst case", has the derivation.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_BOUND_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_BOUND_H_

#include <lutgemm/plan.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace lutgemm::tools {

// Methods whose activations are int8 in either mode; tables have an error of their own.
bool IsInt8(Method method);
// Activations that one table sums.
size_t TableLength(Method method);

// What a plan makes of activations.
struct Preparation {
  Mode mode = Mode::kFast;
  Method method = Method::kDot;
  size_t block = 0;  // activations that share a scale
};

// Bounds on |output - float64 product| of every token with every row, [token][row]: rounded
// activations and tables against the very weights that they meet, and every rounding of floats.
// Infinite where sums may leave the range of floats.
std::vector<double> ErrorBounds(const QuantizedMatrix& weights, std::span<const float> acts,
                                const Preparation& preparation);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_BOUND_H_
