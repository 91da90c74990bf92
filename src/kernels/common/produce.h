// Producers in scalars: what PORTABLE runs and SIMD targets use behind their last whole
// vector. Every target does the same float operations in the same order, none fused.
#ifndef LUTGEMM_KERNELS_COMMON_PRODUCE_H_
#define LUTGEMM_KERNELS_COMMON_PRODUCE_H_

#include "format/fp.h"
#include "kernels/common/pack_act.h"

#include <bit>
#include <cmath>

namespace lutgemm::kernels {

// exp(t) for t <= 0: t = n ln 2 + r with |r| <= ln 2 / 2, then the series of e^r to r^7 / 7!, whose
// remainder is below 2^-27. n ln 2 is taken off in two parts, the first exact. Below kLeastExponent
// the result stays that of kLeastExponent, a normal number.
inline constexpr float kLeastExponent = -87.0f;
inline constexpr float kLog2E = 1.44269504f;
inline constexpr float kLn2High = 0.693359375f;
inline constexpr float kLn2Low = -2.12194440e-4f;
inline constexpr float kSeries[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24,
                                    1.0f / 6,    1.0f / 2,   1.0f,       1.0f};
inline constexpr int kExponentBias = 127, kExponentShift = 23;

// exp(-|x|); of NaN some number.
inline float ExpOfNegative(float magnitude) {
  const float t = -magnitude > kLeastExponent ? -magnitude : kLeastExponent;
  const float n = std::nearbyint(t * kLog2E);
  const float r = (t - n * kLn2High) - n * kLn2Low;
  float sum = kSeries[0];
  for (size_t i = 1; i < std::size(kSeries); ++i) sum = sum * r + kSeries[i];
  const auto bits = static_cast<uint32_t>(static_cast<int>(n) + kExponentBias) << kExponentShift;
  return sum * std::bit_cast<float>(bits);
}

// x * sigmoid(x), from exp(-|x|) so that nothing overflows.
inline float Silu(float x) {
  const float e = ExpOfNegative(std::abs(x));
  return x * ((x < 0.0f ? e : 1.0f) / (1.0f + e));
}

// Elements [begin, end) of `to`, which holds those from k on, become activations.
inline void ProduceTail(const PackActArgs& args, size_t k, size_t begin, size_t end, float* to) {
  const Produce& produce = args.produce;
  if (produce.kind == Produce::Kind::kRmsNorm) {
    for (size_t i = begin; i < end; ++i) to[i] = (to[i] * produce.factor) * produce.gamma[k + i];
  } else if (produce.kind == Produce::Kind::kSiluGate) {
    for (size_t i = begin; i < end; ++i) {
      to[i] = Silu(to[i]) * format::LoadElem(produce.up, args.elem, k + i);
    }
  }
}

// Sum of squares in one fixed order: 64 running sums, then OrderedSum of those.
struct SquareSums {
  static constexpr size_t kSums = 64;
  alignas(64) float part[kSums] = {};

  // The token's elements from `begin` on, a multiple of kSums.
  void Add(const PackActArgs& args, size_t begin) {
    for (size_t i = begin; i < args.k; ++i) {
      const float x = format::LoadElem(args.act, args.elem, i);
      part[i % kSums] += x * x;
    }
  }
  float Total() const { return OrderedSum(part, kSums); }
};

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_COMMON_PRODUCE_H_
