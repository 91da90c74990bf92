#include "tools/command/dse/outputs.h"

#include "tools/command/common/machine_file.h"
#include "tools/command/dse/plot.h"
#include "tools/command/dse/report.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>
#include <vector>

namespace lutgemm::tools {
namespace {

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

}  // namespace

Result<SweepFiles> OpenSweepFiles(const DseOptions& options) {
  const Result<OutputNames> names = NameOutputs(options);
  if (!names.ok()) return names.status();
  SweepFiles outputs;
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

Status FindPlotterOf(SweepFiles& files) {
  if (!files.plot) return {};
  Result<std::string> found = FindPlotter();
  if (!found.ok()) return found.status();
  files.plotter = *std::move(found);
  return {};
}

Status WriteSweepFiles(SweepFiles& outputs, const Json& report, const model::cost::Sweep& sweep) {
  const std::string json = report.dump(2) + "\n";
  Status status;
  if (outputs.json) status = outputs.json->Finish(json);
  if (status.ok() && outputs.csv) status = outputs.csv->Finish(SweepCsv(sweep));
  if (!status.ok() || !outputs.plot) return status;
  const Result<std::string> image = PlotSweep(outputs.plotter, json, outputs.plot_kind);
  return image.ok() ? outputs.plot->Finish(*image) : image.status();
}

}  // namespace lutgemm::tools
