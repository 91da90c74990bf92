// A tile of BitMoD PEs: 8 rows (tokens) by 8 columns (outputs), output stationary. A weight term is
// broadcast along a column, an activation along a row; each column adds its dequantised group sums
// into outputs (HPCA 2025, section IV).
#ifndef LUTGEMM_MODEL_UNITS_TILE_H_
#define LUTGEMM_MODEL_UNITS_TILE_H_

#include "model/units/pe.h"

#include <lutgemm/status.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::model::units {

inline constexpr size_t kTileRows = 8;
inline constexpr size_t kTileColumns = 8;

// Weights of up to kTileColumns outputs, ceil(k / group) groups each; the last group may be short.
// A weight is row_scale * scale * TermUnit(type) * (what its code stands for in TermUnit).
struct TileWeights {
  TermType type = TermType::kFp4;
  size_t n = 0, k = 0, group = 128;
  std::span<const uint8_t> codes;      // [n, k], one per byte, the bits above a code zero
  std::span<const uint8_t> scales;     // [n, groups]
  std::span<const uint8_t> selectors;  // [n, groups], 0..3; empty for integers
  std::span<const float> row_scales;   // [n]
  std::array<int8_t, 4> specials = kFp4Specials;  // in halves, by selector
};

struct TileRun {
  std::vector<float> out;  // [m, n]
  uint64_t cycles = 0;     // to the last output, which leaves its column kTileRows cycles after
  uint64_t stalls = 0;     // of them, waiting for a dequantiser
};

// O[m, n] = A[m, k] x W[n, k]^T of f16 activations, m <= kTileRows. Outputs are summed in f32,
// group by group, and scaled once at the end; the paper leaves the width of that sum open (ours).
// Errors: kBadShape for sizes that do not fit together or the tile, kBadArgument for codes,
// selectors or special values out of range, kNotFinite for activations that are not finite.
Result<TileRun> RunTile(const TileWeights& weights, std::span<const uint16_t> acts, size_t m,
                        Rounding rounding = Rounding::kTruncate);

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_TILE_H_
