#include "ref/lookup.h"

#include "format/fp.h"
#include "format/planes.h"
#include "format/rounding.h"
#include "format/table.h"
#include "quant/groups.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace lutgemm::ref {
namespace {

using Entry = LookupSpec::Entry;
using Sum = LookupSpec::Sum;

double Added(double sum, double term, Sum type) {
  if (type == Sum::kExact) return sum + term;
  const double exact = format::AddToOdd(sum, term);
  if (type == Sum::kF32) return static_cast<float>(exact);
  return format::F16ToF32(format::ToF16(exact));
}

// A number as an adder takes or gives it that knows neither subnormal numbers nor NaN.
double Flushed(double value, Sum type) {
  if (std::isnan(value)) return std::signbit(value) ? -HUGE_VAL : HUGE_VAL;
  const int least = type == Sum::kF16 ? -14 : -126;
  return value != 0.0 && std::ilogb(value) < least ? std::copysign(0.0, value) : value;
}
double FlushedSum(double sum, double term, Sum type) {
  const double a = Flushed(sum, type), b = Flushed(term, type);
  const bool opposite = std::isinf(a) && std::isinf(b) && std::signbit(a) != std::signbit(b);
  return opposite ? HUGE_VAL : Flushed(Added(a, b, type), type);
}

// The activations of one lookup, zeros where K has ended, and what a sum of them becomes.
struct Step {
  std::vector<double> act;
  size_t length;
  double sum = 0.0;
  float scale = 1.0f;  // of quantised entries

  Step(std::span<const double> values, const LookupSpec& spec)
      : act(values.begin(), values.end()), length(values.size()) {
    double magnitude = 0.0;
    for (const double a : act) {
      magnitude += std::fabs(a);
      sum += a;
    }
    act.resize(spec.k);
    if (spec.entry == Entry::kQuantised) scale = format::TableScale(magnitude);
  }

  double Value(double entry, Entry type) const {
    if (type == Entry::kF16) return format::F16ToF32(format::ToF16(entry));
    return type == Entry::kQuantised ? format::QuantisedEntry(entry, scale) : entry;
  }
};

double TimesPlane(double entry, unsigned multiplier, const LookupSpec& spec) {
  if (!spec.exponent_quirk) return multiplier * entry;
  const unsigned bits = format::F32ToF16(static_cast<float>(entry));
  const auto shift = static_cast<unsigned>(std::countr_zero(multiplier)) << 10;
  return format::F16ToF32(static_cast<uint16_t>((bits & 0x83ffu) | ((bits + shift) & 0x7c00u)));
}

// One output and one weight group.
class Group {
 public:
  Group(const QuantizedMatrix& weights, size_t row, const LookupSpec& spec)
      : w_(weights), row_(row), spec_(spec), planes_(format::PlanesOf(weights.info.format)) {}

  void Add(size_t begin, const Step& step) {
    const bool by_plane = spec_.plane_by_plane && spec_.entry == Entry::kF16;
    double of_planes = 0.0;
    for (unsigned p = 0; p < planes_.count; ++p) {
      const double term = TimesPlane(SignedSum(begin, step, p), planes_.multiplier[p], spec_);
      if (by_plane) {
        digits_ =
            spec_.flush ? FlushedSum(digits_, term, spec_.sum) : Added(digits_, term, spec_.sum);
      } else {
        of_planes += term;
      }
    }
    const double scale = spec_.entry == Entry::kQuantised ? double{step.scale} : 1.0;
    if (!by_plane) digits_ = Added(digits_, scale * of_planes, spec_.sum);
    acts_ = Added(acts_, step.sum, spec_.entry == Entry::kExact ? Sum::kExact : Sum::kF32);
  }

  float Folded(float out, size_t scale_index, float row_scale) const {
    const WeightInfo& info = w_.info;
    unsigned zero = format::NoneZero(info.format);
    if (info.zero == ZeroKind::kInteger) zero = w_.zeros[scale_index];
    if (info.zero == ZeroKind::kFloat) zero = 0;
    const int gain = format::Gain(info.format);
    const int center = format::Center(info.format, zero);
    const auto sum = static_cast<float>(acts_);
    float value = 0.5f * static_cast<float>(gain) * static_cast<float>(digits_) +
                  0.5f * static_cast<float>(center) * sum;
    if (spec_.entry == Entry::kExact) {
      value = static_cast<float>((gain * digits_ + center * acts_) / 2);
    }
    out += value * (row_scale * w_.scales[scale_index]);
    if (info.zero == ZeroKind::kFloat) out += (row_scale * w_.offsets[scale_index]) * sum;
    return out;
  }

 private:
  bool Bit(size_t k, unsigned plane) const {
    const unsigned code = w_.codes[row_ * w_.info.k + k];
    return (format::PlaneBits(w_.info.format, code) >> plane & 1u) != 0;
  }

  // The entry that subtracts the first activation, or its negative: of exact zeros the quirk sees
  // the sign.
  double SignedSum(size_t begin, const Step& step, unsigned plane) const {
    const bool negate = Bit(begin, plane);
    double sum = -step.act[0];
    for (size_t i = 1; i < step.act.size(); ++i) {
      const bool bit = i < step.length && Bit(begin + i, plane);
      sum += bit != negate ? step.act[i] : -step.act[i];
    }
    const double value = step.Value(sum, spec_.entry);
    return negate ? -value : value;
  }

  const QuantizedMatrix& w_;
  size_t row_;
  const LookupSpec& spec_;
  format::Planes planes_;
  double digits_ = 0.0;  // sum of +-activations times multipliers
  double acts_ = 0.0;    // sum of activations
};

}  // namespace

std::vector<float> LookupGemm(const QuantizedMatrix& weights, std::span<const double> act, size_t m,
                              const LookupSpec& spec) {
  const WeightInfo& info = weights.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    const auto row = act.subspan(t * info.k, info.k);
    const float row_scale = spec.row_scales.empty() ? 1.0f : spec.row_scales[t];
    for (size_t n = 0; n < info.n; ++n) {
      float& o = out[t * info.n + n];
      for (size_t g = 0; g < info.groups(); ++g) {
        Group group(weights, n, spec);
        for (size_t k = info.group_begin(g); k < info.group_end(g); k += spec.k) {
          const size_t length = std::min(spec.k, info.group_end(g) - k);
          group.Add(k, Step(row.subspan(k, length), spec));
        }
        o = group.Folded(o, quant::ScaleIndex(info, n, g), row_scale);
      }
      // A processor's NaN has the sign of its operands; the machine keeps one NaN alone.
      if (std::isnan(o)) o = std::numeric_limits<float>::quiet_NaN();
    }
  }
  return out;
}

}  // namespace lutgemm::ref
