// lutgemm sim bitmod: a language model on the BitMoD accelerator and on those it is compared with.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/sim/bitmod/run.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

using bitmod::DtypeRun;
using bitmod::Gain;
using bitmod::PhaseRun;
using bitmod::Report;
using bitmod::Settings;
namespace accel = model::accel;

constexpr char kFooter[] =
    "\nAccelerators of about one area: FP16 multiply-accumulate, the bit-serial BitMoD array, ANT "
    "and\n"
    "OliVe (HPCA 2025). 'paper' stands over published figures, everything else is our model's;\n"
    "notes below the tables say on what the published ones rest. docs/bitserial.md explains both.\n"
    "  dtypes  fp16 int8 int6 bitmod4 bitmod3 ant olive, and lossy = bitmod4 prefill, bitmod3 "
    "decode\n"
    "  models  llama2-7b llama2-13b llama3-8b\n"
    "--set takes numbers of the model (hidden intermediate layers heads kv_heads vocabulary "
    "ant_bits\n"
    "olive_bits) and of the arrays, all of them or one (as bitmod.pe_pj): lanes prefill.outputs\n"
    "prefill.tokens decode.outputs decode.tokens kv_bits weight_buffer_bytes input_buffer_bytes\n"
    "dram_bits_per_cycle clock_ghz pe_um2 pe_pj place_and_route dram_pj_per_bit sram_access_pj\n"
    "sram_read_pj_per_bit sram_write_pj_per_bit. Sizes are 1..2^32, other numbers 1e-12..1e12.\n\n"
    "Examples:\n"
    "  lutgemm sim bitmod --model llama2-7b\n"
    "  lutgemm sim bitmod --dtype lossy,int6 --context 2048 --decode 256 --attention per-head\n"
    "  lutgemm sim bitmod --dtype bitmod3 --selectors --json\n"
    "  lutgemm sim bitmod --set dram_bits_per_cycle=1024 --set bitmod.lanes=8";

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

Json ToJson(const Settings& settings, const Report& report) {
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

void Print(const Settings& settings, const Report& report) {
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

int RunSimBitmod(const Settings& settings, bool json) {
  const Result<Report> report = bitmod::Run(settings);
  if (!report.ok()) return OptionsFailed(report.status());
  if (json) {
    PrintJson(ToJson(settings, *report));
  } else {
    Print(settings, *report);
  }
  return kExitOk;
}

}  // namespace

void AddSimBitmod(CLI::App& sim, Context& context) {
  CLI::App* command = sim.add_subcommand(
      "bitmod", "A language model on the bit-serial BitMoD accelerator: cycles and energy");
  auto settings = std::make_shared<Settings>();
  auto json = std::make_shared<bool>(false);
  command->add_option("--model", settings->model, "Language model [llama2-7b]")->type_name("NAME");
  command->add_option("--dtype", settings->dtypes, "Comma-separated dtypes, or all [all]")
      ->type_name("LIST");
  command
      ->add_option("--context", settings->context,
                   "Tokens of the prefill, and those that a decoded token attends\nto [256]")
      ->type_name("N")
      ->transform(WholeNumber(1, accel::kMaxContext));
  command->add_option("--decode", settings->decode_tokens, "Decoded tokens after it [20]")
      ->type_name("N")
      ->transform(WholeNumber(0, accel::kMaxContext));
  command
      ->add_option("--attention", settings->attention,
                   "How attention is counted: merged or per-head [merged]")
      ->type_name("KIND");
  command->add_flag("--selectors", settings->selectors,
                    "Count the 2-bit selector of a BitMoD group too");
  command
      ->add_option("--set", settings->set, "A number of the model or the arrays; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  AddJson(*command, *json);
  command->footer(kFooter);
  command->callback(
      [settings, json, &context] { context.exit_code = RunSimBitmod(*settings, *json); });
}

}  // namespace lutgemm::tools
