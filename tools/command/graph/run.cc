#include "tools/command/graph/run.h"

#include "io/errors.h"
#include "model/lower/graph_run.h"
#include "ref/lookup.h"
#include "tiny_lm/model.hpp"
#include "tools/command/common/simulator.h"
#include "tools/command/graph/report.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace lutgemm::tools {
namespace {

namespace lower = model::lower;

// A model's matrices as exact codes, and what else its graph reads.
struct LoadedModel {
  tiny_lm::Model model;
  std::vector<QuantizedMatrix> matrices;

  lower::GraphWeights weights() const {
    lower::GraphWeights w;
    for (const QuantizedMatrix& matrix : matrices) w.matrices.push_back(&matrix);
    for (const tiny_lm::Layer& layer : model.layers) {
      w.norms.emplace_back(layer.attention_norm);
      w.norms.emplace_back(layer.mlp_norm);
    }
    w.norms.emplace_back(model.final_norm);
    return w;
  }

  std::vector<float> Embedded(std::string_view text) const {
    std::vector<float> input;
    for (const char c : text) {
      const size_t at = static_cast<unsigned char>(c) * model.config.hidden;
      input.insert(input.end(), &model.embedding.plain[at],
                   &model.embedding.plain[at] + model.config.hidden);
    }
    return input;
  }
};

Result<LoadedModel> LoadForGraph(const GraphOptions& options) {
  const Result<QuantSpec> chosen = options.weights.Spec();
  if (!chosen.ok()) return chosen.status();
  const Result<TensorFile> file = TensorFile::Open(options.model);
  if (!file.ok()) return file.status();
  const auto trained = file->metadata().find("quantization");
  const bool ternary = trained != file->metadata().end() && trained->second == "bitnet-b1.58";
  const bool as_trained = ternary && !options.format_given;
  auto model = tiny_lm::LoadModel(options.model, as_trained ? tiny_lm::TrainedTernary() : *chosen);
  if (!model.ok()) return model.status();
  LoadedModel loaded{*std::move(model), {}};
  for (const tiny_lm::Linear* linear : loaded.model.Linears()) {
    if (linear->act_order.size() != 0) {
      return io::FileError(Code::kUnsupportedFormat, options.model,
                           "has weights whose channels stand in an order of their own, which "
                           "graphs do not follow");
    }
    auto matrix = Unpack(*linear->packed);
    if (!matrix.ok()) return matrix.status();
    loaded.matrices.push_back(*std::move(matrix));
  }
  return loaded;
}

lower::DecoderShape ShapeOf(const tiny_lm::Config& config, size_t tile) {
  return {config.layers, config.hidden,     config.intermediate, config.heads,
          config.vocab,  config.rope.theta, config.rms_eps,      tile};
}

// Products as the scalar oracle computes them: what the untransformed graph uses.
std::vector<float> OracleProduct(const QuantizedMatrix& matrix, lower::TableKind kind, size_t k,
                                 const lower::GraphActs& acts, size_t tokens) {
  using Entry = ref::LookupSpec::Entry;
  using Sum = ref::LookupSpec::Sum;
  ref::LookupSpec spec;
  spec.k = k;
  spec.entry = kind == lower::TableKind::kInt8   ? Entry::kExact
               : kind == lower::TableKind::kLut8 ? Entry::kQuantised
                                                 : Entry::kF16;
  spec.sum = kind == lower::TableKind::kInt8 ? Sum::kExact : Sum::kF32;
  spec.row_scales = acts.row_scales;
  return ref::LookupGemm(matrix, acts.values, tokens, spec);
}

void Transform(const GraphOptions& options, size_t k, GraphReport& report) {
  report.result = report.plain;
  lower::Graph unshared = report.plain;
  report.unshared = lower::SplitMatMuls(unshared, false);
  report.before = lower::TrafficOf(unshared, options.tables, k, report.tokens);
  report.precomputes = lower::SplitMatMuls(report.result, !options.no_share);
  if (!options.no_fuse) {
    report.fusions = lower::FusePrecompute(report.result, options.tables, k);
  }
  report.after = lower::TrafficOf(report.result, options.tables, k, report.tokens);
}

Status RunBoth(const GraphOptions& options, const LoadedModel& model,
               const lower::GraphOptions& run, GraphReport& report) {
  const std::vector<float> input = model.Embedded(options.text);
  std::vector<float> logits[2];
  for (const bool transformed : {false, true}) {
    auto runner = lower::GraphRunner::Make(transformed ? report.result : report.plain,
                                           model.weights(), report.tokens, run);
    if (!runner.ok()) return runner.status();
    auto out = runner->Run(input);
    if (!out.ok()) return out.status();
    logits[transformed ? 1 : 0] = *std::move(out);
    report.table_builds = runner->table_builds();
    report.counters = runner->counters();
  }
  report.bit_equal = logits[0] == logits[1];
  return {};
}

}  // namespace

int RunGraph(const GraphOptions& options) {
  const Status known = CheckMachineFormat(options.weights.format.format);
  if (!known.ok()) return UsageError(known.text());
  const Result<model::Array> target = ReadTarget(options.machine);
  if (!target.ok()) return TargetFailed(options.machine, target.status());
  const Result<LoadedModel> model = LoadForGraph(options);
  if (!model.ok()) return FileFailed(model.status());
  if (options.text.empty() || options.text.size() > model->model.config.context) {
    return UsageError(fmt::format("--text must have 1 to {} bytes", model->model.config.context));
  }
  GraphReport report;
  report.tokens = options.text.size();
  report.plain = lower::DecoderGraph(ShapeOf(model->model.config, options.tile));
  Transform(options, target->shape.k, report);
  lower::GraphOptions run{*target, options.tables, {}};
  run.matmul = [&](size_t index, const lower::GraphActs& acts, size_t tokens) {
    return OracleProduct(model->matrices[index], options.tables, target->shape.k, acts, tokens);
  };
  if (Status status = RunBoth(options, *model, run, report); !status.ok()) {
    return OptionsFailed(status);
  }
  if (options.json) {
    PrintJson(GraphJson(options, report));
  } else {
    PrintGraph(options, report);
  }
  return report.bit_equal ? kExitOk : kExitFailed;
}

}  // namespace lutgemm::tools
