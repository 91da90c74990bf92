// Steps that the modes of docs/numerics.md share, in its words.
#ifndef LUTGEMM_REF_STEPS_H_
#define LUTGEMM_REF_STEPS_H_

#include <lutgemm/weights.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace lutgemm::ref {

// s_a of a block and its inverse. An inverse of 0 makes every activation of the block count as 0.
struct Scale {
  float scale, inverse;
};

// Of a block of magnitude m.
inline Scale ScaleOf(float m) {
  if (!std::isfinite(m)) return {std::numeric_limits<float>::quiet_NaN(), 0.0f};
  if (m < 1e-36f) return {0.0f, 0.0f};
  return {m / 127.0f, 127.0f / m};
}

// m of a block: the largest sum of magnitudes of `length` (1, 3, 4, 5) activations. NaN above all.
inline float Magnitude(std::span<const float> act, size_t length) {
  const auto at = [&](size_t i) { return i < act.size() ? std::abs(act[i]) : 0.0f; };
  float largest = 0.0f;
  for (size_t i = 0; i < act.size(); i += length) {
    float sum = at(i);
    if (length >= 4) sum = (at(i) + at(i + 1)) + (at(i + 2) + at(i + 3));
    if (length == 3) sum = (at(i) + at(i + 1)) + at(i + 2);
    if (length == 5) sum += at(i + 4);
    if (sum > largest || std::isnan(sum)) largest = sum;
  }
  return largest;
}

// A: sixteen running sums, k mod 16, then halves added to halves.
inline float OrderedSum(std::span<const float> act) {
  float part[16] = {};
  for (size_t k = 0; k < act.size(); ++k) part[k % 16] += act[k];
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t j = 0; j < half; ++j) part[j] += part[j + half];
  }
  return part[0];
}

// Step 4 of mode exact, which ends every mode: acc * f where f is not 1.
inline void ApplyFactors(const QuantizedMatrix& w, std::vector<float>& out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const float factor = w.Factor(i % w.info.n);
    if (factor != 1.0f) out[i] *= factor;
  }
}

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_STEPS_H_
