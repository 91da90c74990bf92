#include "model/lower/tiles.h"

#include "base/bits.h"

#include <algorithm>

namespace lutgemm::model::lower {
namespace {

using base::CeilDiv;
using base::RoundUp;

constexpr size_t kAlign = 16;
constexpr size_t kMaxChunkSteps = 1024;

Tiling WithChunk(const GemmLayout& layout, size_t scratchpad_bytes, Tiling tiling) {
  tiling.chunk_steps = 0;
  const size_t fixed = MapScratchpad(layout, tiling).end;
  const size_t step = tiling.rows * layout.table_bytes + tiling.columns * layout.weight_bytes;
  // Rounding adds at most kAlign - 1 to each of two parts.
  const size_t used = fixed + 2 * kAlign;
  if (used + step > scratchpad_bytes) return tiling;
  tiling.chunk_steps =
      std::min({(scratchpad_bytes - used) / step, layout.steps.group_steps, kMaxChunkSteps});
  tiling.scratchpad_bytes = MapScratchpad(layout, tiling).end;
  return tiling;
}

}  // namespace

RegisterMap MapRegisters(const GemmSpec& spec, WeightFormat format, const Array& target,
                         const GemmLayout& layout, const Tiling& tiling) {
  using isa::Registers;
  RegisterMap map;
  const size_t tiles = tiling.rows * tiling.columns;
  map.sum_registers = Registers(isa::SumsBytes(target.shape.m, target.shape.n, spec.acc));
  map.out_registers = Registers(layout.out_bytes);
  map.table_registers = Registers(layout.table_bytes);
  map.outputs_stay = layout.steps.groups > 1;
  map.outputs = map.sums + tiles * map.sum_registers;
  const size_t shared = map.outputs + (map.outputs_stay ? tiles : 0) * map.out_registers;
  map.tables = shared;
  map.weights = map.tables + tiling.rows * map.table_registers;
  const auto type = isa::WeightTypeOf(format).value_or(isa::WeightType::kI4);
  const size_t lookup_end =
      map.weights + Registers(isa::WeightBytes(target.shape.n, target.shape.k, type));
  // A single group's outputs are made tile by tile when its sums are complete.
  map.records = shared + (map.outputs_stay ? 0 : map.out_registers);
  map.row_records = map.records + Registers(layout.record_bytes);
  map.end = std::max(lookup_end, map.row_records + Registers(layout.row_bytes));
  return map;
}

ScratchpadMap MapScratchpad(const GemmLayout& layout, const Tiling& t) {
  ScratchpadMap map;
  map.weights = RoundUp(t.rows * t.chunk_steps * layout.table_bytes, kAlign);
  map.records = map.weights + RoundUp(t.columns * t.chunk_steps * layout.weight_bytes, kAlign);
  map.row_records = map.records + t.columns * layout.record_bytes;
  map.out = map.row_records + t.rows * layout.row_bytes;
  map.end = map.out + t.rows * t.columns * layout.out_bytes;
  return map;
}

double GlobalTraffic(const GemmLayout& layout, const Tiling& tiling) {
  const auto steps = static_cast<double>(layout.steps.steps);
  const auto tables = static_cast<double>(layout.m_tiles * layout.table_bytes);
  const auto weights = static_cast<double>(layout.n_tiles * layout.weight_bytes);
  return steps * (tables * static_cast<double>(CeilDiv(layout.n_tiles, tiling.columns)) +
                  weights * static_cast<double>(CeilDiv(layout.m_tiles, tiling.rows)));
}

std::optional<Tiling> ChooseTiling(const GemmSpec& spec, WeightFormat format, const Array& target,
                                   const GemmLayout& layout) {
  std::optional<Tiling> best;
  double least = 0.0;
  const size_t most_rows = std::min(layout.m_tiles, target.registers);
  for (size_t rows = 1; rows <= most_rows; ++rows) {
    const size_t most_columns = std::min(layout.n_tiles, target.registers / rows);
    for (size_t columns = most_columns; columns >= 1; --columns) {
      Tiling tiling{.rows = rows, .columns = columns};
      tiling.registers = MapRegisters(spec, format, target, layout, tiling).end;
      if (tiling.registers > target.registers) continue;
      tiling = WithChunk(layout, target.scratchpad_bytes, tiling);
      if (tiling.chunk_steps == 0) continue;
      const double traffic = GlobalTraffic(layout, tiling);
      if (!best || traffic < least) {
        best = tiling;
        least = traffic;
      }
    }
  }
  return best;
}

}  // namespace lutgemm::model::lower
