// Shape of an array of lookup units and the sizes of its operands, in the words of the LUT Tensor
// Core paper: M tables side by side, N groups of weights, K activations per table.
#ifndef LUTGEMM_MODEL_COST_SHAPE_H_
#define LUTGEMM_MODEL_COST_SHAPE_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace lutgemm::model::cost {

inline constexpr size_t kMaxSide = size_t{1} << 16;  // M and N of an array
inline constexpr size_t kMaxTableGroup = 8;          // K: a full table of 2^8 entries

struct ArrayShape {
  size_t m = 2, n = 64, k = 4;

  size_t units() const { return m * n; }
  size_t macs() const { return m * n * k; }  // 1-bit multiply-accumulates per cycle
  bool operator==(const ArrayShape&) const = default;
};

// "m2n64k4".
std::string Name(const ArrayShape& shape);
// kBadArgument for any other text, and for sizes of 0 or beyond the limits above.
Result<ArrayShape> ParseShape(std::string_view text) noexcept;

// Eq 7 of the paper: M * 2^(K-1) * LUT_BIT, symmetric tables.
constexpr size_t TableBits(const ArrayShape& shape, size_t entry_bits) {
  return shape.m * (size_t{1} << (shape.k - 1)) * entry_bits;
}
// Eq 8 of the paper: K * N * W_BIT.
constexpr size_t WeightBits(const ArrayShape& shape, size_t weight_bits) {
  return shape.k * shape.n * weight_bits;
}

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_SHAPE_H_
