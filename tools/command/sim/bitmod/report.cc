#include "tools/command/sim/bitmod/report.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools::bitmod {
namespace {

// A published figure, or "-".
std::string Paper(double value, const char* mark = "") {
  return value > 0.0 ? NumberText(value) + mark : "-";
}
Json PaperJson(auto value) { return value > 0 ? Json(value) : Json(); }

double Milliseconds(const DtypeRun& run, const accel::Cost& cost) {
  return static_cast<double>(cost.cycles) / run.machine.clock_ghz * 1e-6;
}

void PrintRuns(const Report& report) {
  Table table({"dtype", "<array", "<phase", "bits", "compute", "cycles", "paper", "ms", "<bound by",
               "on chip uJ", "paper", "total uJ", "paper"});
  for (const DtypeRun& run : report.runs) {
    for (const PhaseRun& phase : run.phases) {
      const accel::Cost& cost = phase.cost;
      const accel::PublishedRun none{}, &paper = phase.paper != nullptr ? *phase.paper : none;
      table.Add({std::string(run.dtype.name), std::string(run.machine.name),
                 std::string(Name(phase.pass.phase)), fmt::format("{:g}", phase.pass.weight_bits),
                 fmt::format("{}", cost.compute_cycles), fmt::format("{}", cost.cycles),
                 Paper(static_cast<double>(paper.cycles), paper.other_bits != 0.0 ? "*" : ""),
                 NumberText(Milliseconds(run, cost)),
                 cost.dram_cycles > cost.compute_cycles ? "DRAM" : "PEs",
                 NumberText(cost.on_chip_uj()), Paper(paper.on_chip_uj),
                 NumberText(cost.total_uj()), Paper(paper.total_uj)});
    }
  }
  table.Print();
}

void PrintGains(const Report& report, size_t decode_tokens) {
  const auto ratio = [](double value) {
    return value > 0.0 ? NumberText(value, 3) + "x" : std::string("-");
  };
  fmt::print("\nGains of dtype over another: prefill alone, and prefill with {} decoded tokens\n",
             decode_tokens);
  Table table({"dtype", "<over", "speed: prefill", "paper", "generate", "paper", "energy: prefill",
               "generate", "paper"});
  for (const Gain& gain : report.gains) {
    const accel::Headline none{}, &paper = gain.paper != nullptr ? *gain.paper : none;
    table.Add({gain.dtype, gain.against, ratio(gain.prefill_speed), ratio(paper.discriminative),
               ratio(gain.generate_speed), ratio(paper.generative), ratio(gain.prefill_energy),
               ratio(gain.generate_energy), ratio(paper.energy)});
  }
  table.Print();
}

// What the array does in a cycle. The same in both phases, which only arrange the PEs differently.
struct ArrayFacts {
  uint64_t step_cycles;
  double macs_per_pe, macs, mm2;
};

ArrayFacts FactsOf(const DtypeRun& run) {
  const accel::PeGrid& grid = run.machine.prefill;
  const uint64_t step = accel::StepCycles(run.machine, run.prefill().pass.weight_bits);
  const double pes = static_cast<double>(grid.outputs * grid.tokens);
  const double rate = static_cast<double>(run.machine.lanes) / static_cast<double>(step);
  return {step, rate, rate * pes, pes * run.machine.pe_um2 * 1e-6};
}

void PrintArrays(const Report& report) {
  fmt::print("\nArrays: every PE multiplies its lanes' weights in a step\n");
  Table table({"dtype", "<array", "lanes", "cycles/step", "MAC/cycle/PE", "PEs", "MAC/cycle",
               "PEs mm2", "<weights"});
  for (const DtypeRun& run : report.runs) {
    const ArrayFacts facts = FactsOf(run);
    table.Add({std::string(run.dtype.name), std::string(run.machine.name),
               fmt::format("{}", run.machine.lanes), fmt::format("{}", facts.step_cycles),
               NumberText(facts.macs_per_pe), NumberText(facts.macs / facts.macs_per_pe),
               NumberText(facts.macs), NumberText(facts.mm2), std::string(run.dtype.what)});
  }
  table.Print();
}

Json RunJson(const DtypeRun& run, const PhaseRun& phase) {
  const accel::Cost& cost = phase.cost;
  const ArrayFacts facts = FactsOf(run);
  Json paper;
  if (phase.paper != nullptr) {
    const accel::PublishedRun& figures = *phase.paper;
    paper = {{"bits_per_weight", figures.weight_bits},
             {"compute_cycles", PaperJson(figures.compute_cycles)},
             {"cycles", figures.cycles},
             {"on_chip_uj", PaperJson(figures.on_chip_uj)},
             {"total_uj", PaperJson(figures.total_uj)}};
  }
  return {{"dtype", run.dtype.name},
          {"array", run.machine.name},
          {"phase", Name(phase.pass.phase)},
          {"bits_per_weight", phase.pass.weight_bits},
          {"step_cycles", facts.step_cycles},
          {"macs_per_cycle", facts.macs},
          {"pe_array_mm2", facts.mm2},
          {"compute_cycles", cost.compute_cycles},
          {"dram_cycles", cost.dram_cycles},
          {"cycles", cost.cycles},
          {"milliseconds", Milliseconds(run, cost)},
          {"dram_bytes", cost.dram_bytes},
          {"pe_uj", cost.pe_uj},
          {"sram_uj", cost.sram_uj},
          {"dram_uj", cost.dram_uj},
          {"on_chip_uj", cost.on_chip_uj()},
          {"total_uj", cost.total_uj()},
          {"paper", std::move(paper)}};
}

Json GainJson(const Gain& gain) {
  Json paper;
  if (gain.paper != nullptr) {
    paper = {{"prefill_speed", gain.paper->discriminative},
             {"generate_speed", gain.paper->generative},
             {"energy", gain.paper->energy}};
  }
  return {{"dtype", gain.dtype},
          {"over", gain.against},
          {"prefill_speed", gain.prefill_speed},
          {"generate_speed", gain.generate_speed},
          {"prefill_energy", gain.prefill_energy},
          {"generate_energy", gain.generate_energy},
          {"paper", std::move(paper)}};
}

}  // namespace

Json ReportJson(const Settings& settings, const Report& report) {
  Json runs = Json::array(), gains = Json::array();
  for (const DtypeRun& run : report.runs) {
    for (const PhaseRun& phase : run.phases) runs.push_back(RunJson(run, phase));
  }
  for (const Gain& gain : report.gains) gains.push_back(GainJson(gain));
  return {{"model", report.model.name},
          {"context", settings.context},
          {"decode_tokens", settings.decode_tokens},
          {"attention", Name(report.attention)},
          {"selectors", settings.selectors},
          {"set", settings.set},
          {"runs", std::move(runs)},
          {"gains", std::move(gains)},
          {"notes", Notes(report)}};
}

void PrintReport(const Settings& settings, const Report& report) {
  const accel::LanguageModel& model = report.model;
  fmt::print(
      "model    {}: {} layers, hidden {}, vocabulary {}; batch 1, context {}, {} attention\n",
      model.name, model.layers, model.hidden, model.vocabulary, settings.context,
      Name(report.attention));
  for (const std::string& item : settings.set) fmt::print("set      {}\n", item);
  fmt::print("\n");
  PrintRuns(report);
  PrintArrays(report);
  if (!report.gains.empty()) PrintGains(report, settings.decode_tokens);
  fmt::print("\n");
  for (const std::string& note : Notes(report)) fmt::print("{}\n", note);
}

}  // namespace lutgemm::tools::bitmod
