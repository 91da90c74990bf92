// A matrix product on the LUT Tensor Core in software: quantised, compiled for the array of a
// machine file, run, checked, and priced.
//   lmma [FILE]    such as data/machines/single.json, which is also the default
#include <lutgemm/model/model.hpp>
#include <lutgemm/weights.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
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

// Output [m][n] of int8 activations times 2-bit weights: what the machine must find too.
int32_t Expected(const QuantizedMatrix& weights, const std::vector<int8_t>& acts, size_t at) {
  int32_t sum = 0;
  for (size_t k = 0; k < kInputs; ++k) {
    sum += acts[at / kOutputs * kInputs + k] * weights.Integer(at % kOutputs, k);
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const path = argc > 1 ? argv[1] : "data/machines/single.json";
  std::ifstream stream(path, std::ios::binary);
  if (!stream) Must(Status(Code::kIo, std::string("cannot open ") + path));
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
  bool equal = trap.ok();
  for (size_t i = 0; i < out.size(); ++i) equal = equal && out[i] == Expected(weights, acts, i);

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
