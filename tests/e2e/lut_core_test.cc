// The tiny language model on the simulated LUT Tensor Core.
#include "kit.h"
#include "model/lower/graph_run.h"
#include "model/lower/simulate.h"
#include "ref/lookup.h"
#include "tiny_lm/reference.hpp"

#include <memory>

namespace lutgemm::e2e {
namespace {

namespace lower = model::lower;

std::vector<QuantizedMatrix> Matrices(const tiny_lm::Model& packed) {
  std::vector<QuantizedMatrix> matrices;
  for (const tiny_lm::Linear* linear : packed.Linears()) {
    auto matrix = Unpack(*linear->packed);
    REQUIRE(matrix.ok());
    matrices.push_back(*std::move(matrix));
  }
  return matrices;
}

// All else being float64, the machine's integer products leave nothing to differ by.
TEST_CASE("lut core: compiled programs give the ternary checkpoint the figures of float64") {
  const tiny_lm::Model plain = Load(kTernary, std::nullopt);
  const auto matrices = Matrices(Load(kTernary, tiny_lm::TrainedTernary()));
  std::vector<std::unique_ptr<lower::Simulation>> products;
  for (const QuantizedMatrix& matrix : matrices) {
    auto gemm = lower::CompileGemm({.m = plain.config.context}, matrix.info, model::Array{});
    REQUIRE_MESSAGE(gemm.ok(), gemm.status().text());
    auto simulation = lower::Simulation::Make(*std::move(gemm), matrix, {});
    REQUIRE(simulation.ok());
    products.push_back(std::make_unique<lower::Simulation>(*std::move(simulation)));
  }
  const tiny_lm::IntegerProduct product = [&](size_t layer, std::span<const int8_t> codes,
                                              std::span<int32_t> sums) {
    const auto out = products[layer]->Run(codes.data(), {});
    REQUIRE_MESSAGE(out.ok(), out.status().text());
    std::copy(out->begin(), out->end(), sums.begin());
  };
  const std::vector<uint8_t> text = Heldout(plain.config.context);
  const auto expected = EvaluateReference(plain, text);
  const auto score = EvaluateReference(plain, text, nullptr, product);
  CHECK(score.window_bits == expected.window_bits);
  uint64_t cycles = 0;
  for (const auto& simulation : products) cycles += simulation->counters().array_cycles;
  CHECK(cycles > 0);
}

TEST_CASE("lut core: the split and fused graph gives the logits of the plain graph") {
  const tiny_lm::Model model = Load(kTernary, tiny_lm::TrainedTernary());
  const auto matrices = Matrices(model);
  const tiny_lm::Config& c = model.config;
  lower::Graph graph = lower::DecoderGraph(
      {c.layers, c.hidden, c.intermediate, c.heads, c.vocab, c.rope.theta, c.rms_eps, 64});
  lower::GraphWeights weights;
  for (const auto& matrix : matrices) weights.matrices.push_back(&matrix);
  for (const auto& layer : model.layers) {
    weights.norms.emplace_back(layer.attention_norm);
    weights.norms.emplace_back(layer.mlp_norm);
  }
  weights.norms.emplace_back(model.final_norm);
  const std::vector<uint8_t> text = Heldout(12);
  std::vector<float> input;
  for (const uint8_t token : text) {
    const float* row = &model.embedding.plain[token * c.hidden];
    input.insert(input.end(), row, row + c.hidden);
  }
  lower::GraphOptions options;
  options.matmul = [&](size_t index, const lower::GraphActs& acts, size_t tokens) {
    ref::LookupSpec spec;
    spec.entry = ref::LookupSpec::Entry::kExact;
    spec.sum = ref::LookupSpec::Sum::kExact;
    spec.row_scales = acts.row_scales;
    return ref::LookupGemm(matrices[index], acts.values, tokens, spec);
  };
  const auto run = [&] {
    auto runner = lower::GraphRunner::Make(graph, weights, text.size(), options);
    REQUIRE_MESSAGE(runner.ok(), runner.status().text());
    auto out = runner->Run(input);
    REQUIRE_MESSAGE(out.ok(), out.status().text());
    return *std::move(out);
  };
  const auto plain = run();
  CHECK(lower::SplitMatMuls(graph, true) == 4 * c.layers + 1);
  size_t fused = 0;
  for (const auto& fusion : lower::FusePrecompute(graph, options.tables, 4)) fused += fusion.fused;
  CHECK(fused == 2 * c.layers + 1);
  CHECK(run() == plain);
  // The graph is the model: its logits are near those of the engine in exact mode.
  tiny_lm::Engine engine = MakeEngine(model, {.mode = Mode::kExact, .prefill = 1});
  CHECK(Nmse(plain, Logits(engine, text, 1)) < 1e-3);
}

}  // namespace
}  // namespace lutgemm::e2e
