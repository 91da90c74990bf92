// Quantised tables with a scale for every table, for blocks of tables, or for a whole row
// (LUT Tensor Core, section 3.1.3: the paper quantises each table on its own; the others are ours).
// Within a scale, sums of entries are integers and need one multiplication at the end.
#ifndef LUTGEMM_MODEL_UNITS_TABLE_QUANTISER_H_
#define LUTGEMM_MODEL_UNITS_TABLE_QUANTISER_H_

#include "format/table.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::model::units {

// One table of k activations: its 2^(k-1) entries in steps of `scale`. This is what lutgen does for
// tables of type lut8.
inline void RoundTable(const double* acts, size_t k, float scale, int8_t* entries) {
  const auto size = static_cast<unsigned>(k);
  for (unsigned e = 0; e < format::TableSize(size); ++e) {
    entries[e] = format::QuantisedEntry(format::TableEntry(acts, size, e), scale);
  }
}

enum class ScaleScope : uint8_t { kTable, kBlock, kRow };

struct TableQuantiser {
  size_t k = 4;  // activations per table, 1 to 8
  ScaleScope scope = ScaleScope::kTable;
  size_t block_tables = 8;  // tables of a block, kBlock only
};

struct QuantisedTables {
  std::vector<int8_t> entries;  // [table][2^(k-1)]
  std::vector<float> scales;    // of each table; equal within a block or row

  size_t tables() const { return scales.size(); }
};

// Tables of one row of finite activations; the last table is filled up with zeros. A scale is the
// largest sum of magnitudes of its tables / 127, so that no entry saturates.
QuantisedTables QuantiseTables(std::span<const float> act, const TableQuantiser& quantiser);

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_TABLE_QUANTISER_H_
