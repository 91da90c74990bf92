// Quantised tables (LUT Tensor Core, section 3.1.3). Where tables share a scale, sums of their
// entries are integers and need one multiplication at the end.
#ifndef LUTGEMM_MODEL_UNITS_TABLE_QUANTISER_H_
#define LUTGEMM_MODEL_UNITS_TABLE_QUANTISER_H_

#include "format/table.h"

#include <cstddef>
#include <cstdint>

namespace lutgemm::model::units {

// One table of k activations: its 2^(k-1) entries in steps of `scale`. This is what lutgen does for
// tables of type lut8.
inline void RoundTable(const double* acts, size_t k, float scale, int8_t* entries) {
  const auto size = static_cast<unsigned>(k);
  for (unsigned e = 0; e < format::TableSize(size); ++e) {
    entries[e] = format::QuantisedEntry(format::TableEntry(acts, size, e), scale);
  }
}

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_TABLE_QUANTISER_H_
