#include "tools/command/verify/bound.h"

#include "base/bits.h"
#include "format/planes.h"
#include "layout/layout.h"
#include "quant/groups.h"
#include "ref/blocks.h"
#include "ref/error.h"

#include <lutgemm/plan.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

namespace lutgemm::tools {
namespace {

// A fixed-point activation errs by half of 2^-6, and by less than 2^-12 because a * inverse is
// rounded twice; an int8 code likewise by half and less than 2^-12.
constexpr double kCodeError = 0.5 + 0x1p-12, kFixedError = 0x1p-7 + 0x1p-12;
// Scales are rounded, and sums of magnitudes that they come from.
constexpr double kScaleSlack = 1 + 0x1p-16;

using ref::Block;

bool UsesInt8(const Preparation& preparation) {
  return preparation.mode == Mode::kExact || IsInt8(preparation.method);
}

// A block of one token: no less than its scale, and the sum of magnitudes.
struct ActFacts {
  double scale = 0, sum = 0;
};

ActFacts FactsOf(std::span<const float> acts, const Preparation& preparation) {
  const bool int8 = UsesInt8(preparation);
  const size_t length = int8 ? 1 : TableLength(preparation.method);
  double largest = 0, part = 0, sum = 0;
  for (size_t i = 0; i < acts.size(); ++i) {
    part = (i % length == 0 ? 0.0 : part) + std::fabs(acts[i]);
    largest = std::max(largest, part);
    sum += std::fabs(acts[i]);
  }
  // Outliers are multiplied apart.
  if (preparation.mode == Mode::kFast && int8) {
    largest = std::min(largest, 5 * sum / double(acts.size()));
  }
  // Activations of smaller blocks count as zeros: each errs by all of itself, a thousand steps.
  const double steps = largest < 1.1e-36 ? 1e-3 : 127;
  return {largest * kScaleSlack / steps, sum};
}

// A block of one row, as multiples of what ActFacts has.
struct RowFacts {
  double error = 0;      // times the scale: of rounded activations or tables
  double magnitude = 0;  // times sum + size * scale: the largest that terms of float sums can be
};

RowFacts Int8Facts(const QuantizedMatrix& w, size_t row, const Block& block) {
  const size_t at = quant::ScaleIndex(w.info, row, block.group);
  double scale = std::fabs(double(w.scales[at]) * w.Factor(row));
  double offset = w.offsets.empty() ? 0.0 : std::fabs(w.offsets[at]);
  if (w.info.super_group != 0) {
    const size_t factor = quant::FactorIndex(w.info, row, block.begin);
    scale *= std::fabs(w.factors[factor]);
    if (!w.offset_factors.empty()) offset *= std::fabs(w.offset_factors[factor]);
  }
  double values = 0, largest = 0;
  for (size_t k = block.begin; k < block.end; ++k) {
    values += std::fabs(w.Value(row, k));
    largest = std::max(largest, std::fabs(double(w.Integer(row, k))));
  }
  return {kCodeError * values, scale * largest + offset};
}

RowFacts TableFacts(const QuantizedMatrix& w, size_t row, const Block& block, size_t length) {
  const size_t at = quant::ScaleIndex(w.info, row, block.group);
  const double scale = std::fabs(double(w.scales[at]));
  const double lookups = double(base::CeilDiv(block.size(), length));
  const double entry = 0.5 + double(length) * kFixedError;
  const format::Planes planes = format::PlanesOf(w.info.format);
  const double half = w.info.format == WeightFormat::kInt1 ? 1.0 : 0.5;
  const double zero = w.zeros.empty() ? double(CodeCount(w.info.format)) / 2 : double(w.zeros[at]);
  const double offset = w.offsets.empty() ? 0.0 : std::fabs(w.offsets[at]);
  return {scale * entry * half * planes.total() * lookups,
          scale * (planes.total() + zero) + offset};
}

RowFacts TritFacts(const QuantizedMatrix& w, size_t row, const Block& block, size_t length) {
  const double scale = std::fabs(double(w.scales[quant::ScaleIndex(w.info, row, block.group)]));
  const double lookups = double(base::CeilDiv(block.size(), length));
  return {scale * (0.5 + double(length) * kFixedError) * lookups, scale};
}

RowFacts FactsOfBlock(const QuantizedMatrix& w, size_t row, const Block& block,
                      const Preparation& preparation) {
  const Method method = preparation.method;
  if (UsesInt8(preparation)) return Int8Facts(w, row, block);
  const size_t length = TableLength(method);
  if (method == Method::kLut4 || method == Method::kLut5) return TableFacts(w, row, block, length);
  return TritFacts(w, row, block, length);
}

// Of all groups that share the activations' scale.
RowFacts FactsOf(const QuantizedMatrix& w, size_t row, const ref::Span& span,
                 const Preparation& preparation) {
  RowFacts all;
  for (const Block& block : span.groups) {
    const RowFacts facts = FactsOfBlock(w, row, block, preparation);
    all.error += facts.error;
    all.magnitude = std::max(all.magnitude, facts.magnitude);
  }
  return all;
}

// Roundings that a term meets: a block's sums, one addition for each block or cut of one, one for
// each outlier, scale, factor and store.
double Roundings(const WeightInfo& info, size_t blocks, const Preparation& preparation) {
  const bool int8 = UsesInt8(preparation);
  const double outliers = preparation.mode == Mode::kFast && int8 ? double(info.k) / 5 : 0.0;
  const double sums = int8 ? 0.0 : double(std::min(preparation.block, info.k)) / 16;
  return 2 * (double(blocks) + double(info.k) / 16320) + outliers + sums + 24;
}

// Whether sums of terms, before the row's factor too, stay floats.
bool InRange(double magnitude, double factor) {
  return magnitude * std::max(1.0, 1.0 / factor) < FLT_MAX / 4;
}

// Products below the normal floats err by 2^-150 at most, each times an integer below 2^31.
double Underflow(const WeightInfo& info, double factor) {
  return 0x1p-118 * double(info.k) * std::max(1.0, factor);
}

}  // namespace

bool IsInt8(Method method) { return method == Method::kDot || method == Method::kCodebook; }

size_t TableLength(Method method) {
  if (method == Method::kLut4) return 4;
  return method == Method::kTernary3 ? 3 : layout::kTritsPerByte;
}

std::vector<double> ErrorBounds(const QuantizedMatrix& weights, std::span<const float> acts,
                                const Preparation& preparation) {
  const WeightInfo& info = weights.info;
  const size_t tokens = acts.size() / info.k;
  const std::vector<ref::Span> spans =
      ref::ScaledTogether(info, preparation.block, UsesInt8(preparation));
  // Sums of a span's groups are rounded as often as there are groups, and added as often as spans.
  const size_t sums = std::max(spans.size(), info.groups()) + spans.size();
  const double roundings = Roundings(info, sums, preparation) * ref::kEpsilonF32 * 1.01;
  std::vector<double> error(tokens * info.n), magnitude(tokens * info.n);
  std::vector<RowFacts> rows(info.n);
  for (const ref::Span& span : spans) {
    for (size_t row = 0; row < info.n; ++row) rows[row] = FactsOf(weights, row, span, preparation);
    for (size_t token = 0; token < tokens; ++token) {
      const ActFacts act =
          FactsOf(acts.subspan(token * info.k + span.begin(), span.size()), preparation);
      for (size_t row = 0; row < info.n; ++row) {
        error[token * info.n + row] += act.scale * rows[row].error;
        magnitude[token * info.n + row] +=
            (act.sum + double(span.size()) * act.scale) * rows[row].magnitude;
      }
    }
  }
  for (size_t i = 0; i < error.size(); ++i) {
    const size_t row = i % info.n;
    const double factor = weights.Factor(row);
    error[i] = InRange(magnitude[i], factor)
                   ? error[i] + roundings * magnitude[i] + Underflow(info, factor)
                   : std::numeric_limits<double>::infinity();
  }
  return error;
}

}  // namespace lutgemm::tools
