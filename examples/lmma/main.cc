// A matrix product on the LUT Tensor Core in software: quantised, compiled for the array of a
// machine file, run, checked, and priced.
//   lmma [FILE]    such as data/machines/single.json, which is also the default
#include <lutgemm/model/model.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace lutgemm;

namespace {

// Ends the program with what was wrong.
void Must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "lmma: %s\n", status.text().c_str());
  std::exit(1);
}

template <class T>
T Must(Result<T> result) {
  Must(result.status());
  return *std::move(result);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr size_t kTokens = 3, kOutputs = 80, kInputs = 96;
  const char* const path = argc > 1 ? argv[1] : "data/machines/single.json";
  std::ifstream stream(path, std::ios::binary);
  if (!stream) Must(Status(Code::kIo, std::string("cannot open ") + path));
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto file = Must(model::MachineFile::Parse(text, path));

  std::vector<float> tensor(kOutputs * kInputs);
  for (size_t i = 0; i < tensor.size(); ++i) tensor[i] = float(i * 37 % 101) - 50.0F;
  std::vector<int8_t> acts(kTokens * kInputs);
  for (size_t i = 0; i < acts.size(); ++i) acts[i] = int8_t(int(i * 53 % 255) - 127);
  const auto weights = Must(Quantize({.data = tensor.data(), .rows = kOutputs, .cols = kInputs},
                                     {.format = WeightFormat::kInt2, .group = kWholeRow}));

  const auto product = Must(model::CompileProduct(weights, {.m = kTokens}, Must(file.array())));
  auto machine = Must(
      model::Machine::Make({.array = product.array(), .memory_bytes = product.memory_bytes()}));
  Must(product.Load(acts.data(), {}, machine.memory()));
  const model::Trap trap = Must(machine.Run(product.words()));
  if (!trap.ok()) Must(Status(Code::kInternal, trap.text));
  std::vector<int32_t> out(kTokens * kOutputs);
  Must(product.Outputs(machine.memory(), out.data()));

  for (size_t i = 0; i < out.size(); ++i) {
    int32_t sum = 0;
    for (size_t k = 0; k < kInputs; ++k) {
      sum += acts[i / kOutputs * kInputs + k] * weights.Integer(i % kOutputs, k);
    }
    if (out[i] != sum) Must(Status(Code::kInternal, "the machine found another sum"));
  }
  const auto again = Must(model::Assemble(Must(model::Disassemble(product.words()))));
  if (!std::ranges::equal(again, product.words())) Must(Status(Code::kInternal, "another program"));

  const auto cost = Must(file.Price(product, machine.counters()));
  std::printf("%zu words, as expected: %.3f us on %s, bound by %.*s, %.3f uJ\n",
              product.words().size(), cost.seconds * 1e6, product.array().name.c_str(),
              int(cost.bound.size()), cost.bound.data(), cost.energy_pj * 1e-6);
}
