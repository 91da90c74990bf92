// What the benchmarks of single kernels share: their cases, their names and the memory of one.
#ifndef LUTGEMM_BENCH_SINGLE_KERNEL_H_
#define LUTGEMM_BENCH_SINGLE_KERNEL_H_

#include "tools/measure/scratch.h"

#include <lutgemm/plan.hpp>

#include <benchmark/benchmark.h>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lutgemm::bench {

struct Shape {
  size_t m = 1, n = 4096, k = 4096;
};

// One product, forced onto a kernel of a target.
struct Case {
  WeightInfo info;
  LayoutId layout = LayoutId::kPlanes;
  std::string_view kernel, target;
  Mode mode = Mode::kFast;
  size_t m = 1;

  Problem problem() const;
  // "planes_fast_b2/AVX3_DL/int2/fast"
  std::string Words() const;
};

// Every format that has a default group and scale, with each of its layouts.
struct Stored {
  WeightInfo info;
  LayoutId layout;
};
std::vector<Stored> AllStored(size_t n, size_t k);

// Every kernel on every target of this machine that can run the weights, in both modes.
std::vector<Case> CasesOf(const Stored& stored, size_t m);

// Random weights of the case; the latest stay, so that cases that follow each other share them.
// Null where they cannot be made.
const QuantizedMatrix* MatrixOf(const WeightInfo& info);
const PackedWeights* WeightsOf(const WeightInfo& info, LayoutId layout);

// A plan, its activations and all memory that it wants.
class Work {
 public:
  static Result<std::unique_ptr<Work>> Make(const Case& of);

  const Plan& plan() const { return plan_; }
  Status BuildTables() { return plan_.BuildTables(acts_.data(), tables_.span()); }
  Status Apply() { return plan_.Apply(tables_.span(), out_.data(), workspace_.span()); }

 private:
  explicit Work(Plan plan) : plan_(std::move(plan)) {}
  Plan plan_;
  std::vector<float> acts_;
  tools::Scratch tables_, out_, workspace_;
};

// Calls `call` until Google Benchmark has enough; false, and the benchmark fails with the text, if
// it fails.
bool Repeat(benchmark::State& state, const std::function<Status()>& call);

// Rates of `amount` per call, counted in 10^9 per second.
void CountGiga(benchmark::State& state, const char* name, double amount);

// Reads --shapes=MxNxK,... from what Google Benchmark left of the command line, registers with the
// given function and runs. What main returns.
using Register = void (*)(const std::vector<Shape>& shapes);
int Main(int argc, char** argv, std::vector<Shape> shapes, Register register_all);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_SINGLE_KERNEL_H_
