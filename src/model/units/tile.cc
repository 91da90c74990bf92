#include "model/units/tile.h"

#include "base/bits.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::model::units {
namespace {

using base::MakeStatus;

size_t GroupCount(const TileWeights& weights) { return base::CeilDiv(weights.k, weights.group); }

Status CheckSize(const char* what, size_t has, size_t wants) {
  if (has == wants) return {};
  return MakeStatus(Code::kBadShape, "tile: ", has, " ", what, " given, ", wants, " needed");
}

Status CheckShape(const TileWeights& weights, size_t acts, size_t m) {
  if (m == 0 || m > kTileRows || weights.n == 0 || weights.n > kTileColumns) {
    return MakeStatus(Code::kBadShape, "tile: M=", m, " N=", weights.n, "; it takes 1..", kTileRows,
                      " tokens and 1..", kTileColumns, " outputs");
  }
  if (weights.k == 0 || weights.k > (size_t{1} << 24) || weights.group == 0) {
    return MakeStatus(Code::kBadShape, "tile: K=", weights.k, " group=", weights.group,
                      "; K must be 1..2^24 and the group at least 1");
  }
  const size_t groups = weights.n * GroupCount(weights);
  for (Status status :
       {CheckSize("activations", acts, m * weights.k),
        CheckSize("codes", weights.codes.size(), weights.n * weights.k),
        CheckSize("scales", weights.scales.size(), groups),
        CheckSize("selectors", weights.selectors.size(), IsFloat(weights.type) ? groups : 0),
        CheckSize("row scales", weights.row_scales.size(), weights.n)}) {
    if (!status.ok()) return status;
  }
  return {};
}

Status CheckValues(const TileWeights& weights, std::span<const uint16_t> acts) {
  const auto limit = static_cast<unsigned>(1u << CodeBits(weights.type));
  for (size_t i = 0; i < weights.codes.size(); ++i) {
    if (weights.codes[i] < limit) continue;
    return MakeStatus(Code::kBadArgument, "tile: code ", weights.codes[i], " at ", i,
                      "; codes of this type are below ", limit);
  }
  for (size_t i = 0; i < weights.selectors.size(); ++i) {
    if (weights.selectors[i] < weights.specials.size()) continue;
    return MakeStatus(Code::kBadArgument, "tile: selector ", weights.selectors[i], " at ", i,
                      "; selectors are 0..3");
  }
  for (const int special : weights.specials) {
    if (!IsFloat(weights.type) || SpecialTerms(special).has_value()) continue;
    return MakeStatus(Code::kBadArgument, "tile: special value of ", special,
                      " halves is no sum or difference of two terms");
  }
  for (size_t i = 0; i < acts.size(); ++i) {
    if (IsFiniteF16(acts[i])) continue;
    return MakeStatus(Code::kNotFinite, "tile: activation at ", i, " is not finite");
  }
  return {};
}

// Weights k..k+3 of output n; beyond the group's end zeros.
LaneWeights EncodeLanes(const TileWeights& weights, size_t n, size_t k, size_t end) {
  WeightTerms special{};
  if (IsFloat(weights.type)) {
    const size_t group = n * GroupCount(weights) + k / weights.group;
    special = *SpecialTerms(weights.specials[weights.selectors[group]]);
  }
  LaneWeights lanes{};
  for (size_t i = 0; i < kLanes && k + i < end; ++i) {
    lanes[i] = TermsOf(weights.type, weights.codes[n * weights.k + k + i], special);
  }
  return lanes;
}

LaneActivations SplitLanes(std::span<const uint16_t> acts, size_t k, size_t end) {
  LaneActivations lanes{};
  for (size_t i = 0; i < kLanes && k + i < end; ++i) lanes[i] = SplitF16(acts[k + i]);
  return lanes;
}

// All groups of one token and output.
BitSerialPe RunPe(const TileWeights& weights, std::span<const uint16_t> acts, size_t n,
                  Rounding rounding) {
  BitSerialPe pe(weights.type, rounding);
  const size_t groups = GroupCount(weights);
  for (size_t g = 0; g < groups; ++g) {
    const size_t end = std::min(weights.k, (g + 1) * weights.group);
    for (size_t k = g * weights.group; k < end; k += kLanes) {
      pe.Step(SplitLanes(acts, k, end), EncodeLanes(weights, n, k, end));
    }
    pe.EndGroup(weights.scales[n * groups + g]);
  }
  pe.Drain();
  return pe;
}

// The shared accumulator of a column and the scale of its output.
float SumGroups(const std::vector<ScaledSum>& groups, double row_scale) {
  float sum = 0.0f;
  for (const ScaledSum& group : groups) {
    sum += std::ldexp(static_cast<float>(group.mantissa), group.exponent - kExponentBias);
  }
  return static_cast<float>(sum * row_scale);
}

}  // namespace

Result<TileRun> RunTile(const TileWeights& weights, std::span<const uint16_t> acts, size_t m,
                        Rounding rounding) {
  return base::Guarded([&]() -> Result<TileRun> {
    if (Status status = CheckShape(weights, acts.size(), m); !status.ok()) return status;
    if (Status status = CheckValues(weights, acts); !status.ok()) return status;
    TileRun run;
    for (size_t row = 0; row < m; ++row) {
      for (size_t n = 0; n < weights.n; ++n) {
        const BitSerialPe pe =
            RunPe(weights, acts.subspan(row * weights.k, weights.k), n, rounding);
        const double unit = TermUnit(weights.type);
        run.out.push_back(SumGroups(pe.scaled(), unit * weights.row_scales[n]));
        // All PEs work in step, so that each has the same counts.
        run.cycles = pe.cycles() + kTileRows;
        run.stalls = pe.stalls();
      }
    }
    return run;
  });
}

}  // namespace lutgemm::model::units
