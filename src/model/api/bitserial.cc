#include <lutgemm/model/bitserial.hpp>

#include "base/text.h"
#include "model/units/tile.h"

#include <algorithm>

namespace lutgemm::model {
namespace {

using base::MakeStatus;

Status CheckWeights(const QuantizedMatrix& weights) {
  const WeightInfo& info = weights.info;
  const bool bitmod =
      info.format == WeightFormat::kBitmod3 || info.format == WeightFormat::kBitmod4;
  if (!bitmod || info.scale != Elem::kU8) {
    return MakeStatus(Code::kUnsupportedFormat,
                      "the bit-serial tile takes bitmod3 and bitmod4 with "
                      "scales of type u8, not ",
                      Name(info.format), " with ", Name(info.scale));
  }
  return Validate(weights);
}

// Outputs [first, first + count) as the tile takes them; what is borrowed lives in `scales`.
units::TileWeights TileOf(const QuantizedMatrix& weights, size_t first, size_t count,
                          std::span<const uint8_t> scales) {
  const WeightInfo& info = weights.info;
  const bool fp3 = info.format == WeightFormat::kBitmod3;
  const size_t groups = info.groups();
  units::TileWeights tile;
  tile.type = fp3 ? units::TermType::kFp3 : units::TermType::kFp4;
  tile.specials = fp3 ? units::kFp3Specials : units::kFp4Specials;
  tile.n = count;
  tile.k = info.k;
  tile.group = info.group_end(0);
  tile.codes = std::span(weights.codes).subspan(first * info.k, count * info.k);
  tile.scales = scales.subspan(first * groups, count * groups);
  tile.selectors = std::span(weights.selectors).subspan(first * groups, count * groups);
  tile.row_scales = std::span(weights.factors).subspan(first, count);
  return tile;
}

// Tokens [first, first + rows) of the product.
Status RunTokens(const QuantizedMatrix& weights, std::span<const uint16_t> acts,
                 std::span<const uint8_t> scales, std::span<float> out, BitSerialRun& run) {
  const size_t n = weights.info.n, rows = acts.size() / weights.info.k;
  for (size_t first = 0; first < n; first += units::kTileColumns) {
    const size_t count = std::min(units::kTileColumns, n - first);
    const Result<units::TileRun> tile =
        units::RunTile(TileOf(weights, first, count, scales), acts, rows);
    if (!tile.ok()) return tile.status();
    for (size_t row = 0; row < rows; ++row) {
      std::copy_n(&tile->out[row * count], count, &out[row * n + first]);
    }
    run.cycles += tile->cycles;
    run.stalls += tile->stalls;
  }
  return {};
}

}  // namespace

Result<BitSerialRun> RunBitSerial(const QuantizedMatrix& weights, std::span<const uint16_t> acts,
                                  size_t m) noexcept {
  return base::Guarded([&]() -> Result<BitSerialRun> {
    if (Status status = CheckWeights(weights); !status.ok()) return status;
    const size_t n = weights.info.n, k = weights.info.k;
    if (m == 0 || acts.size() / k != m || acts.size() % k != 0) {
      return MakeStatus(Code::kBadShape, acts.size(), " activations for ", m, " tokens of ", k);
    }
    const std::vector<uint8_t> scales(weights.scales.begin(), weights.scales.end());
    BitSerialRun run;
    run.out.resize(m * n);
    for (size_t row = 0; row < m; row += units::kTileRows) {
      const size_t rows = std::min(units::kTileRows, m - row);
      Status status = RunTokens(weights, acts.subspan(row * k, rows * k), scales,
                                std::span(run.out).subspan(row * n, rows * n), run);
      if (!status.ok()) return status;
    }
    return run;
  });
}

}  // namespace lutgemm::model
