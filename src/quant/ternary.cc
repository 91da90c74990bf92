// Ternary by mean magnitude (absmean), as BitNet b1.58 trains with it.
#include "quant/fit.h"

namespace lutgemm::quant {

// Weights that are ternary already (one magnitude and zeros) keep their magnitude: the mean would
// shrink with every zero, and quantising twice would not give the same values as once.
ExactFit FitTernary(const Stats& stats, double factor) noexcept {
  const bool is_ternary = stats.min_magnitude == stats.max_magnitude;
  const double scale = is_ternary ? stats.max_magnitude : stats.mean_magnitude();
  return {scale * factor, 0, 0};
}

}  // namespace lutgemm::quant
