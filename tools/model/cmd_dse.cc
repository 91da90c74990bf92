// lutgemm dse: which array of lookup units is best, and what a machine of them would do.
#include "tools/commands.h"
#include "tools/model/dse_files.h"
#include "tools/model/dse_report.h"
#include "tools/model/machine_file.h"
#include "tools/model/paper_report.h"
#include "tools/model/ternary_report.h"
#include "tools/options.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace lutgemm::tools {
namespace {

using namespace model::cost;

constexpr char kFooter[] =
    "\nWithout --problem, --ternary or --paper: sweeps all arrays of --macs 1-bit multiply-adds "
    "over\n"
    "shape, width of table entries, half or full tables, and index (one plane of the weights per\n"
    "cycle, or all bits at once), and shows the best, the front of area and energy, the terms of\n"
    "the best, and MAC, ADD, conventional and LUT tensor core units side by side.\n"
    "docs/model-cost.md explains the model; figures are ours unless they say 'paper'.\n\n"
    "Examples:\n"
    "  lutgemm dse --macs 512 --a f16 --w i1\n"
    "  lutgemm dse --a i8 --w i2 --objective energy --out sweep --plot sweep.png\n"
    "  lutgemm dse --problem 2048x27648x5120 --w i2 --machine a100-lut-4x --machine a100-int8\n"
    "  lutgemm dse --ternary 16x1536x4096\n"
    "  lutgemm dse --paper";

// Options that only a sweep reads.
constexpr const char* kSweepOnly[] = {"--macs",      "--a",          "--table-bits",
                                      "--tables",    "--index",      "--acc-bits",
                                      "--max-k",     "--precompute", "--register-file-bits",
                                      "--objective", "--clock",      "--top",
                                      "--out",       "--plot",       "--force"};

struct DseOptions {
  SweepSpec spec;
  std::optional<double> clock_ghz;
  std::vector<std::string> machines;
  std::string problem, ternary;
  size_t top = 10;
  std::string out, plot;
  bool paper = false, force = false, json = false;
};

// i1 to i8, or t2: ternary as two planes of equal weight.
unsigned ParseWeightBits(const std::string& text) {
  if (text == "t2") return 2;
  if (text.size() == 2 && text[0] == 'i' && text[1] >= '1' && text[1] <= '8') {
    return static_cast<unsigned>(text[1] - '0');
  }
  throw CLI::ValidationError("--w", fmt::format("'{}' is not i1 to i8 or t2 (ternary)", text));
}

// `text` as one of two words or "both"; first and second say whether each is meant.
std::vector<bool> ParseChoice(const std::string& option, const std::string& text,
                              const std::string& yes, const std::string& no) {
  if (text == yes) return {true};
  if (text == no) return {false};
  if (text == "both") return {true, false};
  throw CLI::ValidationError(option, fmt::format("'{}' is not {}, {} or both", text, yes, no));
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

// The sweep's clock and constants: of one machine, where one is named.
Status ApplyMachine(const DseOptions& options, SweepSpec& spec) {
  if (options.machines.size() > 1) {
    return {Code::kBadArgument, "a sweep takes its clock and constants from one --machine at most"};
  }
  if (!options.machines.empty()) {
    const Result<Machine> machine = LoadMachine(options.machines.front());
    if (!machine.ok()) return machine.status();
    spec.technology = machine->technology;
    spec.clock_ghz = machine->clock_mhz * 1e-3;
  }
  spec.clock_ghz = options.clock_ghz.value_or(spec.clock_ghz);
  return {};
}

int MachineFailed(const Status& status) {
  return status.code() == Code::kBadArgument || status.code() == Code::kNotFound
             ? UsageError(status.text())
             : FileFailed(status);
}

// What is wrong with the name of the plot, or nothing.
Status CheckPlot(const DseOptions& options) {
  const std::string& name = options.plot;
  if (!name.ends_with(".png") && !name.ends_with(".svg") && !name.ends_with(".pdf")) {
    return {Code::kBadArgument,
            fmt::format("--plot {}: the name must end in .png, .svg or .pdf", name)};
  }
  if (!options.force && std::filesystem::exists(name)) {
    return {Code::kExists, fmt::format("{} exists; --force replaces it", name)};
  }
  return {};
}

// Writes PREFIX.json and PREFIX.csv, then the plot.
Status WriteFiles(const DseOptions& options, const Json& report, const std::string& csv,
                  const std::string& plotter) {
  const std::string json = report.dump(2) + "\n";
  if (!options.out.empty()) {
    Status status = WriteTextFile(options.out + ".json", json, options.force);
    if (status.ok()) status = WriteTextFile(options.out + ".csv", csv, options.force);
    if (!status.ok()) return status;
  }
  if (options.plot.empty()) return {};
  return PlotSweep(plotter, json, options.plot);
}

int RunSweepCommand(const DseOptions& options) {
  SweepSpec spec = options.spec;
  if (const Status applied = ApplyMachine(options, spec); !applied.ok()) {
    return MachineFailed(applied);
  }
  const Result<Sweep> sweep = RunSweep(spec);
  if (!sweep.ok()) return OptionsFailed(sweep.status());
  const Result<std::vector<Point>> units = CompareUnits(spec);
  if (!units.ok()) return OptionsFailed(units.status());
  std::string plotter;
  if (!options.plot.empty()) {
    if (const Status named = CheckPlot(options); !named.ok()) {
      return named.code() == Code::kBadArgument ? UsageError(named.text()) : FileFailed(named);
    }
    const Result<std::string> found = FindPlotter();
    if (!found.ok()) return CheckFailed(found.status().text());
    plotter = *found;
  }
  const Json report = SweepJson(spec, *sweep, *units);
  const Status written = WriteFiles(options, report, SweepCsv(*sweep), plotter);
  if (!written.ok()) return FileFailed(written);
  if (options.json) {
    PrintJson(report);
  } else {
    PrintSweep(spec, *sweep, *units, options.top);
  }
  return kExitOk;
}

int RunProblem(const DseOptions& options) {
  const Result<GemmShape> gemm = ParseGemm(options.problem);
  if (!gemm.ok()) return OptionsFailed(gemm.status());
  const unsigned bits = options.spec.weight_bits;
  std::vector<MachineCost> rows;
  for (const std::string& name : options.machines.empty() ? MachineNames() : options.machines) {
    Result<Machine> machine = LoadMachine(name);
    if (!machine.ok()) return MachineFailed(machine.status());
    rows.push_back(
        {*machine, EstimateGemm(*gemm, *machine, bits), RooflineOf(*gemm, *machine, bits)});
  }
  if (!options.json) {
    PrintMachineCosts(*gemm, bits, rows);
    return kExitOk;
  }
  Json machines = Json::array();
  for (const MachineCost& row : rows) machines.push_back(MachineCostJson(row));
  PrintJson({{"source", "ours"},
             {"m", gemm->m},
             {"n", gemm->n},
             {"k", gemm->k},
             {"weight_bits", bits},
             {"machines", std::move(machines)}});
  return kExitOk;
}

int RunTernary(const DseOptions& options) {
  const Result<GemmShape> gemm = ParseGemm(options.ternary);
  if (!gemm.ok()) return OptionsFailed(gemm.status());
  const Result<std::vector<TernaryRow>> rows = CompareTernary(*gemm);
  if (!rows.ok()) return OptionsFailed(rows.status());
  if (options.json) {
    PrintJson(TernaryJson(*gemm, *rows));
  } else {
    PrintTernary(*gemm, *rows);
  }
  return kExitOk;
}

int RunPaper(const DseOptions& options) {
  if (options.json) {
    PrintJson(PaperJson());
  } else {
    PrintPaper();
  }
  return kExitOk;
}

int RunDse(const CLI::App& command, const DseOptions& options) {
  const bool problem = !options.problem.empty(), ternary = !options.ternary.empty();
  if (problem + ternary + options.paper > 1) {
    return UsageError("--problem, --ternary and --paper exclude each other");
  }
  if (!problem && !ternary && !options.paper) return RunSweepCommand(options);
  for (const char* name : kSweepOnly) {
    if (command.count(name) > 0) {
      return UsageError(
          fmt::format("{} belongs to a sweep, without --problem, --ternary or "
                      "--paper",
                      name));
    }
  }
  for (const char* name : {"--w", "--machine"}) {
    if (!problem && command.count(name) > 0) {
      return UsageError(fmt::format("{} has no meaning with --ternary or --paper", name));
    }
  }
  if (problem) return RunProblem(options);
  return ternary ? RunTernary(options) : RunPaper(options);
}

void AddSpace(CLI::App& command, DseOptions& options) {
  SweepSpec& spec = options.spec;
  command.add_option("--macs", spec.macs, "1-bit multiply-adds per cycle, M * N * K [512]")
      ->type_name("N");
  AddParsed(command, "--a", spec.act, &ParseAct, "Activations: f16, f8, i16 or i8 [f16]")
      ->type_name("TYPE");
  command
      .add_option_function<std::string>(
          "--w", [&spec](const std::string& text) { spec.weight_bits = ParseWeightBits(text); },
          "Weights: i1 to i8, or t2, ternary as two planes [i1]")
      ->type_name("TYPE");
  command
      .add_option_function<std::string>(
          "--table-bits", [&spec](const std::string& text) { spec.table_bits = ParseWidths(text); },
          "Bits of a table entry, one or more with commas [8 and what rounds\n"
          "nothing]")
      ->type_name("LIST");
  command
      .add_option_function<std::string>(
          "--tables",
          [&spec](const std::string& text) {
            spec.symmetric = ParseChoice("--tables", text, "half", "full");
          },
          "half (the sign from one bit of the index), full or both [both]")
      ->type_name("KIND");
  command
      .add_option_function<std::string>(
          "--index",
          [&spec](const std::string& text) {
            spec.bit_serial = ParseChoice("--index", text, "serial", "parallel");
          },
          "serial (one plane per cycle), parallel (all bits of the weights) or\n"
          "both [both]")
      ->type_name("KIND");
  command.add_option("--acc-bits", spec.acc_bits, "Bits of an accumulator [16]")->type_name("N");
  command.add_option("--max-k", spec.max_k, "Longest group of a table, 1 to 8 [8]")->type_name("N");
  command.add_flag("--precompute", spec.own_precompute,
                   "The array computes its tables itself [a separate operator does]");
  command
      .add_option("--register-file-bits", spec.extra.register_file_bits,
                  "Register file added for each array [0]")
      ->check(CLI::Range(0.0, 1e12))
      ->type_name("N");
}

void AddOutputs(CLI::App& command, DseOptions& options) {
  AddParsed(command, "--objective", options.spec.objective, &ParseObjective,
            "What is best: area, energy or product, per MAC [area]")
      ->type_name("NAME");
  command.add_option("--clock", options.clock_ghz, "Clock in GHz [the machine's, or 1]")
      ->check(CLI::Range(0.001, 100.0))
      ->type_name("GHZ");
  command
      .add_option("--machine", options.machines,
                  "Machine: a name in data/machines or a .json file. A sweep takes\n"
                  "clock and constants from it; may be repeated with --problem\n"
                  "[--problem: all in data/machines]")
      ->type_name("NAME|FILE")
      ->allow_extra_args(false);
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
  command.add_option("--top", options.top, "Points to show in the table [10]")->type_name("N");
  command.add_option("--out", options.out, "Write PREFIX.json and PREFIX.csv")->type_name("PREFIX");
  command
      .add_option("--plot", options.plot,
                  "Draw area and energy of all points: .png, .svg or .pdf; needs\n"
                  "python3-matplotlib")
      ->type_name("IMAGE");
  command.add_flag("--force", options.force, "Replace files that exist");
  AddJson(command, options.json);
}

}  // namespace

void AddDse(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("dse", "Explore arrays of lookup units: area, energy, time");
  auto options = std::make_shared<DseOptions>();
  AddSpace(*command, *options);
  AddOutputs(*command, *options);
  command->footer(kFooter);
  command->callback(
      [command, options, &context] { context.exit_code = RunDse(*command, *options); });
}

}  // namespace lutgemm::tools
