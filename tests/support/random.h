// Seeded random values for tests: the same sequence on every machine, unlike the distributions of
// the standard library.
#ifndef LUTGEMM_SUPPORT_RANDOM_H_
#define LUTGEMM_SUPPORT_RANDOM_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::test {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u) {}

  // SplitMix64 as reference vectors seed it: the seed is the state.
  static Random FromState(uint64_t state) {
    Random random(0);
    random.state_ = state;
    return random;
  }

  uint64_t Bits() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }
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
  uint64_t state_;
};

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_RANDOM_H_
