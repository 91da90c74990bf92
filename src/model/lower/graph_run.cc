#include "model/lower/graph_run.h"

#include "base/text.h"
#include "format/fp.h"
#include "model/lower/graph_ops.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace lutgemm::model::lower {
namespace {

using base::MakeStatus;

// A token without any magnitude keeps the scale 1; its codes are zero.
void QuantiseToken(std::span<const float> token, GraphActs& acts) {
  float largest = 0.0f;
  for (const float value : token) largest = std::fmax(largest, std::fabs(value));
  const bool usable = largest > 0.0f && std::isfinite(largest);
  acts.row_scales.push_back(usable ? largest / 127.0f : 1.0f);
  for (const float value : token) {
    const float code = usable ? std::nearbyint(value * (127.0f / largest)) : 0.0f;
    const auto narrow = static_cast<int8_t>(std::fmin(std::fmax(code, -128.0f), 127.0f));
    acts.bytes.push_back(static_cast<std::byte>(narrow));
    acts.values.push_back(narrow);
  }
}

GemmSpec SpecOf(TableKind kind, size_t tokens) {
  GemmSpec spec;
  spec.m = tokens;
  spec.act = ActOf(kind);
  spec.quantised_tables = kind == TableKind::kLut8;
  spec.acc = kind == TableKind::kInt8 ? isa::SumType::kI32 : isa::SumType::kF32;
  spec.out = isa::SumType::kF32;
  return spec;
}

// The machine takes a factor per token and weight group.
std::vector<float> PerGroup(const std::vector<float>& row_scales, size_t groups) {
  std::vector<float> scales;
  for (const float scale : row_scales) scales.insert(scales.end(), groups, scale);
  return scales;
}

}  // namespace

GraphActs MakeGraphActs(TableKind kind, std::span<const float> values, size_t tokens) {
  GraphActs acts;
  const size_t width = values.size() / tokens;
  for (size_t t = 0; t < tokens && kind == TableKind::kInt8; ++t) {
    QuantiseToken(values.subspan(t * width, width), acts);
  }
  if (kind == TableKind::kInt8) return acts;
  acts.row_scales.assign(tokens, 1.0f);
  for (const float value : values) {
    const uint16_t bits = format::F32ToF16(value);
    acts.values.push_back(double{format::F16ToF32(bits)});
    const auto bytes = std::bit_cast<std::array<std::byte, 2>>(bits);
    acts.bytes.insert(acts.bytes.end(), bytes.begin(), bytes.end());
  }
  return acts;
}

Result<GraphRunner> GraphRunner::Make(Graph graph, const GraphWeights& weights, size_t tokens,
                                      const GraphOptions& options) {
  if (Status status = CheckGraph(graph); !status.ok()) return status;
  if (tokens == 0) return MakeStatus(Code::kBadArgument, "a graph needs tokens to run on");
  GraphRunner runner(std::move(graph), weights, tokens, options);
  if (Status status = runner.CompileProducts(); !status.ok()) return status;
  return runner;
}

Status GraphRunner::CompileProducts() {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    const auto fail = [&](std::string_view what) {
      return MakeStatus(Code::kBadShape, "node '", node.name, "': no ", what, " number ",
                        node.parameter, " of its width");
    };
    if (node.op == NodeOp::kNorm && (node.parameter >= weights_.norms.size() ||
                                     weights_.norms[node.parameter].size() != node.width)) {
      return fail("vector");
    }
    if (node.op != NodeOp::kLookup && node.op != NodeOp::kMatMul) continue;
    if (node.parameter >= weights_.matrices.size()) return fail("matrix");
    const QuantizedMatrix& matrix = *weights_.matrices[node.parameter];
    if (matrix.info.n != node.width || matrix.info.k != graph_.nodes[node.inputs[0]].width) {
      return fail("matrix");
    }
    if (node.op == NodeOp::kMatMul) continue;
    auto gemm = CompileGemm(SpecOf(options_.tables, tokens_), matrix.info, options_.target);
    if (!gemm.ok()) return gemm.status();
    auto simulation = Simulation::Make(*std::move(gemm), matrix, {});
    if (!simulation.ok()) return simulation.status();
    products_[i] = std::make_unique<Simulation>(*std::move(simulation));
  }
  return {};
}

Result<std::vector<float>> GraphRunner::Run(std::span<const float> input) {
  if (input.size() != tokens_ * graph_.nodes.front().width) {
    return MakeStatus(Code::kBadShape, "the input has ", input.size(), " values, expected ",
                      tokens_ * graph_.nodes.front().width);
  }
  values_.assign(graph_.nodes.size(), {});
  table_builds_ = 0;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (Status status = RunNode(i, input); !status.ok()) return status;
  }
  return std::move(values_.back().data);
}

Status GraphRunner::RunNode(size_t index, std::span<const float> input) {
  const Node& node = graph_.nodes[index];
  if (node.op == NodeOp::kPrecompute) {
    return MakeTables(index, values_[node.inputs[0]].data, false);
  }
  if (node.op == NodeOp::kLookup) {
    if (Status status = RunLookup(index); !status.ok()) return status;
  } else if (node.op == NodeOp::kInput) {
    values_[index].data.assign(input.begin(), input.end());
  } else if (node.op == NodeOp::kMatMul) {
    const GraphActs acts = MakeGraphActs(options_.tables, values_[node.inputs[0]].data, tokens_);
    values_[index].data = options_.matmul(node.parameter, acts, tokens_);
  } else {
    values_[index].data = FloatNode(node);
  }
  if (!node.gives_tables) return {};
  const std::vector<float> value = values_[index].data;
  if (!node.gives_value) values_[index].data.clear();  // whoever read it would notice
  return MakeTables(index, value, true);
}

// The first product that reads the tables makes them in its memory.
Status GraphRunner::MakeTables(size_t index, std::span<const float> value, bool fused) {
  const GraphActs acts = MakeGraphActs(options_.tables, value, tokens_);
  for (const size_t consumer : graph_.Consumers(index)) {
    if (graph_.nodes[consumer].op != NodeOp::kLookup) continue;
    Simulation& product = *products_.at(consumer);
    const auto scales = PerGroup(acts.row_scales, product.gemm().layout.steps.groups);
    values_[index].tables = &product;
    ++table_builds_;
    return fused ? product.FusedPrecompute(acts.bytes.data(), scales)
                 : product.Precompute(acts.bytes.data(), scales);
  }
  return {};
}

Status GraphRunner::RunLookup(size_t index) {
  Simulation& product = *products_.at(index);
  Simulation* tables = values_[graph_.nodes[index].inputs[0]].tables;
  if (tables != &product) {
    if (Status status = product.TakeTables(*tables); !status.ok()) return status;
  }
  const auto out = product.Lookup();
  if (!out.ok()) return out.status();
  std::vector<float>& data = values_[index].data;
  for (const uint32_t bits : *out) data.push_back(std::bit_cast<float>(bits));
  return {};
}

std::vector<float> GraphRunner::FloatNode(const Node& node) const {
  const auto in = [&](size_t i) -> const std::vector<float>& {
    return values_[node.inputs[i]].data;
  };
  switch (node.op) {
    case NodeOp::kNorm:
      return Normed(in(0), weights_.norms[node.parameter], graph_.norm_epsilon);
    case NodeOp::kRope:
      return Rotated(in(0), tokens_, graph_.heads, graph_.rope_theta);
    case NodeOp::kScores:
      return AttentionScores(in(0), in(1), tokens_, graph_.heads);
    case NodeOp::kSoftmax:
      return CausalSoftmax(in(0), tokens_, graph_.heads);
    case NodeOp::kMix:
      return Mixed(in(0), in(1), tokens_, graph_.heads);
    case NodeOp::kSiluGate:
      return SiluGated(in(0), in(1));
    default:
      return Sum(in(0), in(1));
  }
}

func::Counters GraphRunner::counters() const {
  func::Counters sum;
  for (const auto& [node, product] : products_) sum += product->counters();
  return sum;
}

}  // namespace lutgemm::model::lower
