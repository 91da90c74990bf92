// A small graph of operators: what the compiler sees of a decoder before and after its passes.
//
// A node has one value, f32 [tokens][width], and may besides, or instead, give the lookup tables of
// that value. Nodes are in an order in which they can run: inputs come first.
#ifndef LUTGEMM_MODEL_LOWER_GRAPH_H_
#define LUTGEMM_MODEL_LOWER_GRAPH_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::model::lower {

enum class NodeOp : uint8_t {
  kInput,       // embeddings of the tokens
  kNorm,        // RMS normalisation by rows, times a vector
  kMatMul,      // times a quantised matrix: O = x W^T
  kRope,        // rotary position embedding
  kScores,      // attention: scores of (query, key), [tokens][heads * tokens]
  kSoftmax,     // causal, per head
  kMix,         // attention: (probabilities, values)
  kSiluGate,    // silu(gate) * up
  kAdd,         // sum of two values
  kPrecompute,  // lookup tables of a value; gives no value itself
  kLookup,      // (tables) times a quantised matrix
};
std::string_view Name(NodeOp op);

struct Node {
  NodeOp op = NodeOp::kInput;
  std::string name;
  std::vector<size_t> inputs;  // indices of nodes
  size_t width = 0;            // of the value, or of what tables are made of; 0 for kScores
  size_t parameter = 0;        // which matrix of kMatMul and kLookup, which vector of kNorm
  // Outputs that the node computes at a time, 0 for whole rows: tiles of a matrix product, and of
  // what runs in its epilogue.
  size_t tile = 0;
  bool gives_value = true;
  bool gives_tables = false;
};

struct Graph {
  std::vector<Node> nodes;
  size_t heads = 1;
  double rope_theta = 10000.0;
  double norm_epsilon = 1e-5;

  size_t Append(Node node);
  // Indices of nodes that read node `index`.
  std::vector<size_t> Consumers(size_t index) const;
  size_t Count(NodeOp op) const;
  size_t output() const { return nodes.size() - 1; }
};

// Inputs exist, come first, are as many as the operator takes, and have widths that fit; whoever
// reads a value or tables reads a node that gives them. kBadArgument names the node.
Status CheckGraph(const Graph& graph);

// A Llama decoder: norm, query/key/value, rotary, attention, output; norm, gate/up, SiLU, down; a
// final norm and the head. Matrices are numbered as a token passes them: 7 per layer, then the
// head; norms 2 per layer, then the final one. tile: of the matrix products, 0 for whole rows.
struct DecoderShape {
  size_t layers = 1, hidden = 0, intermediate = 0, heads = 1, vocab = 0;
  double rope_theta = 10000.0, norm_epsilon = 1e-5;
  size_t tile = 64;
};
Graph DecoderGraph(const DecoderShape& shape);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_GRAPH_H_
