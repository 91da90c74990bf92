// Ternary weights on one page: the table-lookup engine (TLMM) in its encodings beside two bit
// planes on a LUT tensor core, all with the same number of table readers.
#ifndef LUTGEMM_MODEL_COST_TERNARY_H_
#define LUTGEMM_MODEL_COST_TERNARY_H_

#include "model/cost/gemm.h"
#include "model/tlmm/engine.h"

#include <string>
#include <vector>

namespace lutgemm::model::cost {

struct TernarySpec {
  Shape shape = kPaperArray;  // of the LUT tensor core
  // Tables, adders, buffer and ports of the engine. Its queries are the units of `shape` / tables;
  // group and encoding are the row's.
  tlmm::Config engine = {.tables = 2};
  unsigned acc_bits = 32;  // of all, so that sums are exact
  Technology technology;
};

struct TernaryRow {
  std::string engine;              // "two planes m2n64k4", "tlmm G=3 half"
  std::string encoding;            // "planes", "index", "tl1", ...
  bool exact = true;               // int8 activations give exact products
  size_t readers = 0;              // lookups per cycle
  unsigned trits_per_group = 0;    // weights that one index covers
  unsigned lookups_per_group = 1;  // planes
  unsigned entry_bits = 0;
  size_t entries = 0;       // of one table
  size_t table_bits = 0;    // of all tables at work
  double weight_bits = 0;   // stored, per trit
  size_t weight_bytes = 0;  // of the GEMM, packed
  size_t index_bits_per_cycle = 0;
  double cycles = 0;        // of the GEMM with stalls; tables of planes come precomputed
  double stall_cycles = 0;  // of these: ports, table building, DRAM
  bool fits_buffer = true;
  double lookups = 0;
  double table_adds = 0;
  double area_um2 = 0;  // tables, MUXes, signs, adders, accumulators, indices; ours
};

// Two planes with exact and with 8-bit entries, then the engine in every encoding. kBadShape where
// a side is out of range, kBadArgument where the units do not divide by the tables or
// an engine is not valid.
Result<std::vector<TernaryRow>> CompareTernary(const Shape& gemm, const TernarySpec& spec = {});

// um2 of an engine with int8 activations, counted as the lookup arrays are.
double EngineArea(const tlmm::Config& config, unsigned acc_bits, const Technology& technology);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_TERNARY_H_
