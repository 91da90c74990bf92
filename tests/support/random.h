// Seeded random values for tests: the same sequence on every machine, unlike the distributions of
// the standard library.
#ifndef LUTGEMM_SUPPORT_RANDOM_H_
#define LUTGEMM_SUPPORT_RANDOM_H_

#include "base/splitmix.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::test {

class Random : public base::SplitMix64 {
 public:
  explicit Random(uint64_t seed) : SplitMix64(seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u) {}

  // As reference vectors seed it: the seed is the state.
  static Random FromState(uint64_t state) { return Random(SplitMix64(state)); }

  // Uniform in [0, count).
  size_t Below(size_t count) { return static_cast<size_t>(Bits() % count); }
  // Uniform in [low, high].
  int Int(int low, int high) {
    return low + static_cast<int>(Below(static_cast<size_t>(high - low) + 1));
  }
  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Bits() >> 11) * 0x1p-53; }
  // Standard normal, by adding twelve uniform values: no library function that may round otherwise.
  float Normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += Unit();
    return static_cast<float>(sum);
  }

  std::vector<float> Normals(size_t count) {
    std::vector<float> values(count);
    for (float& v : values) v = Normal();
    return values;
  }
  std::vector<int8_t> Int8s(size_t count, int low = -128, int high = 127) {
    std::vector<int8_t> values(count);
    for (int8_t& v : values) v = static_cast<int8_t>(Int(low, high));
    return values;
  }

 private:
  explicit Random(const SplitMix64& bits) : SplitMix64(bits) {}
};

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_RANDOM_H_
