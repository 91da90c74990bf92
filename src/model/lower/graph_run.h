// Runs a graph: products split into Precompute and Lookup on the simulated machine, everything else
// in plain float arithmetic, the same before and after the passes.
#ifndef LUTGEMM_MODEL_LOWER_GRAPH_RUN_H_
#define LUTGEMM_MODEL_LOWER_GRAPH_RUN_H_

#include "model/lower/graph.h"
#include "model/lower/passes.h"
#include "model/lower/simulate.h"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace lutgemm::model::lower {

// Activations as tables take them: bytes for the machine, factors of tokens, and the numbers that
// the bytes stand for without those factors.
struct GraphActs {
  std::vector<std::byte> bytes;
  std::vector<float> row_scales;
  std::vector<double> values;
};
GraphActs MakeGraphActs(TableKind kind, std::span<const float> values, size_t tokens);

struct GraphWeights {
  std::vector<const QuantizedMatrix*> matrices;
  std::vector<std::span<const float>> norms;
};

struct GraphOptions {
  Array target;
  TableKind tables = TableKind::kInt8;
  // Computes kMatMul, which the machine does not know: O[tokens][n] of matrix `index`.
  std::function<std::vector<float>(size_t index, const GraphActs& acts, size_t tokens)> matmul;
};

class GraphRunner {
 public:
  // Compiles every product. The graph's weights must outlive the runner. Fails as CheckGraph and
  // CompileGemm do, and with kBadShape where a matrix or vector does not fit its node.
  static Result<GraphRunner> Make(Graph graph, const GraphWeights& weights, size_t tokens,
                                  const GraphOptions& options);

  // input: [tokens][width of the first node]. Returns the value of the last node.
  Result<std::vector<float>> Run(std::span<const float> input);

  // Of all products so far.
  func::Counters counters() const;
  // Sets of tables made in the last run.
  size_t table_builds() const { return table_builds_; }

 private:
  struct Value {
    std::vector<float> data;       // [tokens][width]
    Simulation* tables = nullptr;  // a machine that holds the tables
  };

  GraphRunner(Graph graph, const GraphWeights& weights, size_t tokens, const GraphOptions& options)
      : graph_(std::move(graph)), weights_(weights), tokens_(tokens), options_(options) {}

  Status CompileProducts();
  Status RunNode(size_t index, std::span<const float> input);
  Status MakeTables(size_t index, std::span<const float> value, bool fused);
  Status RunLookup(size_t index);
  std::vector<float> FloatNode(const Node& node) const;

  Graph graph_;
  GraphWeights weights_;
  size_t tokens_;
  GraphOptions options_;
  std::map<size_t, std::unique_ptr<Simulation>> products_;  // by node
  std::vector<Value> values_;                               // by node
  size_t table_builds_ = 0;
};

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_GRAPH_RUN_H_
