// The steps between linear layers, for one token at a time, in f32.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_MATH_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_MATH_HPP_

#include <cstddef>
#include <span>
#include <vector>

namespace tiny_lm {

// Sum of x[i] * y[i], in sixteen interleaved partial sums that a compiler can keep in vectors.
float Dot(const float* x, const float* y, size_t count);

// sum = sum over j of factors[j] * rows[j], where row j begins at j * stride.
void WeightedSum(std::span<const float> factors, const float* rows, size_t stride,
                 std::span<float> sum);

// out = weight * x / sqrt(mean(x^2) + eps).
void RmsNorm(std::span<const float> x, std::span<const float> weight, double eps, float* out);

// gate = silu(gate) * up.
void SwiGlu(std::span<float> gate, const float* up);

// Makes `scores` positive with sum 1.
void Softmax(std::span<float> scores);

// Rotary position embedding: dimensions i and i + head_dim / 2 of a head are turned together.
class Rope {
 public:
  Rope(size_t positions, size_t head_dim, double theta);
  // Turns every head of `x` to its position.
  void Apply(std::span<float> x, size_t position) const;

 private:
  size_t half_;
  std::vector<float> cos_, sin_;  // [position][half]
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_MATH_HPP_
