// Ints: scales (and offsets) from the range or the mean magnitude of the weights.
#include "format/facts.h"
#include "quant/fit.h"

#include <algorithm>

namespace lutgemm::quant {
namespace {

// Around the middle of the range, so that clipping takes from both ends alike.
ExactFit FitFloatZero(const Stats& stats, unsigned largest, double factor) noexcept {
  const double min = stats.min;
  const double range = static_cast<double>(stats.max) - min;
  return {range * factor / largest, min + range * (1 - factor) / 2, 0};
}

// The range includes 0, so that zero weights stay exact.
ExactFit FitIntegerZero(const Stats& stats, unsigned largest, double factor) noexcept {
  const double min = std::min(stats.min, 0.0f);
  const double max = std::max(stats.max, 0.0f);
  return {(max - min) * factor / largest, 0, min * factor};
}

}  // namespace

ExactFit FitInt(const Stats& stats, const QuantSpec& spec, double factor) noexcept {
  const format::FormatFacts& facts = format::FactsOf(spec.format);
  if (facts.codes == 2) return {stats.mean_magnitude() * factor, 0, 0};
  switch (spec.zero) {
    case ZeroKind::kFloat:
      return FitFloatZero(stats, facts.codes - 1, factor);
    case ZeroKind::kInteger:
      return FitIntegerZero(stats, facts.codes - 1, factor);
    case ZeroKind::kNone:
      break;
  }
  const int largest = facts.first + static_cast<int>(facts.codes) - 1;
  return {static_cast<double>(stats.max_magnitude) * factor / largest, 0, 0};
}

}  // namespace lutgemm::quant
