#include "tools/command/sim/bitmod/run.h"

#include "tools/command/sim/bitmod/report.h"

#include "tools/console/options.h"

#include <set>
#include <string_view>
#include <utility>

namespace lutgemm::tools::bitmod {
namespace {

using accel::Phase;

// The dtypes asked for, in the order of the list.
Result<std::vector<accel::Dtype>> Chosen(const std::string& list) {
  std::vector<accel::Dtype> chosen;
  if (list == "all") {
    const auto all = accel::Dtypes();
    return std::vector<accel::Dtype>(all.begin(), all.end());
  }
  for (const std::string& name : SplitList(list)) {
    const Result<accel::Dtype> dtype = accel::FindDtype(name);
    if (!dtype.ok()) return dtype.status();
    chosen.push_back(*dtype);
  }
  return chosen;
}

// Sets those of `set` that speak of `parameters`: by name, or by "owner.name".
Status SetAll(const std::vector<std::string>& set, std::string_view owner,
              const std::vector<accel::Parameter>& parameters) {
  for (const std::string& item : set) {
    const size_t equals = item.find('=');
    std::string_view key = std::string_view(item).substr(0, equals);
    if (key.starts_with(owner) && key.substr(owner.size()).starts_with('.')) {
      key.remove_prefix(owner.size() + 1);
    }
    Status status = accel::SetParameter(parameters, key, item.substr(equals + 1));
    if (!status.ok() && status.code() != Code::kNotFound) return status;
  }
  return {};
}

// Whether every KEY=VALUE sets a parameter of the model, of every array or of one.
Status CheckSet(const std::vector<std::string>& set) {
  std::set<std::string> keys;
  std::string names;
  const auto add = [&](const std::vector<accel::Parameter>& parameters, std::string_view owner) {
    for (const accel::Parameter& parameter : parameters) {
      if (keys.emplace(parameter.name).second) names += " " + std::string(parameter.name);
      if (!owner.empty()) keys.insert(std::string(owner) + "." + std::string(parameter.name));
    }
  };
  accel::LanguageModel model = accel::Models()[0];
  add(accel::ParametersOf(model), "");
  for (accel::Accelerator array : accel::Accelerators()) {
    add(accel::ParametersOf(array), array.name);
  }
  for (const std::string& item : set) {
    if (item.find('=') == item.npos || !keys.contains(item.substr(0, item.find('=')))) {
      return {Code::kBadArgument, "--set " + item + ": not KEY=VALUE with a KEY of" + names +
                                      ", the latter also as fp16., bitmod., ant. or olive.KEY"};
    }
  }
  for (accel::Accelerator array : accel::Accelerators()) {
    Status status = SetAll(set, array.name, accel::ParametersOf(array));
    if (!status.ok()) return status;
  }
  return {};
}

Result<DtypeRun> RunDtype(const Settings& settings, const Report& report,
                          const accel::Dtype& dtype) {
  DtypeRun run{dtype, *dtype.accelerator, {}};
  const auto parameters = accel::ParametersOf(run.machine);
  if (Status status = SetAll(settings.set, run.machine.name, parameters); !status.ok()) {
    return status;
  }
  for (size_t i = 0; i < kPhases.size(); ++i) {
    PhaseRun& phase = run.phases[i];
    phase.pass = {kPhases[i], settings.context, report.attention,
                  accel::WeightBits(dtype, report.model, kPhases[i], settings.selectors)};
    const Result<accel::Cost> cost = accel::Simulate(run.machine, report.model, phase.pass);
    if (!cost.ok()) return cost.status();
    phase.cost = *cost;
    if (!settings.set.empty()) continue;  // not as published
    phase.paper = accel::FindPublished(run.machine.name, report.model, phase.pass);
  }
  return run;
}

Gain GainOf(const DtypeRun& run, const DtypeRun& against, size_t decode_tokens) {
  return {std::string(run.dtype.name),
          std::string(against.dtype.name),
          against.Cycles(0) / run.Cycles(0),
          against.Cycles(decode_tokens) / run.Cycles(decode_tokens),
          against.Energy(0) / run.Energy(0),
          against.Energy(decode_tokens) / run.Energy(decode_tokens),
          accel::FindHeadline(run.dtype.name, against.dtype.name)};
}

}  // namespace

double DtypeRun::Cycles(size_t decode_tokens) const {
  return static_cast<double>(prefill().cost.cycles) +
         static_cast<double>(decode_tokens) * static_cast<double>(decode().cost.cycles);
}

double DtypeRun::Energy(size_t decode_tokens) const {
  return prefill().cost.total_uj() + static_cast<double>(decode_tokens) * decode().cost.total_uj();
}

Result<Report> Run(const Settings& settings) {
  Result<accel::LanguageModel> model = accel::FindModel(settings.model);
  if (!model.ok()) return model.status();
  if (Status status = CheckSet(settings.set); !status.ok()) return status;
  const auto parameters = accel::ParametersOf(*model);
  if (Status status = SetAll(settings.set, "", parameters); !status.ok()) return status;
  const Result<accel::Attention> attention = accel::ParseAttention(settings.attention);
  if (!attention.ok()) return attention.status();
  const Result<std::vector<accel::Dtype>> chosen = Chosen(settings.dtypes);
  if (!chosen.ok()) return chosen.status();
  Report report{*model, *attention, {}, {}};
  for (const accel::Dtype& dtype : *chosen) {
    Result<DtypeRun> run = RunDtype(settings, report, dtype);
    if (!run.ok()) return run.status();
    report.runs.push_back(*std::move(run));
  }
  for (const char* name : {"fp16", "ant", "olive"}) {
    const Result<accel::Dtype> dtype = accel::FindDtype(name);
    if (!dtype.ok()) return dtype.status();
    const Result<DtypeRun> against = RunDtype(settings, report, *dtype);
    if (!against.ok()) return against.status();
    for (const DtypeRun& run : report.runs) {
      const bool ours = run.machine.name == "bitmod";
      const bool baseline = dtype->name == "fp16" && run.dtype.name != "fp16";
      if (ours || baseline) report.gains.push_back(GainOf(run, *against, settings.decode_tokens));
    }
  }
  return report;
}

std::vector<std::string> Notes(const Report& report) {
  bool any = false, olive = false;
  for (const DtypeRun& run : report.runs) {
    for (const PhaseRun& phase : run.phases) {
      if (phase.paper == nullptr) continue;
      any = true;
      olive = olive || phase.paper->other_bits != 0.0;
    }
  }
  std::vector<std::string> notes = {
      any ? "paper: cycles and energies of the authors' simulator, Llama 2 7B, batch 1, context 256"
          : "paper: no cycles are published for these dtypes and settings",
      "paper's gains are arithmetic means over six models (its figure says geometric), with 20 "
      "decoded tokens (its text says 256; then the authors' data give 2.61, 1.62 and 1.28)",
      "bits: scales counted, the 2-bit selector of a BitMoD group only with --selectors; the "
      "authors' figures leave it out",
      "on chip: PE constants are the authors', buffer constants ours, fitted to six published "
      "totals",
      "ant, olive: as the authors' simulator models them, at the bits that it gives each model",
      "ours and theirs: dequantisation and the drain of the array cost no cycles"};
  if (olive) {
    notes.emplace_back(
        "* olive decode: the paper's figure rests on 3.75 bits per weight, ours on "
        "the 4 of the authors' script");
  }
  if (report.attention == accel::Attention::kMerged) {
    notes.emplace_back(
        "merged attention: 16-bit operands, and in decode the new token's key only; "
        "--attention per-head counts all keys, as the authors' release of 2025");
  }
  return notes;
}

int RunAndReport(const Settings& settings) {
  const Result<Report> report = Run(settings);
  if (!report.ok()) return OptionsFailed(report.status());
  if (settings.json) {
    PrintJson(ReportJson(settings, *report));
  } else {
    PrintReport(settings, *report);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools::bitmod
