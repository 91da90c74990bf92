// The published distributions of reproducible experiments, drawn from SplitMix64.
#ifndef LUTGEMM_SUPPORT_DISTRIBUTIONS_H_
#define LUTGEMM_SUPPORT_DISTRIBUTIONS_H_

#include "base/splitmix.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace lutgemm::test {

class SplitMix : public base::SplitMix64 {
 public:
  using SplitMix64::SplitMix64;

  // In (0, 1).
  double Unit() { return (static_cast<double>(Bits() >> 11) + 0.5) * 0x1p-53; }
  // Unit variance and nearly normal, from twelve 32-bit halves: exact, without a library function.
  double Halves() {
    int64_t sum = 0;
    for (int i = 0; i < 6; ++i) {
      const uint64_t bits = Bits();
      sum += static_cast<int64_t>(bits >> 32) + static_cast<int64_t>(bits & 0xffffffffu);
    }
    return static_cast<double>(sum - (int64_t{6} << 32) + 6) * 0x1p-32;
  }
};

// count samples, each by `sample(random)`, rounded to f32.
template <class Sample>
std::vector<float> SplitMixSamples(size_t count, uint64_t seed, const Sample& sample) {
  SplitMix random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(sample(random));
  return values;
}

inline std::vector<float> SplitMixGaussian(size_t count) {
  return SplitMixSamples(count, 1, [](SplitMix& random) {
    const double radius = std::sqrt(-2 * std::log(random.Unit()));
    return radius * std::cos(2 * std::numbers::pi * random.Unit());
  });
}

// Student's t with four degrees of freedom.
inline std::vector<float> SplitMixStudent(size_t count) {
  return SplitMixSamples(count, 2, [](SplitMix& random) {
    const double u = random.Unit();
    const double r = std::sqrt(4 * u * (1 - u));
    const double q = std::cos(std::acos(r) / 3) / r;
    return (u < 0.5 ? -2 : 2) * std::sqrt(q - 1);
  });
}

inline std::vector<float> SplitMixLaplace(size_t count) {
  return SplitMixSamples(count, 3, [](SplitMix& random) {
    const double u = random.Unit();
    return u < 0.5 ? std::log(2 * u) : -std::log(2 * (1 - u));
  });
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_DISTRIBUTIONS_H_
