// Choice of tiles and allocation of registers and scratchpad.
#ifndef LUTGEMM_MODEL_LOWER_TILES_H_
#define LUTGEMM_MODEL_LOWER_TILES_H_

#include "model/lower/gemm.h"

#include <optional>

namespace lutgemm::model::lower {

// Registers of a tiling, as numbers of first registers. Sums of all tiles stay for all of K; where
// there are several weight groups, so do the folded outputs. Tables, weights and the records of
// fold are never live together and share registers.
struct RegisterMap {
  size_t sum_registers = 0, out_registers = 0;  // of one tile
  size_t table_registers = 0;
  bool outputs_stay = false;
  size_t sums = 0;     // [row][column]
  size_t outputs = 0;  // [row][column], or one tile
  size_t tables = 0;   // [row]
  size_t weights = 0;  // of one column
  size_t records = 0;  // outputs' record of one column
  size_t row_records = 0;
  size_t end = 0;

  size_t Sum(const Tiling& t, size_t row, size_t column) const {
    return sums + (row * t.columns + column) * sum_registers;
  }
  size_t Output(const Tiling& t, size_t row, size_t column) const {
    return outputs_stay ? outputs + (row * t.columns + column) * out_registers : outputs;
  }
};
RegisterMap MapRegisters(const GemmSpec& spec, WeightFormat format, const Array& target,
                         const GemmLayout& layout, const Tiling& tiling);

// Scratchpad of a tiling, as addresses.
struct ScratchpadMap {
  size_t tables = 0;       // [row][chunk step]
  size_t weights = 0;      // [column][chunk step]
  size_t records = 0;      // [column]
  size_t row_records = 0;  // [row]
  size_t out = 0;          // [row][column]
  size_t end = 0;
};
ScratchpadMap MapScratchpad(const GemmLayout& layout, const Tiling& tiling);

// Bytes that a tiling moves from global memory into the scratchpad: tables once per block of
// columns, weights once per block of rows.
double GlobalTraffic(const GemmLayout& layout, const Tiling& tiling);

// The tiling with the least traffic that fits; of equals the one with the most columns, as the
// paper's tiles are elongated along N. Nothing if not even one tile fits.
std::optional<Tiling> ChooseTiling(const GemmSpec& spec, WeightFormat format, const Array& target,
                                   const GemmLayout& layout);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_TILES_H_
