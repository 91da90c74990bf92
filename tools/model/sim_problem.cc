// A product, random or of files: compiled, run, and compared with the oracle.
#include "tools/model/sim_problem.h"
#include "tools/commands.h"
#include "tools/model/files.h"
#include "tools/model/sim_cost.h"
#include "tools/model/sim_emit.h"
#include "tools/output_file.h"

#include "base/checksum.h"

#include <fmt/core.h>

#include <chrono>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;
namespace lower = model::lower;

struct Outcome {
  std::string digest;
  Checked checked;
  double seconds = 0.0;
  SimCost cost;
  std::optional<double> library;  // NMSE against the library's plan, of products of files
  std::string memory_digest;      // of global memory at the end
};

// Multiply-accumulates of bits that the problem needs, per those that the array could have done.
double Utilisation(const ProblemSetup& setup, uint64_t array_cycles) {
  const double planes = CodeBits(setup.info.format);
  const double useful = double(setup.spec.m) * double(setup.info.n) * double(setup.info.k) * planes;
  const double possible =
      double(setup.target.shape.m * setup.target.shape.n * setup.target.shape.k);
  return useful / (double(array_cycles) * possible);
}

Json ToJson(const SimOptions& options, const ProblemSetup& setup,
            const lower::Simulation& simulation, const Outcome& outcome) {
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

void Print(const SimOptions& options, const ProblemSetup& setup,
           const lower::Simulation& simulation, const Outcome& outcome) {
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

// Weights, activations and their row scales [m][groups].
struct Operands {
  QuantizedMatrix matrix;
  SimActs acts;
  std::vector<float> row_scales;
};

Result<Operands> MakeOperands(const SimOptions& options, const ProblemSetup& setup,
                              const SimTensors* tensors) {
  Operands operands;
  if (tensors == nullptr) {
    Random random(options.seed);
    operands.matrix = RandomMatrix(setup.info, random);
    operands.acts = MakeSimActs(setup.spec.act, setup.spec.m * setup.info.k, random);
    return operands;
  }
  Result<QuantizedMatrix> matrix = Unpack(tensors->weights);
  if (!matrix.ok()) return matrix.status();
  Result<SimActs> acts = StoreActsAs(setup.spec.act, *tensors);
  if (!acts.ok()) return acts.status();
  operands.matrix = *std::move(matrix);
  operands.acts = *std::move(acts);
  for (const float scale : operands.acts.row_scales) {
    operands.row_scales.insert(operands.row_scales.end(), setup.info.groups(), scale);
  }
  return operands;
}

int RunProduct(const SimOptions& options, const ProblemSetup& setup, const SimTensors* tensors) {
  using Clock = std::chrono::steady_clock;
  Result<lower::CompiledGemm> gemm = lower::CompileGemm(setup.spec, setup.info, setup.target);
  if (!gemm.ok()) return OptionsFailed(gemm.status());
  const Result<Operands> operands = MakeOperands(options, setup, tensors);
  if (!operands.ok()) return OptionsFailed(operands.status());
  const SimActs& acts = operands->acts;
  Result<lower::Simulation> simulation =
      lower::Simulation::Make(*std::move(gemm), operands->matrix, MachineOptions(options));
  if (!simulation.ok()) return OptionsFailed(simulation.status());
  simulation->PutActs(acts.bytes.data(), operands->row_scales);
  if (Status status = Emit(options, setup, *simulation); !status.ok()) return OutputFailed(status);
  const auto start = Clock::now();
  const auto out = simulation->Run(acts.bytes.data(), operands->row_scales);
  if (!out.ok()) return CheckFailed(out.status().text());
  Outcome outcome;
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  outcome.digest = HexText(base::Checksum(std::as_bytes(std::span(*out))));
  outcome.memory_digest = HexText(base::Checksum(simulation->memory()));
  Result<SimCost> cost = PriceSimulation(options.machine, setup.target, setup.spec, setup.info,
                                         simulation->counters());
  if (!cost.ok()) return FileFailed(cost.status());
  outcome.cost = *std::move(cost);
  outcome.checked = CheckOutputs(options, setup, operands->matrix, acts, *out);
  if (tensors != nullptr && setup.spec.out == isa::SumType::kF32) {
    const Result<double> nmse = NmseAgainstLibrary(*tensors, *out);
    if (!nmse.ok()) return OptionsFailed(nmse.status());
    outcome.library = *nmse;
  }
  if (options.json) {
    PrintJson(ToJson(options, setup, *simulation, outcome));
  } else {
    Print(options, setup, *simulation, outcome);
    PrintEmitted(options, *simulation);
  }
  return outcome.checked.match ? kExitOk : kExitFailed;
}

}  // namespace

int SimulateProblem(const SimOptions& options) {
  std::optional<SimTensors> tensors;
  if (!options.weights_file.empty()) {
    Result<SimTensors> read = ReadTensors(options.weights_file, options.act);
    if (!read.ok()) return FileFailed(read.status());
    tensors = *std::move(read);
  }
  const SimTensors* const given = tensors ? &*tensors : nullptr;
  Result<ProblemSetup> setup = MakeSetup(options, given);
  if (!setup.ok()) return OptionsFailed(setup.status());
  const Result<model::Array> target = ReadTarget(options.machine);
  if (!target.ok()) return TargetFailed(options.machine, target.status());
  setup->target = *target;
  return RunProduct(options, *setup, given);
}

}  // namespace lutgemm::tools
