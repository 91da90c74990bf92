#include "tools/command/dse/options.h"

#include "tools/command/dse/run.h"
#include "tools/console/numbers.h"
#include "tools/console/options.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools {
namespace {

using model::cost::ParseAct;
using model::cost::ParseArrayShape;
using model::cost::ParseObjective;
using model::cost::SweepSpec;
using model::cost::TernarySpec;

constexpr CommandTexts kTexts{
    "dse", "Explore arrays of lookup units: area, energy, time",
    R"(Without --problem, --ternary or --paper: sweeps all arrays of --macs 1-bit multiply-adds over
shape, width of table entries, half or full tables, and index (one plane of the weights per
cycle, or all bits at once), and shows the best, the front of area and energy, the terms of
the best, and MAC, ADD, conventional and LUT tensor core units side by side.
docs/model-cost.md explains the model and the ternary engines; figures are
ours unless they say 'paper'. Area and energy are terms that add up, broadcast among them.

--json has `best` (with `best.shape`, such as m2n64k4), `front`, `units` and `points`; every point
carries shape, table, area and energy with their terms, and whether it is on the front. Points
whose table entries are rounded compete with all others for the front, exact ones only among
themselves. --out writes the same as JSON and CSV, and its PREFIX needs a name after its folders;
--plot draws it.)",
    R"(  lutgemm dse --macs 512 --a f16 --w i1
  lutgemm dse --a i8 --w i2 --objective energy --out sweep --plot sweep.png
  lutgemm dse --problem 2048x27648x5120 --w i2 --machine a100-lut-4x --machine a100-int8
  lutgemm dse --ternary 16x1536x4096 --engine-tables 4
  lutgemm dse --paper)"};

// i1 to i8, or t2: ternary as two planes of equal weight.
unsigned ParseWeightBits(const std::string& text) {
  if (text == "t2") return 2;
  if (text.size() == 2 && text[0] == 'i' && text[1] >= '1' && text[1] <= '8') {
    return static_cast<unsigned>(text[1] - '0');
  }
  throw CLI::ValidationError("--w", fmt::format("'{}' is not i1 to i8 or t2 (ternary)", text));
}

std::vector<unsigned> ParseWidths(const std::string& text) {
  std::vector<unsigned> widths;
  for (const std::string& piece : SplitList(text)) {
    const uint64_t width = ParseCount(piece, "--table-bits");
    if (width < 4 || width > 32) {
      throw CLI::ValidationError("--table-bits", fmt::format("{} is not in 4..32", width));
    }
    widths.push_back(static_cast<unsigned>(width));
  }
  return widths;
}

// An option that is `yes`, `no` or "both".
void AddChoice(CLI::App& command, const std::string& name, std::vector<bool>& choice,
               const std::pair<std::string, std::string>& words, const std::string& help) {
  const auto parse = [&choice, name, words](const std::string& text) {
    const auto& [yes, no] = words;
    if (text != yes && text != no && text != "both") {
      throw CLI::ValidationError(name, fmt::format("'{}' is not {}, {} or both", text, yes, no));
    }
    choice.clear();
    if (text != no) choice.push_back(true);
    if (text != yes) choice.push_back(false);
  };
  command.add_option_function<std::string>(name, parse, help)->type_name("KIND");
}

// How tables are stored and read.
void AddTables(CLI::App& command, SweepSpec& spec) {
  command
      .add_option_function<std::string>(
          "--table-bits", [&spec](const std::string& text) { spec.table_bits = ParseWidths(text); },
          "Bits of a table entry, one or more with commas [8 and what rounds\n"
          "nothing]")
      ->type_name("LIST");
  AddChoice(command, "--tables", spec.symmetric, {"half", "full"},
            "half (the sign from one bit of the index), full or both [both]");
  AddChoice(command, "--index", spec.bit_serial, {"serial", "parallel"},
            "serial (one plane per cycle), parallel (all bits of the weights) or\n"
            "both [both]");
}

void AddSpace(CLI::App& command, SweepSpec& spec) {
  command.add_option("--macs", spec.macs, "1-bit multiply-adds per cycle, M * N * K [512]")
      ->transform(WholeNumber(1, model::cost::kMaxMacs))
      ->type_name("N");
  AddParsed(command, "--a", spec.act, &ParseAct, "Activations: f16, f8, i16 or i8 [f16]")
      ->type_name("TYPE");
  command
      .add_option_function<std::string>(
          "--w", [&spec](const std::string& text) { spec.weight_bits = ParseWeightBits(text); },
          "Weights: i1 to i8, or t2, ternary as two planes [i1]")
      ->type_name("TYPE");
  AddTables(command, spec);
  command.add_option("--acc-bits", spec.acc_bits, "Bits of an accumulator [16]")
      ->transform(WholeNumber(8, 64))
      ->type_name("N");
  command.add_option("--max-k", spec.max_k, "Longest group of a table [8]")
      ->transform(WholeNumber(1, model::cost::kMaxTableGroup))
      ->type_name("N");
  command.add_flag("--precompute", spec.own_precompute,
                   "The array computes its tables itself [a separate operator does]");
  command
      .add_option("--register-file-bits", spec.extra.register_file_bits,
                  "Register file added for each array [0]")
      ->transform(RealNumber(0.0, 1e12))
      ->type_name("X");
}

void AddOutputs(CLI::App& command, DseOptions& options) {
  AddParsed(command, "--objective", options.spec.objective, &ParseObjective,
            "What is best: area, energy or product, per MAC [area]")
      ->type_name("NAME");
  command.add_option("--clock", options.clock_ghz, "Clock in GHz [the machine's, or 1]")
      ->transform(RealNumber(0.001, 100.0))
      ->type_name("GHZ");
  command
      .add_option("--machine", options.machines,
                  "Machine: a name in data/machines or a .json file. A sweep takes\n"
                  "clock and constants from it; may be repeated with --problem\n"
                  "[--problem: all in data/machines]")
      ->type_name("NAME|FILE")
      ->allow_extra_args(false);
  command.add_option("--top", options.top, "Points to show in the table [10]")
      ->transform(WholeNumber(0))
      ->type_name("N");
  command.add_option("--out", options.out, "Write PREFIX.json and PREFIX.csv")->type_name("PREFIX");
  command
      .add_option("--plot", options.plot,
                  "Draw area and energy of all points: .png, .svg or .pdf; needs\n"
                  "python3-matplotlib")
      ->type_name("IMAGE");
  command.add_flag("--force", options.force, "Replace files that exist");
}

void AddModes(CLI::App& command, DseOptions& options) {
  command
      .add_option("--problem", options.problem,
                  "Instead of a sweep: what machines need for this GEMM")
      ->type_name("MxNxK");
  command
      .add_option("--ternary", options.ternary,
                  "Instead of a sweep: ternary engines beside two planes, this GEMM")
      ->type_name("MxNxK");
  command.add_flag("--paper", options.paper,
                   "Instead of a sweep: published figures beside the model's");
}

// Free parameters of the ternary engine: what the paper's are is not known.
void AddEngine(CLI::App& command, TernarySpec& spec) {
  model::tlmm::Config& engine = spec.engine;
  AddParsed(command, "--planes", spec.shape, &ParseArrayShape,
            "--ternary: array for the two planes; engines get as many readers\n"
            "[m2n64k4]")
      ->type_name("SHAPE");
  const auto count = [&](const char* name, size_t& value, const char* help) {
    command.add_option(name, value, help)->transform(WholeNumber(0))->type_name("N");
  };
  count("--engine-tables", engine.tables, "--ternary: tables that are live at once [2]");
  count("--build-adders", engine.build_adders, "--ternary: adders that fill each table [1]");
  count("--fill-cycles", engine.fill_cycles, "--ternary: length of the adder pipeline [0]");
  count("--ports", engine.ports, "--ternary: words of weights per cycle; 0 = enough [0]");
  count("--word-bits", engine.word_bits, "--ternary: bits of such a word [72]");
  command.add_flag("--straddle", engine.straddle, "--ternary: indices may straddle words");
  count("--buffer-bytes", engine.buffer_bytes,
        "--ternary: buffer for weights; 0 = holds them all [0]");
  command
      .add_option("--dram-bytes-per-cycle", engine.dram_bytes_per_cycle,
                  "--ternary: at which weights beyond the buffer arrive; 0 = no wait\n"
                  "[0]")
      ->transform(RealNumber(0.0, 1e12))
      ->type_name("X");
}

void Declare(CLI::App& command, DseOptions& options) {
  options.command = &command;
  AddModes(command, options);
  AddSpace(command, options.spec);
  AddOutputs(command, options);
  AddEngine(command, options.ternary_spec);
  AddJson(command, options.json);
}

}  // namespace

void AddDse(CLI::App& app, Context& context) {
  AddSubcommand<DseOptions>(app, context, kTexts, &Declare, &RunDse);
}

}  // namespace lutgemm::tools
