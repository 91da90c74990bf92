#include "tools/command/sim/report.h"

#include "tools/command/common/simulator.h"
#include "tools/command/sim/emit.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;
namespace lower = model::lower;

// Multiply-accumulates of bits that the problem needs, per those that the array could have done.
double Utilisation(const ProblemSetup& setup, uint64_t array_cycles) {
  const double planes = CodeBits(setup.info.format);
  const double useful = double(setup.spec.m) * double(setup.info.n) * double(setup.info.k) * planes;
  const double possible =
      double(setup.target.shape.m * setup.target.shape.n * setup.target.shape.k);
  return useful / (double(array_cycles) * possible);
}

}  // namespace

Json SimJson(const SimOptions& options, const ProblemSetup& setup,
             const model::lower::Simulation& simulation, const SimOutcome& outcome) {
  const lower::CompiledGemm& gemm = simulation.gemm();
  const auto& c = simulation.counters();
  const bool scaled = setup.spec.out == isa::SumType::kF32;
  Json json = {
      {"problem", {{"m", setup.spec.m}, {"n", setup.info.n}, {"k", setup.info.k}}},
      {"format", Name(setup.info.format)},
      {"group", GroupJson(setup.info.group)},
      {"zero", Name(setup.info.zero)},
      {"machine", setup.target.name},
      {"shape",
       fmt::format("m{}n{}k{}", setup.target.shape.m, setup.target.shape.n, setup.target.shape.k)},
      {"mode", Name(options.mode)},
      {"exponent_quirk", MachineOptions(options).exponent_quirk},
      {"adder", AdderName(MachineOptions(options).adder)},
      {"act", isa::Name(setup.spec.act)},
      {"tables", isa::Name(setup.spec.table())},
      {"acc", isa::Name(setup.spec.acc)},
      {"out", isa::Name(setup.spec.out)},
      {"seed", options.weights_file.empty() ? Json(options.seed) : Json(nullptr)},
      {"weights", options.weights_file.empty() ? Json(nullptr) : Json(options.weights_file)},
      {"oracle_match", outcome.checked.match},
      {"checked_outputs", outcome.checked.outputs},
      {"nmse", scaled ? Json(outcome.checked.nmse) : Json(nullptr)},
      {"library_nmse", outcome.library ? Json(*outcome.library) : Json(nullptr)},
      {"digest", outcome.digest},
      {"memory_digest", outcome.memory_digest},
      {"memory_bytes", gemm.layout.total},
      {"array_cycles", c.array_cycles},
      {"fill_cycles", setup.target.fill_cycles},
      {"utilisation", Utilisation(setup, c.array_cycles)},
      {"tile",
       {{"m", gemm.tiling.rows * setup.target.shape.m},
        {"n", gemm.tiling.columns * setup.target.shape.n},
        {"k", gemm.tiling.chunk_steps * setup.target.shape.k},
        {"registers", gemm.tiling.registers},
        {"scratchpad_bytes", gemm.tiling.scratchpad_bytes}}},
      {"words", {{"precompute", gemm.precompute.size()}, {"lookup", gemm.lookup.size()}}}};
  json.update(CountersJson(c));
  json["cost"] = SimCostJson(outcome.cost);
  json["bound"] = json["cost"]["counted"]["bound"];
  json["energy_pj"] = json["cost"]["counted"]["energy_pj"];
  json["seconds"] = outcome.seconds;
  json["lookups_per_second"] = double(c.lookups) / outcome.seconds;
  return json;
}

void PrintSim(const SimOptions& options, const ProblemSetup& setup,
              const model::lower::Simulation& simulation, const SimOutcome& outcome) {
  const lower::CompiledGemm& gemm = simulation.gemm();
  const auto& c = simulation.counters();
  fmt::print(
      "problem    O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}, group {4}, {5}\n", setup.spec.m,
      setup.info.n, setup.info.k, Name(setup.info.format), GroupText(setup.info.group),
      options.weights_file.empty() ? fmt::format("seed {}", options.seed) : options.weights_file);
  fmt::print("machine    {}, mode {}, activations {}, tables {}, sums {}, outputs {}\n",
             setup.target.name, Name(options.mode), isa::Name(setup.spec.act),
             isa::Name(setup.spec.table()), isa::Name(setup.spec.acc), isa::Name(setup.spec.out));
  fmt::print("tile       {} x {} outputs, {} of K; {} registers, {} of scratchpad\n",
             gemm.tiling.rows * setup.target.shape.m, gemm.tiling.columns * setup.target.shape.n,
             gemm.tiling.chunk_steps * setup.target.shape.k, gemm.tiling.registers,
             BytesText(gemm.tiling.scratchpad_bytes));
  fmt::print("program    {} words for tables, {} for lookups\n", gemm.precompute.size(),
             gemm.lookup.size());
  fmt::print("result     digest {}, {} outputs compared: {}\n", outcome.digest,
             outcome.checked.outputs, outcome.checked.match ? "equal" : "DIFFERENT");
  if (setup.spec.out == isa::SumType::kF32) {
    fmt::print("error      NMSE {} against float64\n", ErrorText(outcome.checked.nmse));
  }
  if (outcome.library) {
    fmt::print("library    NMSE {} against its own plan of these weights\n",
               ErrorText(*outcome.library));
  }
  fmt::print("cycles     {} of one array, {} to fill it; {} % of its lookups are of use\n",
             c.array_cycles, setup.target.fill_cycles,
             NumberText(100 * Utilisation(setup, c.array_cycles)));
  PrintCounters(c);
  PrintSimCost(outcome.cost);
  fmt::print("simulated  in {} s, {} M lookups/s\n", NumberText(outcome.seconds),
             NumberText(double(c.lookups) / outcome.seconds / 1e6));
}

}  // namespace lutgemm::tools
