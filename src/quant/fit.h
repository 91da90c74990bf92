// From statistics of the weights that share a scale to candidate fits, and from a fit to codes.
//
// Every format rounds on a grid: value = scale * r + offset with an integer r in [low, high], and
// code = r + bias. int1 has r in {-1, +1} instead.
#ifndef LUTGEMM_QUANT_FIT_H_
#define LUTGEMM_QUANT_FIT_H_

#include <lutgemm/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::quant {

// Mergeable facts about a set of weights.
struct Stats {
  float min = 0;  // of the set itself, meaningful when count > 0
  float max = 0;
  float max_magnitude = 0;
  float min_magnitude = 0;  // of non-zero weights; 0 = none
  double sum_magnitude = 0;
  size_t count = 0;

  void Add(std::span<const float> weights) noexcept;
  void Add(const Stats& other) noexcept;
  double mean_magnitude() const noexcept { return sum_magnitude / static_cast<double>(count); }
};

// A fit before its numbers are rounded to their stored type.
struct ExactFit {
  double scale = 0;
  double offset = 0;
  double low = 0;  // the value that an integer zero point is to make representable
};
// A fit whose numbers are floats that the stored type holds, or, to compare with, exact.
struct Fit {
  double scale = 0;
  double offset = 0;
  uint8_t zero = 0;
};

// The fit of a format for a clipping factor (1 = none). round.cc and ternary.cc.
ExactFit FitInt(const Stats& stats, const QuantSpec& spec, double factor) noexcept;
ExactFit FitTernary(const Stats& stats, double factor) noexcept;

inline constexpr size_t kSearchSteps = 60;
inline constexpr size_t kMaxCandidates = kSearchSteps + 2;

// Fits to choose from, the plain one first. `overflow` is the plain fit's number that the stored
// type cannot hold; then there are no candidates. `loses_bits`: the stored type has fewer bits than
// usual for the plain fit, whose numbers are below its normal range.
struct Candidates {
  std::array<Fit, kMaxCandidates> fits;
  size_t count = 0;
  double overflow = 0;
  bool loses_bits = false;
};
Candidates MakeCandidates(const Stats& stats, const QuantSpec& spec) noexcept;
// The plain fit if scales were stored exactly.
Fit Unrounded(const Stats& stats, const QuantSpec& spec) noexcept;

// Squared error of a fit over weights, each weight's times the importance of its column; an empty
// importance counts all alike.
double SquaredError(std::span<const float> weights, const QuantSpec& spec, const Fit& fit,
                    std::span<const float> importance = {}) noexcept;
// The codes of weights.
void Encode(std::span<const float> weights, const QuantSpec& spec, const Fit& fit,
            uint8_t* codes) noexcept;

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_FIT_H_
