// Three sizes, of an array of lookup units and of a product alike, and their one spelling.
// Defined in src/model/text.
#ifndef LUTGEMM_MODEL_SHAPE_HPP_
#define LUTGEMM_MODEL_SHAPE_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace lutgemm::model {

// Of a product O[M,N] = A[M,K] x W[N,K]^T: tokens, outputs, and the summed dimension. Of an array:
// tables side by side, groups of weights, and activations per table.
struct Shape {
  size_t m = 1, n = 1, k = 1;

  friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

// "m2n64k4", which ParseShape takes back; empty where there is no memory for it.
LUTGEMM_API std::string Name(const Shape& shape) noexcept;

// The shape that a text spells as "m2n64k4" or "2x64x4". kBadArgument for any other text; what
// range the sizes may have is for those to say who use them.
LUTGEMM_API Result<Shape> ParseShape(std::string_view text) noexcept;

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_SHAPE_HPP_
