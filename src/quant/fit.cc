#include "quant/fit.h"

#include "format/exact.h"
#include "format/fp.h"
#include "format/planes.h"
#include "quant/held.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace lutgemm::quant {
namespace {

using format::RoundHalfEven;

struct Grid {
  double low, high;
  int bias;
};

Grid GridOf(const QuantSpec& spec, const Fit& fit) {
  const format::FormatFacts& facts = format::FactsOf(spec.format);
  const int last = static_cast<int>(facts.codes) - 1;
  switch (spec.zero) {
    case ZeroKind::kFloat:
      return {0, double(last), 0};
    case ZeroKind::kInteger:
      return {-double(fit.zero), double(last - fit.zero), fit.zero};
    case ZeroKind::kNone:
      break;
  }
  // The most negative code of ints has no positive partner; only the search may find a use for it.
  const int high = facts.first + last;
  const int low = spec.scale_search ? facts.first : -high;
  return {double(low), double(high), -facts.first};
}

// Rounding of one weight to its grid integer; branch-free, so that loops over it vectorise.
struct RoundToSign {
  double operator()(float weight) const { return weight >= 0 ? 1.0 : -1.0; }
};
struct RoundToGrid {
  double scale, offset, low, high;

  double operator()(float weight) const {
    const double steps = (static_cast<double>(weight) - offset) / scale;
    return RoundHalfEven(std::min(std::max(steps, low), high));
  }
};

// body(round) with the rounding of a format.
template <class Body>
auto WithRounding(const QuantSpec& spec, const Fit& fit, const Body& body) {
  if (spec.format == WeightFormat::kInt1) return body(RoundToSign{});
  if (fit.scale == 0) return body(RoundToGrid{1, 0, 0, 0});  // weights are the offset, or zero
  const Grid grid = GridOf(spec, fit);
  return body(RoundToGrid{fit.scale, fit.offset, grid.low, grid.high});
}

ExactFit FitAny(const Stats& stats, const QuantSpec& spec, double factor) {
  return spec.format == WeightFormat::kTernary ? FitTernary(stats, factor)
                                               : FitInt(stats, spec, factor);
}

// A fit with the zero point that its scale needs.
Fit WithZero(Fit fit, const ExactFit& exact, const QuantSpec& spec) {
  if (spec.zero == ZeroKind::kInteger && fit.scale > 0) {
    const double steps = -exact.low / fit.scale;
    const double last = CodeCount(spec.format) - 1;
    fit.zero = static_cast<uint8_t>(RoundHalfEven(std::min(steps, last)));
  }
  return fit;
}

// Rounds to the stored type; nothing if that overflows. A scale never vanishes by rounding.
std::optional<Fit> Store(const ExactFit& exact, const QuantSpec& spec) {
  Fit fit;
  fit.scale = format::RoundToElem(static_cast<float>(exact.scale), spec.scale);
  fit.offset = format::RoundToElem(static_cast<float>(exact.offset), spec.scale);
  if (!std::isfinite(fit.scale) || !std::isfinite(fit.offset)) return std::nullopt;
  if (fit.scale == 0 && exact.scale > 0) fit.scale = format::SmallestPositive(spec.scale);
  return WithZero(fit, exact, spec);
}

// The sum of square(i) for i < count. Eight sums side by side, because one would wait for each
// addition before the next.
template <class Square>
double SumSquares(size_t count, const Square& square) {
  constexpr size_t kLanes = 8;
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += square(i + lane);
  }
  for (; i < count; ++i) sums[i % kLanes] += square(i);
  return std::accumulate(sums, sums + kLanes, 0.0);
}

// Beside a scale with all its bits an offset may lose some.
bool LosesBits(const ExactFit& exact, Elem scale) {
  const bool offset = exact.scale == 0 && quant::LosesBits(std::fabs(exact.offset), scale);
  return offset || quant::LosesBits(exact.scale, scale);
}

}  // namespace

void Stats::Add(std::span<const float> weights) noexcept {
  if (weights.empty()) return;
  Stats here;
  here.min = here.max = weights[0];
  for (const float w : weights) {
    const float magnitude = std::fabs(w);
    here.min = std::min(here.min, w);
    here.max = std::max(here.max, w);
    here.sum_magnitude += magnitude;
    if (magnitude != 0 && (here.min_magnitude == 0 || magnitude < here.min_magnitude)) {
      here.min_magnitude = magnitude;
    }
  }
  here.max_magnitude = std::max(std::fabs(here.min), std::fabs(here.max));
  here.count = weights.size();
  Add(here);
}

void Stats::Add(const Stats& other) noexcept {
  if (other.count == 0) return;
  min = count == 0 ? other.min : std::min(min, other.min);
  max = count == 0 ? other.max : std::max(max, other.max);
  max_magnitude = std::max(max_magnitude, other.max_magnitude);
  if (min_magnitude == 0 || (other.min_magnitude != 0 && other.min_magnitude < min_magnitude)) {
    min_magnitude = other.min_magnitude;
  }
  sum_magnitude += other.sum_magnitude;
  count += other.count;
}

Candidates MakeCandidates(const Stats& stats, const QuantSpec& spec) noexcept {
  Candidates all;
  const ExactFit exact = FitAny(stats, spec, 1);
  const std::optional<Fit> plain = Store(exact, spec);
  if (!plain) {
    all.overflow = std::isfinite(format::RoundToElem(static_cast<float>(exact.scale), spec.scale))
                       ? exact.offset
                       : exact.scale;
    return all;
  }
  all.fits[all.count++] = *plain;
  all.loses_bits = LosesBits(exact, spec.scale);
  if (!spec.scale_search || exact.scale == 0) return all;
  // Clipping factors, wide enough for the best scale of Gaussian weights in groups of any length:
  // the fewer the codes, the further the best scale lies below the maximum.
  const auto& [least, most] = format::FactsOf(spec.format).search;
  for (size_t i = 0; i <= kSearchSteps; ++i) {
    const double at = static_cast<double>(i) / kSearchSteps;
    const double factor = least + (most - least) * at;
    const std::optional<Fit> fit = Store(FitAny(stats, spec, factor), spec);
    if (fit) all.fits[all.count++] = *fit;
  }
  return all;
}

Fit Unrounded(const Stats& stats, const QuantSpec& spec) noexcept {
  const ExactFit exact = FitAny(stats, spec, 1);
  return WithZero({exact.scale, exact.offset, 0}, exact, spec);
}

double SquaredError(std::span<const float> weights, const QuantSpec& spec, const Fit& fit,
                    std::span<const float> importance) noexcept {
  return WithRounding(spec, fit, [&](const auto& round) {
    const auto square = [&](size_t i) {
      const float weight = weights[i];
      const double error = weight - (fit.scale * round(weight) + fit.offset);
      return error * error;
    };
    if (importance.empty()) return SumSquares(weights.size(), square);
    return SumSquares(weights.size(), [&](size_t i) { return importance[i] * square(i); });
  });
}

void Encode(std::span<const float> weights, const QuantSpec& spec, const Fit& fit,
            uint8_t* codes) noexcept {
  WithRounding(spec, fit, [&](const auto& round) {
    const bool sign_only = spec.format == WeightFormat::kInt1;
    const int bias = sign_only ? 0 : GridOf(spec, fit).bias;
    for (size_t i = 0; i < weights.size(); ++i) {
      const int r = static_cast<int>(round(weights[i]));
      codes[i] = static_cast<uint8_t>(sign_only ? r > 0 : r + bias);
    }
  });
}

}  // namespace lutgemm::quant
