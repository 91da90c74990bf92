#include "tools/model/dse_run.h"

#include "tools/commands.h"
#include "tools/model/dse_files.h"
#include "tools/model/dse_report.h"
#include "tools/model/machine_file.h"
#include "tools/model/machine_report.h"
#include "tools/model/paper_report.h"
#include "tools/model/ternary_report.h"

#include <fmt/core.h>

#include <filesystem>
#include <system_error>

namespace lutgemm::tools {
namespace {

using model::cost::CheckTile;
using model::cost::CompareTernary;
using model::cost::CompareUnits;
using model::cost::EstimateGemm;
using model::cost::GemmShape;
using model::cost::Machine;
using model::cost::ParseGemm;
using model::cost::Point;
using model::cost::RooflineByTables;
using model::cost::RooflineOf;
using model::cost::RunSweep;
using model::cost::SmArea;
using model::cost::Sweep;
using model::cost::SweepSpec;
using model::cost::TernaryRow;
using model::cost::UseOf;

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

// Looks at what could keep files from being written, before any is.
Status CheckFiles(const DseOptions& options) {
  const std::string& plot = options.plot;
  if (!plot.empty() && !plot.ends_with(".png") && !plot.ends_with(".svg") &&
      !plot.ends_with(".pdf")) {
    return {Code::kBadArgument,
            fmt::format("--plot {}: the name must end in .png, .svg or .pdf", plot)};
  }
  std::vector<std::string> files;
  if (!plot.empty()) files.push_back(plot);
  if (!options.out.empty())
    files.insert(files.end(), {options.out + ".json", options.out + ".csv"});
  for (const std::string& file : files) {
    std::error_code ignored;  // a file that cannot be looked at cannot be written either
    if (options.force || !std::filesystem::exists(file, ignored)) continue;
    return {Code::kExists, fmt::format("{} exists; --force replaces it", file)};
  }
  return {};
}

Status WriteFiles(const DseOptions& options, const Json& report, const Sweep& sweep,
                  const std::string& plotter) {
  const std::string json = report.dump(2) + "\n";
  if (!options.out.empty()) {
    Status status = WriteTextFile(options.out + ".json", json, options.force);
    if (status.ok()) status = WriteTextFile(options.out + ".csv", SweepCsv(sweep), options.force);
    if (!status.ok()) return status;
  }
  return options.plot.empty() ? Status() : PlotSweep(plotter, json, options.plot);
}

}  // namespace

int RunDseSweep(const DseOptions& options) {
  SweepSpec spec = options.spec;
  if (const Status status = ApplyMachine(options, spec); !status.ok()) return Refuse(status);
  const Result<Sweep> sweep = RunSweep(spec);
  if (!sweep.ok()) return Refuse(sweep.status());
  const Result<std::vector<Point>> units = CompareUnits(spec);
  if (!units.ok()) return Refuse(units.status());
  if (const Status status = CheckFiles(options); !status.ok()) return Refuse(status);
  std::string plotter;
  if (!options.plot.empty()) {
    const Result<std::string> found = FindPlotter();
    if (!found.ok()) return CheckFailed(found.status().text());
    plotter = *found;
  }
  const Json report = SweepJson(spec, *sweep, *units);
  const Status written = WriteFiles(options, report, *sweep, plotter);
  if (!written.ok()) return FileFailed(written);
  if (options.json) {
    PrintJson(report);
  } else {
    PrintSweep(spec, *sweep, *units, options.top);
  }
  return kExitOk;
}

int RunDseProblem(const DseOptions& options) {
  const Result<GemmShape> gemm = ParseGemm(options.problem);
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

int RunDseTernary(const DseOptions& options) {
  const Result<GemmShape> gemm = ParseGemm(options.ternary);
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

int RunDsePaper(const DseOptions& options) {
  if (options.json) {
    PrintJson(PaperJson());
  } else {
    PrintPaper();
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
