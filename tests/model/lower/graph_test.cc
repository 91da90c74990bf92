// The passes on graphs, and the transformed graph against the plain one.
#include "model/lower/graph.h"
#include "model/lower/graph_run.h"
#include "model/lower/kit.h"
#include "ref/lookup.h"

#include <cmath>

using namespace lutgemm;
using namespace lutgemm::model::lower;

namespace {

DecoderShape SmallShape() {
  DecoderShape shape;
  shape.layers = 2;
  shape.hidden = 44;  // no multiple of 8: the last step of K is short for k = 8
  shape.intermediate = 76;
  shape.heads = 2;
  shape.vocab = 40;
  shape.tile = 64;
  return shape;
}

// Random weights of a decoder, in the order of its graph.
struct Model {
  DecoderShape shape = SmallShape();
  std::vector<QuantizedMatrix> matrices;
  std::vector<std::vector<float>> norms;
  std::vector<float> input;
  static constexpr size_t kTokens = 5;

  explicit Model(WeightFormat format) {
    test::Random random(31);
    const size_t h = shape.hidden, i = shape.intermediate;
    const auto add = [&](size_t n, size_t k) {
      matrices.push_back(test::RandomMatrix(test::Info(format, n, k, 20), random));
    };
    for (size_t layer = 0; layer < shape.layers; ++layer) {
      for (int square = 0; square < 4; ++square) add(h, h);
      add(i, h);
      add(i, h);
      add(h, i);
    }
    add(shape.vocab, h);
    for (size_t n = 0; n < 2 * shape.layers + 1; ++n) norms.push_back(random.Normals(h));
    input = random.Normals(kTokens * h);
  }

  GraphWeights weights() const {
    GraphWeights w;
    for (const auto& matrix : matrices) w.matrices.push_back(&matrix);
    for (const auto& norm : norms) w.norms.push_back(norm);
    return w;
  }

  GraphOptions options(TableKind kind, const char* shape_text) const {
    GraphOptions options;
    options.target = test::MustParse(shape_text);
    options.tables = kind;
    options.matmul = [this, kind, k = options.target.shape.k](size_t index, const GraphActs& acts,
                                                              size_t tokens) {
      ref::LookupSpec spec;
      spec.k = k;
      spec.entry = kind == TableKind::kInt8   ? ref::LookupSpec::Entry::kExact
                   : kind == TableKind::kLut8 ? ref::LookupSpec::Entry::kQuantised
                                              : ref::LookupSpec::Entry::kF16;
      spec.sum =
          kind == TableKind::kInt8 ? ref::LookupSpec::Sum::kExact : ref::LookupSpec::Sum::kF32;
      spec.row_scales = acts.row_scales;
      return ref::LookupGemm(matrices[index], acts.values, tokens, spec);
    };
    return options;
  }

  std::vector<float> Run(const Graph& graph, const GraphOptions& options,
                         size_t* builds = nullptr) const {
    auto runner = GraphRunner::Make(graph, weights(), kTokens, options);
    REQUIRE_MESSAGE(runner.ok(), runner.status().text());
    auto out = runner->Run(input);
    REQUIRE_MESSAGE(out.ok(), out.status().text());
    if (builds != nullptr) *builds = runner->table_builds();
    return *std::move(out);
  }
};

Node Producer(NodeOp op, size_t tile) {
  Node node;
  node.op = op;
  node.tile = tile;
  return node;
}

}  // namespace

TEST_CASE("graph: a decoder splits into one Precompute per value that products read") {
  Graph graph = DecoderGraph(SmallShape());
  REQUIRE(CheckGraph(graph).ok());
  CHECK(graph.Count(NodeOp::kMatMul) == 15);
  Graph unshared = graph;
  CHECK(SplitMatMuls(unshared, false) == 15);
  CHECK(SplitMatMuls(graph, true) == 9);  // per layer: qkv, out, gate and up, down; head
  CHECK(graph.Count(NodeOp::kMatMul) == 0);
  CHECK(graph.Count(NodeOp::kLookup) == 15);
  CHECK(CheckGraph(graph).ok());
  CHECK(CheckGraph(unshared).ok());
}

TEST_CASE("graph: fusion, by kind of tables") {
  const auto fused = [](TableKind kind, size_t tile, size_t k) {
    DecoderShape shape = SmallShape();
    shape.tile = tile;
    Graph graph = DecoderGraph(shape);
    SplitMatMuls(graph, true);
    size_t count = 0;
    for (const Fusion& fusion : FusePrecompute(graph, kind, k)) {
      count += fusion.fused;
      CHECK(fusion.fused == fusion.reason.empty());
    }
    CHECK(CheckGraph(graph).ok());
    CHECK(graph.Count(NodeOp::kPrecompute) == 9 - count);
    return count;
  };
  CHECK(fused(TableKind::kLut8, 64, 4) == 7);  // all but the two that read attention's mix
  CHECK(fused(TableKind::kF16, 64, 4) == 7);
  CHECK(fused(TableKind::kF16, 64, 5) == 5);   // tiles of 64 own no whole groups of 5
  CHECK(fused(TableKind::kF16, 0, 5) == 7);    // whole rows do
  CHECK(fused(TableKind::kInt8, 64, 4) == 5);  // the norms
}

TEST_CASE("graph: legality, rule by rule") {
  CHECK(WhyNotFusable(Producer(NodeOp::kNorm, 0), TableKind::kInt8, 4).empty());
  CHECK(WhyNotFusable(Producer(NodeOp::kSiluGate, 64), TableKind::kLut8, 4).empty());
  CHECK(WhyNotFusable(Producer(NodeOp::kLookup, 64), TableKind::kLut8, 4).empty());
  const auto says = [](const Node& node, TableKind kind, size_t k, const char* part) {
    return WhyNotFusable(node, kind, k).find(part) != std::string::npos;
  };
  CHECK(says(Producer(NodeOp::kMix, 0), TableKind::kLut8, 4, "neither element-wise"));
  CHECK(says(Producer(NodeOp::kInput, 0), TableKind::kLut8, 4, "neither element-wise"));
  CHECK(says(Producer(NodeOp::kSoftmax, 0), TableKind::kLut8, 4, "neither element-wise"));
  CHECK(says(Producer(NodeOp::kSiluGate, 0), TableKind::kInt8, 4, "needs whole rows"));
  CHECK(says(Producer(NodeOp::kLookup, 66), TableKind::kLut8, 4, "whole groups of 4"));
}

TEST_CASE("graph: a value that others read is kept beside its tables") {
  Graph graph;
  graph.Append({.op = NodeOp::kInput, .name = "x", .inputs = {}, .width = 8});
  graph.Append({.op = NodeOp::kNorm, .name = "n", .inputs = {0}, .width = 8});
  graph.Append({.op = NodeOp::kMatMul, .name = "w", .inputs = {1}, .width = 8});
  graph.Append({.op = NodeOp::kAdd, .name = "sum", .inputs = {1, 2}, .width = 8});
  REQUIRE(CheckGraph(graph).ok());
  SplitMatMuls(graph, true);
  const auto fusions = FusePrecompute(graph, TableKind::kInt8, 4);
  REQUIRE(fusions.size() == 1);
  CHECK(fusions[0].fused);
  CHECK(fusions[0].keeps_value);
  CHECK(graph.nodes[1].gives_value);
  CHECK(graph.nodes[1].gives_tables);
  CHECK(CheckGraph(graph).ok());
}

TEST_CASE("graph: mistakes are told") {
  const auto says = [](const Graph& graph, const char* part) {
    const Status status = CheckGraph(graph);
    CAPTURE(status.text());
    return !status.ok() && status.text().find(part) != std::string::npos;
  };
  Graph graph;
  CHECK(says(graph, "does not begin with an input"));
  graph.Append({.op = NodeOp::kInput, .name = "x", .inputs = {}, .width = 8});
  Graph late = graph, narrow = graph, few = graph, plain = graph;
  late.Append({.op = NodeOp::kNorm, .name = "n", .inputs = {1}, .width = 8});
  CHECK(says(late, "does not come before it"));
  narrow.Append({.op = NodeOp::kNorm, .name = "n", .inputs = {0}, .width = 9});
  CHECK(says(narrow, "has width 8, not 9"));
  few.Append({.op = NodeOp::kAdd, .name = "a", .inputs = {0}, .width = 8});
  CHECK(says(few, "takes 2 inputs, has 1"));
  plain.Append({.op = NodeOp::kLookup, .name = "l", .inputs = {0}, .width = 8});
  CHECK(says(plain, "'x' gives no tables"));
  Model model(WeightFormat::kInt2);
  model.matrices.pop_back();
  CHECK_FALSE(GraphRunner::Make(DecoderGraph(model.shape), model.weights(), 5,
                                model.options(TableKind::kInt8, "m2n64k4"))
                  .ok());
}

TEST_CASE("graph: split, shared and fused graphs give the plain graph's outputs, bit for bit") {
  for (const WeightFormat format : {WeightFormat::kInt2, WeightFormat::kTernary}) {
    const Model model(format);
    for (const TableKind kind : {TableKind::kInt8, TableKind::kF16, TableKind::kLut8}) {
      for (const char* shape : {"m2n64k4", "m4n16k8"}) {
        CAPTURE(Name(kind));
        CAPTURE(std::string(shape));
        const GraphOptions options = model.options(kind, shape);
        Graph graph = DecoderGraph(model.shape);
        const auto expected = model.Run(graph, options);
        REQUIRE(expected.size() == Model::kTokens * model.shape.vocab);
        CHECK(std::isfinite(expected[7]));
        Graph unshared = graph;
        SplitMatMuls(unshared, false);
        size_t builds = 0;
        CHECK(model.Run(unshared, options, &builds) == expected);
        CHECK(builds == 15);
        SplitMatMuls(graph, true);
        CHECK(model.Run(graph, options, &builds) == expected);
        CHECK(builds == 9);
        FusePrecompute(graph, kind, options.target.shape.k);
        CHECK(model.Run(graph, options, &builds) == expected);
        CHECK(builds == 9);
      }
    }
  }
}

TEST_CASE("graph: traffic falls with sharing and with fusion") {
  Graph plain = DecoderGraph(SmallShape()), unshared = plain, shared = plain;
  SplitMatMuls(unshared, false);
  SplitMatMuls(shared, true);
  Graph fused = shared;
  FusePrecompute(fused, TableKind::kLut8, 4);
  const auto traffic = [](const Graph& g) { return TrafficOf(g, TableKind::kLut8, 4, 10); };
  CHECK(traffic(unshared).tables_written > traffic(shared).tables_written);
  CHECK(traffic(fused).tables_written == traffic(shared).tables_written);
  CHECK(traffic(fused).values_written < traffic(shared).values_written);
  CHECK(traffic(fused).total() < traffic(shared).total());
  // By hand: one product of width 8 on 10 tokens, f16 values, tables of 8 + 4 bytes.
  Graph one;
  one.Append({.op = NodeOp::kInput, .name = "x", .inputs = {}, .width = 8});
  one.Append({.op = NodeOp::kMatMul, .name = "w", .inputs = {0}, .width = 8});
  SplitMatMuls(one, true);
  const GraphTraffic t = traffic(one);
  CHECK(t.values_written == 160);
  CHECK(t.values_read == 160);
  CHECK(t.tables_written == 240);
  CHECK(t.tables_read == 240);
}
