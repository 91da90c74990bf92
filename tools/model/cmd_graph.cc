// lutgemm graph: the compiler's passes on the graph of a language model, and the model on the
// simulated machine.
#include "tools/commands.h"
#include "tools/model/graph_report.h"
#include "tools/numbers.h"

#include "model/lower/graph_run.h"
#include "ref/lookup.h"
#include "tiny_lm/model.hpp"

#include <fmt/core.h>

#include <memory>

namespace lutgemm::tools {
namespace {

namespace lower = model::lower;

constexpr char kFooter[] =
    "\nMODEL is a checkpoint such as data/tiny_lm/ternary.safetensors. Every product becomes a\n"
    "Precompute and a Lookup; products of the same value share tables; Precompute is fused where\n"
    "it may be. Both graphs then run on the tokens of --text, products of the second on the\n"
    "simulated machine, and their logits must be equal, bit for bit. Traffic counts what products\n"
    "and Precompute read and write, without weights.\n\n"
    "Examples:\n"
    "  lutgemm graph data/tiny_lm/ternary.safetensors\n"
    "  lutgemm graph data/tiny_lm/full.safetensors --format int2 --group 44 --tables lut8";

Result<lower::TableKind> ParseTables(std::string_view name) noexcept {
  for (const auto kind :
       {lower::TableKind::kInt8, lower::TableKind::kF16, lower::TableKind::kLut8}) {
    if (Name(kind) == name) return kind;
  }
  return Status(Code::kBadArgument, "tables are int8, f16 or lut8, not " + std::string(name));
}

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
      input.insert(input.end(), &model.embedding[at], &model.embedding[at] + model.config.hidden);
    }
    return input;
  }
};

Result<LoadedModel> LoadForGraph(const GraphCommand& command) {
  const Result<QuantSpec> chosen = command.weights.Spec();
  if (!chosen.ok()) return chosen.status();
  const Result<TensorFile> file = TensorFile::Open(command.model);
  if (!file.ok()) return file.status();
  const auto trained = file->metadata().find("quantization");
  const bool ternary = trained != file->metadata().end() && trained->second == "bitnet-b1.58";
  const bool as_trained = ternary && !command.format_given;
  auto model = tiny_lm::LoadModel(command.model, as_trained ? tiny_lm::TrainedTernary() : *chosen);
  if (!model.ok()) return model.status();
  LoadedModel loaded{*std::move(model), {}};
  for (const tiny_lm::Linear* linear : loaded.model.Linears()) {
    auto matrix = Unpack(*linear->packed);
    if (!matrix.ok()) return matrix.status();
    loaded.matrices.push_back(*std::move(matrix));
  }
  return loaded;
}

lower::DecoderShape ShapeOf(const tiny_lm::Config& config, size_t tile) {
  return {config.layers, config.hidden,     config.intermediate, config.heads,
          config.vocab,  config.rope_theta, config.rms_eps,      tile};
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

void Transform(const GraphCommand& command, size_t k, GraphReport& report) {
  report.result = report.plain;
  lower::Graph unshared = report.plain;
  report.unshared = lower::SplitMatMuls(unshared, false);
  report.before = lower::TrafficOf(unshared, command.tables, k, report.tokens);
  report.precomputes = lower::SplitMatMuls(report.result, !command.no_share);
  if (!command.no_fuse) {
    report.fusions = lower::FusePrecompute(report.result, command.tables, k);
  }
  report.after = lower::TrafficOf(report.result, command.tables, k, report.tokens);
}

Status RunBoth(const GraphCommand& command, const LoadedModel& model,
               const lower::GraphOptions& options, GraphReport& report) {
  const std::vector<float> input = model.Embedded(command.text);
  std::vector<float> logits[2];
  for (const bool transformed : {false, true}) {
    auto runner = lower::GraphRunner::Make(transformed ? report.result : report.plain,
                                           model.weights(), report.tokens, options);
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

int RunGraph(const GraphCommand& command) {
  const Result<model::Array> target = ReadTarget(command.machine);
  if (!target.ok()) return TargetFailed(command.machine, target.status());
  const Result<LoadedModel> model = LoadForGraph(command);
  if (!model.ok()) return FileFailed(model.status());
  if (command.text.empty() || command.text.size() > model->model.config.context) {
    return UsageError(fmt::format("--text must have 1 to {} bytes", model->model.config.context));
  }
  GraphReport report;
  report.tokens = command.text.size();
  report.plain = lower::DecoderGraph(ShapeOf(model->model.config, command.tile));
  Transform(command, target->shape.k, report);
  lower::GraphOptions options{*target, command.tables, {}};
  options.matmul = [&](size_t index, const lower::GraphActs& acts, size_t tokens) {
    return OracleProduct(model->matrices[index], command.tables, target->shape.k, acts, tokens);
  };
  if (Status status = RunBoth(command, *model, options, report); !status.ok()) {
    return OptionsFailed(status);
  }
  if (command.json) {
    PrintJson(GraphJson(command, report));
  } else {
    PrintGraph(command, report);
  }
  return report.bit_equal ? kExitOk : kExitFailed;
}

}  // namespace

void AddGraph(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("graph", "Split and fuse the products of a language model's graph");
  auto options = std::make_shared<GraphCommand>();
  command->add_option("MODEL", options->model, "Checkpoint of a small Llama model")->required();
  options->weights.AddFormatTo(*command);
  command->get_option("--format")
      ->description(
          "Number format: int1, int2, int3, int4 or ternary [int4; a model trained\nwith ternary "
          "weights: those]");
  options->weights.AddTo(*command);
  command->remove_option(command->get_option("--layout"));
  AddParsed(*command, "--tables", options->tables, &ParseTables,
            "Tables: int8 (codes with a scale per token), f16, or lut8 (f16\n"
            "activations, entries rounded to 8 bits) [int8]")
      ->type_name("KIND");
  command
      ->add_option("--machine", options->machine,
                   "Shape of the array, or a machine that has it: a name such as\n"
                   "a100-lut-4x, or a JSON file [m2n64k4]")
      ->type_name("SHAPE|NAME|FILE");
  command->add_option("--tile", options->tile, "Outputs of a product's tile; 0 = whole rows [64]")
      ->transform(WholeNumber(0, kMaxK))
      ->type_name("N");
  command->add_option("--text", options->text, "Tokens to run on")->type_name("TEXT");
  command->add_flag("--no-share", options->no_share, "Tables for each product");
  command->add_flag("--no-fuse", options->no_fuse, "Leave Precompute apart");
  command->add_flag("--nodes", options->nodes, "Show every node of the result");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, command, &context] {
    options->format_given = command->count("--format") != 0;
    context.exit_code = RunGraph(*options);
  });
}

}  // namespace lutgemm::tools
