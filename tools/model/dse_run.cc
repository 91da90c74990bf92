#include "tools/model/dse_run.h"

#include "tools/commands.h"
#include "tools/model/dse_files.h"
#include "tools/model/dse_report.h"
#include "tools/model/machine_file.h"
#include "tools/model/machine_report.h"
#include "tools/model/paper_report.h"
#include "tools/model/ternary_report.h"
#include "tools/output_file.h"

#include <fmt/core.h>

#include <filesystem>
#include <optional>
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

// The files that a sweep writes, made before any is written.
struct Outputs {
  std::optional<OutputFile> json, csv, plot;
  std::string plotter, plot_kind;
};

// Names of the files, "" for none.
struct OutputNames {
  std::string json, csv, plot;
};

Result<OutputNames> NameOutputs(const DseOptions& options) {
  OutputNames names{{}, {}, options.plot};
  if (!options.out.empty()) {
    const std::string last = std::filesystem::path(options.out).filename().string();
    if (last.empty() || last == "." || last == "..") {
      return Status(Code::kBadArgument, fmt::format("--out {}: names a folder; give the files a "
                                                    "name too, as {}/sweep",
                                                    options.out, options.out));
    }
    names.json = options.out + ".json";
    names.csv = options.out + ".csv";
  }
  std::vector<std::string> inputs;
  for (const std::string& machine : options.machines) inputs.push_back(MachinePath(machine));
  for (const std::string& path : {names.json, names.csv, names.plot}) {
    if (Status status = CheckNotInput(path, inputs); !status.ok()) return status;
  }
  Status apart = CheckApart(
      {{"--out (.json)", names.json}, {"--out (.csv)", names.csv}, {"--plot", names.plot}});
  if (!apart.ok()) return apart;
  return names;
}

Result<Outputs> OpenOutputs(const DseOptions& options) {
  const Result<OutputNames> names = NameOutputs(options);
  if (!names.ok()) return names.status();
  Outputs outputs;
  Status status;
  if (!options.plot.empty()) {
    outputs.plot_kind = options.plot.substr(options.plot.rfind('.') + 1);
    const std::string& kind = outputs.plot_kind;
    if (kind != "png" && kind != "svg" && kind != "pdf") {
      return Status(
          Code::kBadArgument,
          fmt::format("--plot {}: the name must end in .png, .svg or .pdf", options.plot));
    }
    status = OpenIfNamed(names->plot, options.force, outputs.plot);
  }
  if (status.ok()) status = OpenIfNamed(names->json, options.force, outputs.json);
  if (status.ok()) status = OpenIfNamed(names->csv, options.force, outputs.csv);
  if (!status.ok()) return status;
  return outputs;
}

Status WriteFiles(Outputs& outputs, const Json& report, const Sweep& sweep) {
  const std::string json = report.dump(2) + "\n";
  Status status;
  if (outputs.json) status = outputs.json->Finish(json);
  if (status.ok() && outputs.csv) status = outputs.csv->Finish(SweepCsv(sweep));
  if (!status.ok() || !outputs.plot) return status;
  const Result<std::string> image = PlotSweep(outputs.plotter, json, outputs.plot_kind);
  return image.ok() ? outputs.plot->Finish(*image) : image.status();
}

}  // namespace

int RunDseSweep(const DseOptions& options) {
  SweepSpec spec = options.spec;
  if (const Status status = ApplyMachine(options, spec); !status.ok()) return Refuse(status);
  const Result<Sweep> sweep = RunSweep(spec);
  if (!sweep.ok()) return Refuse(sweep.status());
  const Result<std::vector<Point>> units = CompareUnits(spec);
  if (!units.ok()) return Refuse(units.status());
  Result<Outputs> outputs = OpenOutputs(options);
  if (!outputs.ok()) return OutputFailed(outputs.status());
  if (outputs->plot) {
    Result<std::string> found = FindPlotter();
    if (!found.ok()) return CheckFailed(found.status().text());
    outputs->plotter = *std::move(found);
  }
  const Json report = SweepJson(spec, *sweep, *units);
  const Status written = WriteFiles(*outputs, report, *sweep);
  if (!written.ok()) return OutputFailed(written);
  if (options.json) {
    PrintJson(report);
  } else {
    PrintSweep(spec, *sweep, *units, options.top);
  }
  return kExitOk;
}

int RunDseProblem(const DseOptions& options) {
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

int RunDseTernary(const DseOptions& options) {
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

int RunDsePaper(const DseOptions& options) {
  if (options.json) {
    PrintJson(PaperJson());
  } else {
    PrintPaper();
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
