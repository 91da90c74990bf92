// What shapes may be, of arrays and of products, and the sizes of an array's operands in the words
// of the LUT Tensor Core paper: M tables side by side, N groups of weights, K activations per
// table.
#ifndef LUTGEMM_MODEL_COST_SHAPE_H_
#define LUTGEMM_MODEL_COST_SHAPE_H_

#include <lutgemm/model/shape.hpp>

namespace lutgemm::model::cost {

inline constexpr size_t kMaxSide = size_t{1} << 16;      // M and N of an array
inline constexpr size_t kMaxTableGroup = 8;              // K: a full table of 2^8 entries
inline constexpr size_t kMaxGemmSide = size_t{1} << 24;  // of a product
inline constexpr Shape kPaperArray = {2, 64, 4};         // the paper's choice (section 4.2.2)

// Lookup units of an array, and its 1-bit multiply-accumulates per cycle.
constexpr size_t Units(const Shape& array) { return array.m * array.n; }
constexpr size_t Macs(const Shape& array) { return Units(array) * array.k; }

// kBadShape where a side of a product is 0 or beyond the limit above.
Status ValidateProduct(const Shape& product);
// Shapes within the limits above out of texts; kBadArgument for anything else.
Result<Shape> ParseArrayShape(std::string_view text) noexcept;
Result<Shape> ParseProduct(std::string_view text) noexcept;

// Eq 7 of the paper: M * 2^(K-1) * LUT_BIT, symmetric tables.
constexpr size_t TableBits(const Shape& array, size_t entry_bits) {
  return array.m * (size_t{1} << (array.k - 1)) * entry_bits;
}
// Eq 8 of the paper: K * N * W_BIT.
constexpr size_t WeightBits(const Shape& array, size_t weight_bits) {
  return array.k * array.n * weight_bits;
}

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_SHAPE_H_
