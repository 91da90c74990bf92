#include "model/lower/passes.h"

#include "base/bits.h"
#include "base/text.h"
#include "model/isa/operands.h"

#include <map>

namespace lutgemm::model::lower {
namespace {

using base::Cat;

// A copy of a graph in which nodes move; finds where a node has gone.
class Rewriter {
 public:
  explicit Rewriter(const Graph& from) : from_(from), to_(from) { to_.nodes.clear(); }

  size_t Append(Node node) { return to_.Append(std::move(node)); }
  // Copies node `index`, its inputs where they are now.
  size_t Copy(size_t index) {
    Node node = from_.nodes[index];
    for (size_t& input : node.inputs) input = At(input);
    return moved_[index] = Append(std::move(node));
  }
  void Replace(size_t index, size_t by) { moved_[index] = by; }
  size_t At(size_t index) const { return moved_.at(index); }
  Node& node(size_t at) { return to_.nodes[at]; }
  Graph Take() { return std::move(to_); }

 private:
  const Graph& from_;
  Graph to_;
  std::map<size_t, size_t> moved_;
};

bool IsElementwise(NodeOp op) {
  return op == NodeOp::kSiluGate || op == NodeOp::kAdd || op == NodeOp::kRope;
}
bool IsProduct(NodeOp op) { return op == NodeOp::kMatMul || op == NodeOp::kLookup; }

}  // namespace

std::string_view Name(TableKind kind) {
  constexpr std::string_view kNames[] = {"int8", "f16", "lut8"};
  return kNames[static_cast<size_t>(kind)];
}

isa::ActType ActOf(TableKind kind) {
  return kind == TableKind::kInt8 ? isa::ActType::kI8 : isa::ActType::kF16;
}

size_t TableBytesPerStep(TableKind kind, size_t k) {
  const isa::ActType table = kind == TableKind::kLut8 ? isa::ActType::kLut8 : ActOf(kind);
  return isa::TableEntries(k) * isa::EntryBytes(table) + (kind == TableKind::kLut8 ? 4 : 0);
}

size_t SplitMatMuls(Graph& graph, bool share) {
  Rewriter rewriter(graph);
  std::map<size_t, size_t> tables;  // of a value, in the new graph
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].op != NodeOp::kMatMul) {
      rewriter.Copy(i);
      continue;
    }
    const size_t value = graph.nodes[i].inputs.front();
    auto found = tables.find(value);
    if (found == tables.end() || !share) {
      Node precompute{.op = NodeOp::kPrecompute,
                      .name = Cat(graph.nodes[share ? value : i].name, ".tables"),
                      .inputs = {rewriter.At(value)},
                      .width = graph.nodes[value].width};
      precompute.gives_value = false;
      precompute.gives_tables = true;
      found = tables.insert_or_assign(value, rewriter.Append(std::move(precompute))).first;
    }
    const size_t at = rewriter.Copy(i);
    rewriter.node(at).op = NodeOp::kLookup;
    rewriter.node(at).inputs = {found->second};
  }
  graph = rewriter.Take();
  return graph.Count(NodeOp::kPrecompute);
}

std::string WhyNotFusable(const Node& producer, TableKind kind, size_t k) {
  const bool normalises = producer.op == NodeOp::kNorm;
  if (!normalises && !IsElementwise(producer.op) && !IsProduct(producer.op)) {
    return Cat(Name(producer.op), " is neither element-wise nor a normalisation by rows");
  }
  if (kind == TableKind::kInt8 && !normalises) {
    return Cat("the scale of a token needs whole rows, which ", Name(producer.op), " does not see");
  }
  if (producer.tile % k != 0) {
    return Cat("a tile of ", producer.tile, " outputs does not own whole groups of ", k);
  }
  return {};
}

std::vector<Fusion> FusePrecompute(Graph& graph, TableKind kind, size_t k) {
  Rewriter rewriter(graph);
  std::vector<Fusion> fusions;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != NodeOp::kPrecompute) {
      rewriter.Copy(i);
      continue;
    }
    const size_t producer = node.inputs.front();
    Fusion fusion{.producer = graph.nodes[producer].name,
                  .consumers = graph.Consumers(i).size(),
                  .reason = WhyNotFusable(graph.nodes[producer], kind, k)};
    fusion.fused = fusion.reason.empty();
    for (const size_t other : graph.Consumers(producer)) {
      fusion.keeps_value = fusion.keeps_value || graph.nodes[other].op != NodeOp::kPrecompute;
    }
    if (fusion.fused) {
      const size_t at = rewriter.At(producer);
      rewriter.node(at).gives_tables = true;
      rewriter.node(at).gives_value = fusion.keeps_value;
      rewriter.Replace(i, at);
    } else {
      rewriter.Copy(i);
    }
    fusions.push_back(std::move(fusion));
  }
  graph = rewriter.Take();
  return fusions;
}

GraphTraffic TrafficOf(const Graph& graph, TableKind kind, size_t k, size_t tokens) {
  GraphTraffic traffic;
  const auto value_bytes = [&](const Node& node) {
    return uint64_t{node.width} * isa::ActBytes(ActOf(kind)) * tokens;
  };
  const auto table_bytes = [&](const Node& node) {
    return uint64_t{base::CeilDiv(node.width, k)} * TableBytesPerStep(kind, k) * tokens;
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    bool value_wanted = false;  // by a product or a precompute operator
    for (const size_t consumer : graph.Consumers(i)) {
      const NodeOp op = graph.nodes[consumer].op;
      if (op == NodeOp::kLookup) traffic.tables_read += table_bytes(node);
      if (op != NodeOp::kMatMul && op != NodeOp::kPrecompute) continue;
      value_wanted = true;
      traffic.values_read += value_bytes(node);
    }
    if (value_wanted) traffic.values_written += value_bytes(node);
    if (node.gives_tables) traffic.tables_written += table_bytes(node);
  }
  return traffic;
}

}  // namespace lutgemm::model::lower
