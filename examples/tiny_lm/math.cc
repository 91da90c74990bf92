#include "tiny_lm/math.hpp"

#include <algorithm>
#include <cmath>

namespace tiny_lm {

float Dot(const float* x, const float* y, size_t count) {
  constexpr size_t kSums = 16;
  float sums[kSums] = {};
  size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (size_t j = 0; j < kSums; ++j) sums[j] += x[i + j] * y[i + j];
  }
  for (; i < count; ++i) sums[i % kSums] += x[i] * y[i];
  float total = 0;
  for (float sum : sums) total += sum;
  return total;
}

void WeightedSum(std::span<const float> factors, const float* rows, size_t stride,
                 std::span<float> sum) {
  float* __restrict out = sum.data();
  std::fill_n(out, sum.size(), 0.0f);
  size_t j = 0;
  for (; j + 4 <= factors.size(); j += 4) {  // four rows for every pass over the sum
    const float f0 = factors[j], f1 = factors[j + 1], f2 = factors[j + 2], f3 = factors[j + 3];
    const float* x = rows + j * stride;
    for (size_t i = 0; i < sum.size(); ++i) {
      out[i] +=
          (f0 * x[i] + f1 * x[i + stride]) + (f2 * x[i + 2 * stride] + f3 * x[i + 3 * stride]);
    }
  }
  for (; j < factors.size(); ++j) {
    for (size_t i = 0; i < sum.size(); ++i) out[i] += factors[j] * rows[j * stride + i];
  }
}

void RmsNorm(std::span<const float> x, std::span<const float> weight, double eps, float* out) {
  const double mean = double(Dot(x.data(), x.data(), x.size())) / double(x.size());
  const auto factor = float(1.0 / std::sqrt(mean + eps));
  for (size_t i = 0; i < x.size(); ++i) out[i] = weight[i] * (x[i] * factor);
}

void SwiGlu(std::span<float> gate, const float* up) {
  for (size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
}

void Softmax(std::span<float> scores) {
  const float top = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) sum += score = std::exp(score - top);
  for (float& score : scores) score /= sum;
}

double RopeSpec::Frequency(size_t pair) const {
  const double frequency = std::pow(theta, -2 * double(pair) / double(size));
  return factors.empty() ? frequency : frequency / double(factors[pair]);
}

size_t RopeSpec::First(size_t pair) const { return pairs == RopePairs::kHalves ? pair : 2 * pair; }

size_t RopeSpec::Second(size_t pair) const {
  return pairs == RopePairs::kHalves ? pair + size / 2 : 2 * pair + 1;
}

Rope::Rope(size_t positions, size_t head_dim, const RopeSpec& spec)
    : head_dim_(head_dim),
      half_(spec.size / 2),
      first_stride_(spec.First(1)),
      second_at_(spec.Second(0)) {
  for (size_t position = 0; position < positions; ++position) {
    for (size_t i = 0; i < half_; ++i) {
      const double angle = double(position) * spec.Frequency(i);
      cos_.push_back(float(std::cos(angle)));
      sin_.push_back(float(std::sin(angle)));
    }
  }
}

void Rope::Apply(std::span<float> x, size_t position) const {
  const float* cos = &cos_[position * half_];
  const float* sin = &sin_[position * half_];
  for (size_t head = 0; head < x.size(); head += head_dim_) {
    for (size_t i = 0; i < half_; ++i) {
      float& first = x[head + i * first_stride_];
      float& second = x[head + i * first_stride_ + second_at_];
      const float l = first, r = second;
      first = l * cos[i] - r * sin[i];
      second = r * cos[i] + l * sin[i];
    }
  }
}

}  // namespace tiny_lm
