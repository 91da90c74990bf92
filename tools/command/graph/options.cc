#include "tools/command/graph/options.h"

#include "tools/command/common/simulator.h"
#include "tools/command/graph/run.h"
#include "tools/console/numbers.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

namespace lower = model::lower;

constexpr CommandTexts kTexts{
    "graph", "Split and fuse the products of a language model's graph",
    R"(MODEL is a checkpoint such as data/tiny_lm/ternary.safetensors. Every product becomes a
Precompute and a Lookup; products of the same value share tables; Precompute is fused where
it may be. Both graphs then run on the tokens of --text, products of the second on the
simulated machine, and their logits must be equal, bit for bit. Traffic counts what products
and Precompute read and write, without weights.)",
    R"(  lutgemm graph data/tiny_lm/ternary.safetensors
  lutgemm graph data/tiny_lm/full.safetensors --format int2 --group 44 --tables lut8)"};

Result<lower::TableKind> ParseTables(std::string_view name) noexcept {
  for (const auto kind :
       {lower::TableKind::kInt8, lower::TableKind::kF16, lower::TableKind::kLut8}) {
    if (Name(kind) == name) return kind;
  }
  return Status(Code::kBadArgument, "tables are int8, f16 or lut8, not " + std::string(name));
}

void Declare(CLI::App& command, GraphOptions& options) {
  command.add_option("MODEL", options.model, "Checkpoint of a small Llama model")->required();
  options.weights.AddFormatTo(command);
  command.get_option("--format")
      ->description(
          fmt::format("Number format: {} [int4; a model trained\nwith ternary weights: those]",
                      kMachineFormats));
  command.get_option("--format")->each([&](const std::string&) { options.format_given = true; });
  options.weights.AddTo(command);
  command.remove_option(command.get_option("--layout"));
  AddParsed(command, "--tables", options.tables, &ParseTables,
            "Tables: int8 (codes with a scale per token), f16, or lut8 (f16\n"
            "activations, entries rounded to 8 bits) [int8]")
      ->type_name("KIND");
  AddMachine(command, options.machine);
  command.add_option("--tile", options.tile, "Outputs of a product's tile; 0 = whole rows [64]")
      ->transform(WholeNumber(0, kMaxK))
      ->type_name("N");
  command.add_option("--text", options.text, "Tokens to run on")->type_name("TEXT");
  command.add_flag("--no-share", options.no_share, "Tables for each product");
  command.add_flag("--no-fuse", options.no_fuse, "Leave Precompute apart");
  command.add_flag("--nodes", options.nodes, "Show every node of the result");
  AddJson(command, options.json);
}

}  // namespace

void AddGraph(CLI::App& app, Context& context) {
  AddSubcommand<GraphOptions>(app, context, kTexts, &Declare, &RunGraph);
}

}  // namespace lutgemm::tools
