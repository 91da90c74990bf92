// A matrix product on the LUT Tensor Core in software: quantised, compiled for the array of a
// machine file, run, compared with the CPU's exact kernels, and priced.
//   lmma [FILE]    such as data/machines/single.json, which is also the default
#include <lutgemm/lutgemm.hpp>
#include <lutgemm/model/model.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace lutgemm;

namespace {

constexpr size_t kTokens = 3, kOutputs = 80, kInputs = 96;

// What a result holds, or the end of the program with what was wrong.
template <class T>
T Must(Result<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "lmma: %s\n", result.status().text().c_str());
  std::exit(1);
}

void Must(const Status& status) {
  if (!status.ok()) Must(Result<int>(status));
}

// Sums of int8 activations times 2-bit weights, as int32: the machine and the CPU agree in all.
std::vector<int32_t> OnCpu(const QuantizedMatrix& weights, const std::vector<int8_t>& acts) {
  const PackedWeights packed = Must(Pack(weights));
  const Plan plan = Must(
      MakePlan(packed, {.m = kTokens, .act = Elem::kI8, .out = Elem::kI32, .mode = Mode::kExact}));
  std::vector<std::byte> workspace(plan.workspace_bytes() + 64);
  std::vector<int32_t> out(kTokens * kOutputs);
  void* start = workspace.data();
  size_t space = workspace.size();
  std::align(64, plan.workspace_bytes(), start, space);
  Must(plan.Run(acts.data(), out.data(), {static_cast<std::byte*>(start), space}));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const path = argc > 1 ? argv[1] : "data/machines/single.json";
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const model::MachineFile file = Must(model::MachineFile::Parse(text, path));

  std::vector<float> tensor(kOutputs * kInputs);
  for (size_t i = 0; i < tensor.size(); ++i) tensor[i] = float(i * 37 % 101) - 50.0F;
  std::vector<int8_t> acts(kTokens * kInputs);
  for (size_t i = 0; i < acts.size(); ++i) acts[i] = int8_t(int(i * 53 % 255) - 127);
  const QuantizedMatrix weights =
      Must(Quantize({.data = tensor.data(), .rows = kOutputs, .cols = kInputs},
                    {.format = WeightFormat::kInt2, .group = kWholeRow}));

  const model::Product product =
      Must(model::CompileProduct(weights, {.m = kTokens}, Must(file.array())));
  model::Machine machine = Must(
      model::Machine::Make({.array = product.array(), .memory_bytes = product.memory_bytes()}));
  Must(product.Load(acts.data(), {}, machine.memory()));
  const model::Trap trap = Must(machine.Run(product.words()));
  std::vector<int32_t> out(kTokens * kOutputs);
  Must(product.Outputs(machine.memory(), out.data()));
  const bool equal = trap.ok() && out == OnCpu(weights, acts);

  const std::string program = Must(model::Disassemble(product.words()));
  const bool round_trip = std::ranges::equal(Must(model::Assemble(program)), product.words());
  const model::Cost cost = Must(file.Price(product, machine.counters()));
  std::printf("%zu words, %llu lookups; outputs equal: %s; program read back: %s\n",
              product.words().size(), static_cast<unsigned long long>(machine.counters().lookups),
              equal ? "yes" : "no", round_trip ? "yes" : "no");
  std::printf("%.3f us on %s, bound by %s, %.3f uJ\n", cost.seconds * 1e6,
              product.array().name.c_str(), std::string(cost.bound).c_str(), cost.energy_pj * 1e-6);
  return equal && round_trip ? 0 : 1;
}
