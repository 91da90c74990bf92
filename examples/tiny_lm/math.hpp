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

// Which two dimensions of the first `size` of a head rotary position embedding turns together.
enum class RopePairs {
  kHalves,      // i and i + size / 2, as Hugging Face stores queries and keys
  kNeighbours,  // 2i and 2i + 1, as GGUF files of Llama models do
};

struct RopeSpec {
  double theta = 10000;  // pair i turns by theta^(-2i / size) per position
  size_t size = 0;       // dimensions of a head that are turned, an even number
  RopePairs pairs = RopePairs::kHalves;
  std::vector<float> factors;  // each pair's angle is divided by; empty: by nothing

  // Angle of a pair per position.
  double Frequency(size_t pair) const;
  // The dimensions of a pair.
  size_t First(size_t pair) const;
  size_t Second(size_t pair) const;
};

class Rope {
 public:
  Rope(size_t positions, size_t head_dim, const RopeSpec& spec);
  // Turns every head of `x` to its position.
  void Apply(std::span<float> x, size_t position) const;

 private:
  size_t head_dim_, half_;
  size_t first_stride_, second_at_;
  std::vector<float> cos_, sin_;  // [position][half]
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_MATH_HPP_
