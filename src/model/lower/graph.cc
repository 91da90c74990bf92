#include "model/lower/graph.h"

#include "base/text.h"

#include <algorithm>

namespace lutgemm::model::lower {
namespace {

using base::MakeStatus;

size_t InputsOf(NodeOp op) {
  switch (op) {
    case NodeOp::kInput:
      return 0;
    case NodeOp::kScores:
    case NodeOp::kMix:
    case NodeOp::kSiluGate:
    case NodeOp::kAdd:
      return 2;
    default:
      return 1;
  }
}

// Operators that change nothing about the width of their inputs.
bool KeepsWidth(NodeOp op) {
  return op == NodeOp::kNorm || op == NodeOp::kRope || op == NodeOp::kSiluGate ||
         op == NodeOp::kAdd || op == NodeOp::kPrecompute || op == NodeOp::kSoftmax;
}

Status CheckInputs(const Graph& graph, size_t index) {
  const Node& node = graph.nodes[index];
  const auto fail = [&](const auto&... pieces) {
    return MakeStatus(Code::kBadArgument, "node ", index, " '", node.name, "' (", Name(node.op),
                      "): ", pieces...);
  };
  if (node.inputs.size() != InputsOf(node.op)) {
    return fail("takes ", InputsOf(node.op), " inputs, has ", node.inputs.size());
  }
  for (const size_t input : node.inputs) {
    if (input >= index) return fail("input ", input, " does not come before it");
    const Node& from = graph.nodes[input];
    const bool tables = node.op == NodeOp::kLookup;
    if (tables ? !from.gives_tables : !from.gives_value) {
      return fail("'", from.name, "' gives no ", tables ? "tables" : "value");
    }
    if (KeepsWidth(node.op) && from.width != node.width) {
      return fail("'", from.name, "' has width ", from.width, ", not ", node.width);
    }
  }
  return {};
}

// Writes the nodes of a decoder.
class Decoder {
 public:
  explicit Decoder(const DecoderShape& shape) : s_(shape) {
    graph_.heads = shape.heads;
    graph_.rope_theta = shape.rope_theta;
    graph_.norm_epsilon = shape.norm_epsilon;
  }

  Graph Build() {
    size_t stream = Add(NodeOp::kInput, "embedding", {}, s_.hidden);
    for (size_t layer = 0; layer < s_.layers; ++layer) {
      prefix_ = base::Cat("layer", layer, ".");
      stream = Attention(stream);
      stream = Mlp(stream);
    }
    prefix_.clear();
    MatMul("head", Norm("final_norm", stream), s_.vocab);
    return std::move(graph_);
  }

 private:
  size_t Add(NodeOp op, std::string_view name, std::vector<size_t> inputs, size_t width) {
    Node node{
        .op = op, .name = base::Cat(prefix_, name), .inputs = std::move(inputs), .width = width};
    return graph_.Append(std::move(node));
  }
  size_t Norm(std::string_view name, size_t input) {
    const size_t at = Add(NodeOp::kNorm, name, {input}, s_.hidden);
    graph_.nodes[at].parameter = norms_++;
    return at;
  }
  size_t MatMul(std::string_view name, size_t input, size_t width) {
    const size_t at = Add(NodeOp::kMatMul, name, {input}, width);
    graph_.nodes[at].parameter = matrices_++;
    graph_.nodes[at].tile = s_.tile;
    return at;
  }

  size_t Attention(size_t stream) {
    const size_t normed = Norm("attention_norm", stream);
    const size_t query = MatMul("query", normed, s_.hidden);
    const size_t key = MatMul("key", normed, s_.hidden);
    const size_t value = MatMul("value", normed, s_.hidden);
    const size_t turned = Add(NodeOp::kRope, "query_rope", {query}, s_.hidden);
    const size_t turned_key = Add(NodeOp::kRope, "key_rope", {key}, s_.hidden);
    const size_t scores = Add(NodeOp::kScores, "scores", {turned, turned_key}, 0);
    const size_t shares = Add(NodeOp::kSoftmax, "softmax", {scores}, 0);
    const size_t mixed = Add(NodeOp::kMix, "mix", {shares, value}, s_.hidden);
    const size_t out = MatMul("attention_out", mixed, s_.hidden);
    return Add(NodeOp::kAdd, "attention_residual", {stream, out}, s_.hidden);
  }

  size_t Mlp(size_t stream) {
    const size_t normed = Norm("mlp_norm", stream);
    const size_t gate = MatMul("gate", normed, s_.intermediate);
    const size_t up = MatMul("up", normed, s_.intermediate);
    const size_t gated = Add(NodeOp::kSiluGate, "silu_gate", {gate, up}, s_.intermediate);
    graph_.nodes[gated].tile = s_.tile;  // it runs in the epilogue of gate and up
    const size_t down = MatMul("down", gated, s_.hidden);
    return Add(NodeOp::kAdd, "mlp_residual", {stream, down}, s_.hidden);
  }

  const DecoderShape& s_;
  Graph graph_;
  std::string prefix_;
  size_t matrices_ = 0, norms_ = 0;
};

}  // namespace

std::string_view Name(NodeOp op) {
  constexpr std::string_view kNames[] = {"input",  "norm",       "matmul", "rope",
                                         "scores", "softmax",    "mix",    "silu_gate",
                                         "add",    "precompute", "lookup"};
  return kNames[static_cast<size_t>(op)];
}

size_t Graph::Append(Node node) {
  nodes.push_back(std::move(node));
  return nodes.size() - 1;
}

std::vector<size_t> Graph::Consumers(size_t index) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto& inputs = nodes[i].inputs;
    if (std::find(inputs.begin(), inputs.end(), index) != inputs.end()) found.push_back(i);
  }
  return found;
}

size_t Graph::Count(NodeOp op) const {
  return static_cast<size_t>(
      std::count_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.op == op; }));
}

Status CheckGraph(const Graph& graph) {
  if (graph.nodes.empty() || graph.nodes.front().op != NodeOp::kInput) {
    return MakeStatus(Code::kBadArgument, "the graph does not begin with an input");
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (Status status = CheckInputs(graph, i); !status.ok()) return status;
  }
  return {};
}

Graph DecoderGraph(const DecoderShape& shape) { return Decoder(shape).Build(); }

}  // namespace lutgemm::model::lower
