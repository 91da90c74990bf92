#include "tools/command/dse/run.h"

#include "tools/command/common/machine_file.h"
#include "tools/command/common/machine_report.h"
#include "tools/command/common/output_file.h"
#include "tools/command/dse/outputs.h"
#include "tools/command/dse/paper.h"
#include "tools/command/dse/report.h"
#include "tools/command/dse/ternary.h"

#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

namespace lutgemm::tools {
namespace {

using model::Shape;
using model::cost::CheckTile;
using model::cost::CompareTernary;
using model::cost::CompareUnits;
using model::cost::EstimateGemm;
using model::cost::Machine;
using model::cost::ParseProduct;
using model::cost::Point;
using model::cost::RooflineByTables;
using model::cost::RooflineOf;
using model::cost::RunSweep;
using model::cost::SmArea;
using model::cost::Sweep;
using model::cost::SweepSpec;
using model::cost::TernaryRow;
using model::cost::UseOf;

// The four things that the command does, and which options belong to which.
enum ModeBit : unsigned { kSweep = 1, kProblem = 2, kTernary = 4, kPaper = 8 };
constexpr struct {
  const char* option;
  unsigned modes;
} kModes[] = {{"--macs", kSweep},
              {"--a", kSweep},
              {"--w", kSweep | kProblem},
              {"--table-bits", kSweep},
              {"--tables", kSweep},
              {"--index", kSweep},
              {"--acc-bits", kSweep},
              {"--max-k", kSweep},
              {"--precompute", kSweep},
              {"--register-file-bits", kSweep},
              {"--objective", kSweep},
              {"--clock", kSweep},
              {"--machine", kSweep | kProblem},
              {"--top", kSweep},
              {"--out", kSweep},
              {"--plot", kSweep},
              {"--force", kSweep},
              {"--planes", kTernary},
              {"--engine-tables", kTernary},
              {"--build-adders", kTernary},
              {"--fill-cycles", kTernary},
              {"--ports", kTernary},
              {"--word-bits", kTernary},
              {"--straddle", kTernary},
              {"--buffer-bytes", kTernary},
              {"--dram-bytes-per-cycle", kTernary}};

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

// What the command line got wrong is usage, what a file got wrong is input.
int Refuse(const Status& status) {
  const Code code = status.code();
  const bool usage =
      code == Code::kBadArgument || code == Code::kBadShape || code == Code::kNotFound;
  return usage ? UsageError(status.text()) : FileFailed(status);
}

int RunSweepMode(const DseOptions& options) {
  SweepSpec spec = options.spec;
  if (const Status status = ApplyMachine(options, spec); !status.ok()) return Refuse(status);
  const Result<Sweep> sweep = RunSweep(spec);
  if (!sweep.ok()) return Refuse(sweep.status());
  const Result<std::vector<Point>> units = CompareUnits(spec);
  if (!units.ok()) return Refuse(units.status());
  Result<SweepFiles> outputs = OpenSweepFiles(options);
  if (!outputs.ok()) return OutputFailed(outputs.status());
  if (Status status = FindPlotterOf(*outputs); !status.ok()) return CheckFailed(status.text());
  const Json report = SweepJson(spec, *sweep, *units);
  const Status written = WriteSweepFiles(*outputs, report, *sweep);
  if (!written.ok()) return OutputFailed(written);
  if (options.json) {
    PrintJson(report);
  } else {
    PrintSweep(spec, *sweep, *units, options.top);
  }
  return kExitOk;
}

int RunProblemMode(const DseOptions& options) {
  const Result<Shape> gemm = ParseProduct(options.problem);
  if (!gemm.ok()) return Refuse(gemm.status());
  const unsigned bits = options.spec.weight_bits;
  std::vector<MachineCost> rows;
  for (const std::string& name : options.machines.empty() ? MachineNames() : options.machines) {
    const Result<Machine> machine = LoadMachine(name);
    if (!machine.ok()) return Refuse(machine.status());
    // The command line may be as it should be: what cannot exist is what the machine's file says.
    const Status exists = CheckTile(*machine, bits);
    if (!exists.ok()) return FileFailed(exists);
    rows.push_back({*machine, EstimateGemm(*gemm, *machine, bits),
                    RooflineOf(*gemm, *machine, bits), RooflineByTables(*gemm, *machine, bits),
                    SmArea(*machine, bits), UseOf(*machine, bits)});
  }
  if (options.json) {
    PrintJson(MachineCostsJson(*gemm, bits, rows));
  } else {
    PrintMachineCosts(*gemm, bits, rows);
  }
  return kExitOk;
}

int RunTernaryMode(const DseOptions& options) {
  const Result<Shape> gemm = ParseProduct(options.ternary);
  if (!gemm.ok()) return Refuse(gemm.status());
  const Result<std::vector<TernaryRow>> rows = CompareTernary(*gemm, options.ternary_spec);
  if (!rows.ok()) return Refuse(rows.status());
  if (options.json) {
    PrintJson(TernaryJson(*gemm, *rows));
  } else {
    PrintTernary(*gemm, *rows);
  }
  return kExitOk;
}

int RunPaperMode(const DseOptions& options) {
  if (options.json) {
    PrintJson(PaperJson());
  } else {
    PrintPaper();
  }
  return kExitOk;
}

}  // namespace

int RunDse(const DseOptions& options) {
  const unsigned given = (options.problem.empty() ? 0u : kProblem) |
                         (options.ternary.empty() ? 0u : kTernary) | (options.paper ? kPaper : 0u);
  const unsigned mode = given == 0 ? kSweep : given;
  if ((mode & (mode - 1)) != 0) {
    return UsageError("--problem, --ternary and --paper exclude each other");
  }
  for (const auto& row : kModes) {
    if ((row.modes & mode) != 0 || options.command->count(row.option) == 0) continue;
    return UsageError(fmt::format("{} has no effect {}", row.option,
                                  mode == kSweep     ? "on a sweep"
                                  : mode == kProblem ? "with --problem"
                                  : mode == kTernary ? "with --ternary"
                                                     : "with --paper"));
  }
  if (mode == kSweep) return RunSweepMode(options);
  if (mode == kProblem) return RunProblemMode(options);
  return mode == kTernary ? RunTernaryMode(options) : RunPaperMode(options);
}

}  // namespace lutgemm::tools
