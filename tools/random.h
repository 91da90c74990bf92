// Seeded random numbers, equal on every machine.
#ifndef LUTGEMM_TOOLS_RANDOM_H_
#define LUTGEMM_TOOLS_RANDOM_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::tools {

// SplitMix64: one multiplication chain per number, any seed is good.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Bits() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [0, bound), bound below 2^32; the bias is below 2^-32.
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(((Bits() >> 32) * bound) >> 32); }
  // In (0, 1].
  double Unit() { return double((Bits() >> 11) + 1) * 0x1p-53; }
  double Gaussian();

 private:
  uint64_t state_;
};

// Gaussian activations.
std::vector<float> RandomActs(size_t count, Random& random);

// Every code equally likely, scales near those of real layers; passes Validate.
QuantizedMatrix RandomMatrix(const WeightInfo& info, Random& random);

// The activations as `elem` stores them: f32, f16 or bf16 by rounding, int8 by spreading the
// largest entry to 127. `values` takes what the stored numbers mean.
std::vector<std::byte> StoreActs(std::span<float> values, Elem elem);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_RANDOM_H_
