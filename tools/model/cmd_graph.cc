// lutgemm graph: the compiler's passes on the graph of a language model, and the model on the
// simulated machine.
#include "tools/commands.h"
#include "tools/model/sim.h"
#include "tools/options.h"
#include "tools/report.h"

#include "model/lower/graph.h"
#include "model/lower/graph_run.h"
#include "model/lower/passes.h"
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

struct GraphCommand {
  std::string model;
  std::string text = "In the beginning was the table.";
  std::string machine = "m2n64k4";
  lower::TableKind tables = lower::TableKind::kInt8;
  WeightOptions weights;
  size_t tile = 64;
  bool format_given = false;
  bool no_share = false, no_fuse = false, nodes = false, json = false;
};

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

struct GraphReport {
  lower::Graph plain, result;
  std::vector<lower::Fusion> fusions;
  size_t precomputes = 0, unshared = 0;
  lower::GraphTraffic before, after;  // each product with tables of its own; the result
  bool bit_equal = false;
  size_t tokens = 0, table_builds = 0;
  model::func::Counters counters;
};

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

Json TrafficJson(const lower::GraphTraffic& t) {
  return {{"values_written", t.values_written},
          {"values_read", t.values_read},
          {"tables_written", t.tables_written},
          {"tables_read", t.tables_read},
          {"total", t.total()}};
}

Json NodesJson(const lower::Graph& graph) {
  Json nodes = Json::array();
  for (const lower::Node& node : graph.nodes) {
    nodes.push_back({{"op", Name(node.op)},
                     {"name", node.name},
                     {"inputs", node.inputs},
                     {"width", node.width},
                     {"value", node.gives_value},
                     {"tables", node.gives_tables}});
  }
  return nodes;
}

Json ToJson(const GraphCommand& command, const GraphReport& report) {
  Json fusions = Json::array();
  for (const lower::Fusion& fusion : report.fusions) {
    fusions.push_back({{"producer", fusion.producer},
                       {"products", fusion.consumers},
                       {"fused", fusion.fused},
                       {"keeps_value", fusion.keeps_value},
                       {"reason", fusion.fused ? Json(nullptr) : Json(fusion.reason)}});
  }
  Json json = {{"model", command.model},
               {"machine", command.machine},
               {"tables", Name(command.tables)},
               {"tokens", report.tokens},
               {"products", report.result.Count(lower::NodeOp::kLookup)},
               {"precompute_unshared", report.unshared},
               {"precompute", report.precomputes},
               {"precompute_left", report.result.Count(lower::NodeOp::kPrecompute)},
               {"fusions", std::move(fusions)},
               {"traffic",
                {{"unshared", TrafficJson(report.before)}, {"result", TrafficJson(report.after)}}},
               {"bit_equal", report.bit_equal},
               {"table_builds", report.table_builds},
               {"array_cycles", report.counters.array_cycles},
               {"nodes", NodesJson(report.result)}};
  json.update(CountersJson(report.counters));
  return json;
}

void PrintNodes(const lower::Graph& graph) {
  Table table({"node", "<op", "<inputs", "width", "<gives"});
  for (const lower::Node& node : graph.nodes) {
    std::string inputs;
    for (const size_t input : node.inputs) {
      inputs += (inputs.empty() ? "" : " ") + graph.nodes[input].name;
    }
    table.Add(
        {node.name, std::string(Name(node.op)), inputs, fmt::format("{}", node.width),
         fmt::format("{}{}", node.gives_value ? "value " : "", node.gives_tables ? "tables" : "")});
  }
  table.Print();
}

void Print(const GraphCommand& command, const GraphReport& report) {
  if (command.nodes) PrintNodes(report.result);
  Table fusions({"producer", "products", "<precompute"});
  for (const lower::Fusion& fusion : report.fusions) {
    fusions.Add({fusion.producer, fmt::format("{}", fusion.consumers),
                 fusion.fused ? (fusion.keeps_value ? "fused, value kept" : "fused")
                              : "apart: " + fusion.reason});
  }
  fusions.Print();
  fmt::print("\nproducts   {}; precompute {}, shared {}, left apart {}\n",
             report.result.Count(lower::NodeOp::kLookup), report.unshared, report.precomputes,
             report.result.Count(lower::NodeOp::kPrecompute));
  fmt::print("traffic    {} with tables for each product, {} now ({} tokens, tables {})\n",
             BytesText(report.before.total()), BytesText(report.after.total()), report.tokens,
             Name(command.tables));
  fmt::print("run        {} logits of the untransformed graph; tables made {} times\n",
             report.bit_equal ? "equal to the" : "DIFFERENT from the", report.table_builds);
  fmt::print("cycles     {} of one array\n", report.counters.array_cycles);
  PrintCounters(report.counters);
}

int RunGraph(const GraphCommand& command) {
  const Result<lower::Target> target = ReadTarget(command.machine);
  if (!target.ok()) return TargetFailed(command.machine, target.status());
  const Result<LoadedModel> model = LoadForGraph(command);
  if (!model.ok()) return FileFailed(model.status());
  if (command.text.empty() || command.text.size() > model->model.config.context) {
    return UsageError(fmt::format("--text must have 1 to {} bytes", model->model.config.context));
  }
  GraphReport report;
  report.tokens = command.text.size();
  report.plain = lower::DecoderGraph(ShapeOf(model->model.config, command.tile));
  Transform(command, target->k, report);
  lower::GraphOptions options{*target, command.tables, {}};
  options.matmul = [&](size_t index, const lower::GraphActs& acts, size_t tokens) {
    return OracleProduct(model->matrices[index], command.tables, target->k, acts, tokens);
  };
  if (Status status = RunBoth(command, *model, options, report); !status.ok()) {
    return OptionsFailed(status);
  }
  if (command.json) {
    PrintJson(ToJson(command, report));
  } else {
    Print(command, report);
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
                   "Shape of the array, a machine such as a100-lut-4x (one array of it),\n"
                   "or a JSON file that describes either [m2n64k4]")
      ->type_name("SHAPE|NAME|FILE");
  command->add_option("--tile", options->tile, "Outputs of a product's tile; 0 = whole rows [64]")
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
