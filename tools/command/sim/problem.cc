// A product, random or of files: compiled, run, and compared with the oracle.
#include "tools/command/sim/problem.h"

#include "base/checksum.h"
#include "tools/command/common/output_file.h"
#include "tools/command/common/program.h"
#include "tools/command/common/simulator.h"
#include "tools/command/sim/emit.h"
#include "tools/command/sim/report.h"
#include "tools/command/sim/run.h"
#include "tools/measure/timing.h"

#include <chrono>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

namespace lower = model::lower;

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

struct Product {
  const SimOptions& options;
  const ProblemSetup& setup;
  const SimTensors* tensors;  // null for a random product
};

// Compiled, its weights in the machine's memory; it has not run.
Result<lower::Simulation> Prepare(const Product& product, const Operands& operands) {
  const ProblemSetup& setup = product.setup;
  Result<lower::CompiledGemm> gemm = lower::CompileGemm(setup.spec, setup.info, setup.target);
  if (!gemm.ok()) return gemm.status();
  Result<lower::Simulation> simulation =
      lower::Simulation::Make(*std::move(gemm), operands.matrix, MachineOptions(product.options));
  if (simulation.ok()) simulation->PutActs(operands.acts.bytes.data(), operands.row_scales);
  return simulation;
}

// What its outputs are worth: their digest, the oracle's word, and the library's error.
Status Judge(const Product& product, const Operands& operands, std::span<const uint32_t> out,
             SimOutcome& outcome) {
  outcome.digest = HexText(base::Checksum(std::as_bytes(out)));
  outcome.checked =
      CheckOutputs(product.options, product.setup, operands.matrix, operands.acts, out);
  if (product.tensors == nullptr || product.setup.spec.out != model::isa::SumType::kF32) return {};
  const Result<double> nmse = NmseAgainstLibrary(*product.tensors, out);
  if (!nmse.ok()) return nmse.status();
  outcome.library = *nmse;
  return {};
}

int RunProduct(const Product& product) {
  const auto& [options, setup, tensors] = product;
  const Result<Operands> operands = MakeOperands(options, setup, tensors);
  if (!operands.ok()) return OptionsFailed(operands.status());
  Result<lower::Simulation> simulation = Prepare(product, *operands);
  if (!simulation.ok()) return OptionsFailed(simulation.status());
  if (Status status = Emit(options, setup, *simulation); !status.ok()) return OutputFailed(status);
  const auto start = std::chrono::steady_clock::now();
  const auto out = simulation->Run(operands->acts.bytes.data(), operands->row_scales);
  if (!out.ok()) return CheckFailed(out.status().text());
  SimOutcome outcome;
  outcome.seconds = SecondsSince(start);
  outcome.memory_digest = HexText(base::Checksum(simulation->memory()));
  Result<SimCost> cost = PriceSimulation(options.machine, setup.target, setup.spec, setup.info,
                                         simulation->counters());
  if (!cost.ok()) return FileFailed(cost.status());
  outcome.cost = *std::move(cost);
  const Status judged = Judge(product, *operands, *out, outcome);
  if (!judged.ok()) return OptionsFailed(judged);
  if (options.json) {
    PrintJson(SimJson(options, setup, *simulation, outcome));
  } else {
    PrintSim(options, setup, *simulation, outcome);
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
  return RunProduct({options, *setup, given});
}

}  // namespace lutgemm::tools
