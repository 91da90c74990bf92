#include "quant/rounder.h"

#include "format/block.h"
#include "format/traits.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm::quant {
namespace {

// Scales that a search tries besides the plain one, s * (1 - 0.03 i): clipping the largest weight
// a little may bring all others closer.
constexpr int kGridSteps = 10;
constexpr double kGridStep = 0.03;

constexpr double kFp4Largest = 6;

double Largest(std::span<const float> group) {
  float largest = 0;
  for (const float w : group) largest = std::max(largest, std::fabs(w));
  return largest;
}

}  // namespace

Levels MakeLevels(const Codebook& book, unsigned table) {
  struct Level {
    int value;
    uint8_t code;
  };
  std::array<Level, 16> sorted{};
  for (uint8_t code = 0; code < book.codes; ++code) sorted[code] = {book.values[table][code], code};
  const auto end = sorted.begin() + book.codes;
  std::stable_sort(sorted.begin(), end,
                   [](const Level& a, const Level& b) { return a.value < b.value; });
  Levels levels;
  for (auto level = sorted.begin(); level != end; ++level) {
    if (level != sorted.begin() && level->value == (level - 1)->value) continue;
    levels.values[levels.count] = static_cast<double>(book.unit) * level->value;
    levels.codes[levels.count++] = level->code;
  }
  levels.midpoints.fill(std::numeric_limits<double>::infinity());
  for (size_t i = 0; i + 1 < levels.count; ++i) {
    levels.midpoints[i] = (levels.values[i] + levels.values[i + 1]) / 2;
  }
  levels.largest = static_cast<double>(book.unit) * format::LargestBookValue(book, table);
  return levels;
}

Rounder::Rounder(const QuantSpec& spec, const Codebook& book)
    : spec_(spec),
      bfp_bits_(format::BfpBits(spec.format)),
      to_even_(spec.format == WeightFormat::kMxfp4 || spec.format == WeightFormat::kNvfp4) {
  for (unsigned table = 0; table < book.tables; ++table) levels_.push_back(MakeLevels(book, table));
}

// body(round), where round(weight) is {value in units of the scale, code}.
template <class Body>
auto Rounder::WithRounding(const BlockFit& fit, const Body& body) const {
  struct Rounded {
    double value;
    uint8_t code;
  };
  const double scale = fit.scale;
  if (bfp_bits_ != 0) {
    const unsigned bits = bfp_bits_;
    const uint8_t exponent =
        scale == 0 ? uint8_t{0} : format::E8M0Code(format::FloorLog2(static_cast<float>(scale)));
    return body([=](float w) {
      const int q = format::BfpCode(bits, exponent, w);
      return Rounded{q * format::BfpUnit(bits), static_cast<uint8_t>(q + (1 << (bits - 1)))};
    });
  }
  if (to_even_) {
    return body([=](float w) {
      const uint8_t code = format::MiniFloatCode(format::kE2M1, scale == 0 ? 0.0 : w / scale);
      return Rounded{format::MiniFloatValue(format::kE2M1, code), code};
    });
  }
  const Levels& levels = levels_[fit.selector];
  return body([&levels, scale](float w) {
    const size_t at = levels.Nearest(scale == 0 ? 0.0 : w / scale);
    return Rounded{levels.values[at], levels.codes[at]};
  });
}

double Rounder::SquaredError(const WeighedGroup& group, const BlockFit& fit) const {
  return WithRounding(fit, [&](const auto& round) {
    double sum = 0;
    for (size_t i = 0; i < group.weights.size(); ++i) {
      const float w = group.weights[i];
      const double error = round(w).value * fit.scale - w;
      sum += group.importance.empty() ? error * error : group.importance[i] * (error * error);
    }
    return sum;
  });
}

double Rounder::ExactError(std::span<const float> group, const BlockFit& fit) const {
  if (spec_.scale != Elem::kE8m0 || fit.exact >= format::E8M0Value(0)) {
    return SquaredError({group}, {fit.exact, fit.selector});
  }
  // Powers of two that no byte holds: everything 2^64 times larger.
  std::vector<float> larger(group.begin(), group.end());
  for (float& w : larger) w *= 0x1p64f;
  return SquaredError({larger}, ChoosePowerOfTwo({larger})) * 0x1p-128;
}

void Rounder::Encode(std::span<const float> group, const BlockFit& fit, uint8_t* codes) const {
  WithRounding(fit, [&](const auto& round) {
    for (size_t i = 0; i < group.size(); ++i) codes[i] = round(group[i]).code;
  });
}

BlockFit Rounder::Choose(const WeighedGroup& group, double factor) const {
  if (spec_.scale == Elem::kE8m0) return ChoosePowerOfTwo(group);
  if (spec_.scale == Elem::kE4m3) return ChooseE4m3(group, factor);
  return ChooseFloat(group);
}

BlockFit Rounder::Best(const WeighedGroup& group, std::span<const BlockFit> fits) const {
  if (fits.size() == 1) return fits[0];
  double least = std::numeric_limits<double>::infinity();
  BlockFit best = fits[0];
  for (const BlockFit& fit : fits) {
    const double error = SquaredError(group, fit);
    if (error < least) {
      least = error;
      best = fit;
    }
  }
  return best;
}

BlockFit Rounder::ChooseFloat(const WeighedGroup& group) const {
  const double largest = Largest(group.weights);
  if (largest == 0) return {};
  const int steps = spec_.scale_search ? kGridSteps : 0;
  std::vector<BlockFit> fits;
  fits.reserve(levels_.size() * (kGridSteps + 1));
  for (size_t table = 0; table < levels_.size(); ++table) {
    for (int i = 0; i <= steps; ++i) {
      const double scale = largest / levels_[table].largest * (1 - kGridStep * i);
      fits.push_back({scale, static_cast<uint8_t>(table), 0, scale});
    }
  }
  return Best(group, fits);
}

// The exponent of MX and BFP; a search tries its neighbours too.
BlockFit Rounder::ChoosePowerOfTwo(const WeighedGroup& group) const {
  const int emax = bfp_bits_ != 0 ? 0 : format::kE2M1.max_exponent();
  const int plain = format::BlockExponent(group.weights, emax);
  const double largest = Largest(group.weights);
  const double exact =
      largest == 0 ? 0.0 : format::Pow2(format::FloorLog2(static_cast<float>(largest)) - emax);
  std::vector<BlockFit> fits;
  for (const int step : {0, 1, -1}) {
    const int exponent = plain + step;
    if (exponent < 0 || exponent >= format::kE8M0Nan) continue;
    if (step != 0 && !spec_.scale_search) continue;
    const float scale = format::E8M0Value(static_cast<uint8_t>(exponent));
    fits.push_back({scale, 0, scale, exact});
  }
  return Best(group, fits);
}

// The E4M3 code nearest to max|w| / 6 over the tensor's factor, at least the smallest positive; a
// search tries one above and four below.
BlockFit Rounder::ChooseE4m3(const WeighedGroup& group, double factor) const {
  const double largest = Largest(group.weights);
  if (largest == 0) return {};
  const int plain =
      std::max<int>(1, format::MiniFloatCode(format::kE4M3, largest / kFp4Largest / factor));
  std::vector<BlockFit> fits;
  for (const int step : {0, 1, -1, -2, -3, -4}) {
    const int code = plain + step;
    if (code < 1 || code > static_cast<int>(format::kE4M3.max_code())) continue;
    if (step != 0 && !spec_.scale_search) continue;
    const float stored = format::MiniFloatValue(format::kE4M3, static_cast<unsigned>(code));
    fits.push_back({stored * factor, 0, stored, largest / kFp4Largest});
  }
  return Best(group, fits);
}

}  // namespace lutgemm::quant
