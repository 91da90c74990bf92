// Seeded random numbers, equal on every machine.
#ifndef LUTGEMM_TOOLS_MEASURE_RANDOM_H_
#define LUTGEMM_TOOLS_MEASURE_RANDOM_H_

#include "base/splitmix.h"

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::tools {

class Random : public base::SplitMix64 {
 public:
  using SplitMix64::SplitMix64;

  // In [0, bound), bound below 2^32; the bias is below 2^-32.
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(((Bits() >> 32) * bound) >> 32); }
  // In (0, 1].
  double Unit() { return double((Bits() >> 11) + 1) * 0x1p-53; }
  double Gaussian();
};

// Gaussian activations.
std::vector<float> RandomActs(size_t count, Random& random);

// Every code equally likely, scales near those of real layers; passes Validate.
QuantizedMatrix RandomMatrix(const WeightInfo& info, Random& random);

// The activations as `elem` stores them: f32, f16 or bf16 by rounding, int8 by spreading the
// largest entry to 127. `values` takes what the stored numbers mean.
std::vector<std::byte> StoreActs(std::span<float> values, Elem elem);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_RANDOM_H_
