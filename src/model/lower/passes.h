// The paper's graph transformation (sections 3.1.1 and 3.3.2): a product with quantised weights
// becomes Precompute and Lookup, one Precompute serves every consumer of a value, and Precompute is
// fused into the operator that makes the value. The legality rules are ours.
#ifndef LUTGEMM_MODEL_LOWER_PASSES_H_
#define LUTGEMM_MODEL_LOWER_PASSES_H_

#include "model/isa/isa.h"
#include "model/lower/graph.h"

namespace lutgemm::model::lower {

// How activations enter tables.
enum class TableKind : uint8_t {
  kInt8,  // int8 codes with a scale per token, exact tables: needs a token's largest activation
  kF16,   // f16 activations and entries
  kLut8,  // f16 activations, entries rounded to 8 bits with a scale per table
};
std::string_view Name(TableKind kind);
isa::ActType ActOf(TableKind kind);
// What the tables of one step of one token take, scale included.
size_t TableBytesPerStep(TableKind kind, size_t k);

// Splits every kMatMul. With `share`, products of the same value share one kPrecompute; without,
// each has its own. Returns the number of kPrecompute nodes.
size_t SplitMatMuls(Graph& graph, bool share);

// What became of one kPrecompute node.
struct Fusion {
  std::string producer;
  size_t consumers = 0;  // products that read the tables
  bool fused = false;
  bool keeps_value = false;  // others read the value too, so that the producer gives both
  std::string reason;        // why not, if not
};

// Why the tables of a node's value cannot be made by the node itself; empty if they can:
//   - it must be element-wise, a normalisation by rows, or a matrix product with its epilogue;
//   - a scale per token needs a node that sees whole rows: a normalisation;
//   - a node that works on tiles must own whole groups of k activations.
std::string WhyNotFusable(const Node& producer, TableKind kind, size_t k);

// Fuses every kPrecompute that may be, and removes it.
std::vector<Fusion> FusePrecompute(Graph& graph, TableKind kind, size_t k);

// Bytes of values and tables that matrix products and precompute operators write and read in
// memory, for `tokens` tokens; weights, and the insides of fused nodes, are not counted.
struct GraphTraffic {
  uint64_t values_written = 0, values_read = 0;
  uint64_t tables_written = 0, tables_read = 0;

  uint64_t total() const { return values_written + values_read + tables_written + tables_read; }
};
GraphTraffic TrafficOf(const Graph& graph, TableKind kind, size_t k, size_t tokens);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_PASSES_H_
