// Nodes of the host's graphs: which products are taken over, and how they are run.
#ifndef LUTGEMM_INTEGRATIONS_GGML_GRAPH_H_
#define LUTGEMM_INTEGRATIONS_GGML_GRAPH_H_

#include "ggml/abi.h"
#include "ggml/memory.h"
#include "ggml/others.h"
#include "ggml/runner.h"

#include <vector>

namespace lutgemm_ggml {

// Whether `node` can be computed here. The answer depends on nothing that changes between the
// loading of weights and a run: the kind of weights, and the memory they are or will be in.
bool Supports(const Tensor& node);

// Computes graphs for one back end of the host's.
class Compute {
 public:
  // The host's wish; LUTGEMM_GGML_THREADS goes before it.
  void SetThreads(int threads) { wish_ = threads < 1 ? 1 : static_cast<size_t>(threads); }
  // Of kStatus....
  int32_t Run(Graph* graph);

 private:
  // Activations of one product: where, and with which stride between tokens.
  struct Act {
    const void* data;
    size_t stride;
  };

  size_t threads() const;
  bool RunNodes(Graph* graph, int count);
  bool AddNode(const Tensor& node);
  bool AddProducts(const Tensor& node, Weights* weights);
  bool AddExperts(const Tensor& node, Weights* weights);
  PlanKey KeyOf(const Tensor& node) const;
  bool AddBatch(const Tensor& node, Weights* weights, size_t i2, size_t i3);
  bool Gather(const Tensor& act, size_t i2, size_t i3, Act* out);
  bool Flush() { return runner_.Run(threads()) && (copies_.clear(), true); }

  size_t wish_ = 1;
  Runner runner_;
  Others others_;
  std::vector<Memory> copies_;  // of activations, until products have run
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_GRAPH_H_
