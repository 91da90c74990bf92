#include "tools/measure/product.h"

#include "ref/error.h"
#include "ref/gemm.h"
#include "tools/console/report.h"
#include "tools/measure/sample.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lutgemm::tools {
namespace {

double SampledNmse(const QuantizedMatrix& matrix, size_t m, std::span<const float> acts,
                   const float* out) {
  const std::vector<size_t> tokens = SpreadIndices(m, kBenchTokens);
  const std::vector<size_t> outputs = SpreadIndices(matrix.info.n, kBenchOutputs);
  const std::vector<float> sample = RowsOf(acts, tokens, matrix.info.k);
  const std::vector<double> exact = ref::GemmF64(TakeRows(matrix, outputs), sample, tokens.size());
  return ref::Nmse(Pick<float>({out, m * matrix.info.n}, matrix.info.n, tokens, outputs), exact);
}

}  // namespace

BenchResult Describe(const PackedWeights& weights, const Problem& problem, const Plan& plan) {
  const WeightInfo& info = weights.info();
  BenchResult result;
  result.format = Name(info.format);
  result.group = GroupText(info.group);
  result.bits_per_weight = weights.bits_per_weight();
  result.m = problem.m;
  result.n = info.n;
  result.k = info.k;
  result.mode = Name(problem.mode);
  result.threads = problem.threads;
  result.target = plan.target();
  result.kernel = plan.kernel();
  result.layout = Name(weights.layout());
  result.weight_bytes = weights.blob().size();
  return result;
}

Yardstick YardstickOn(const Scratch& buffer, size_t pieces, Threads* threads) {
  std::memset(buffer.data(), 1, buffer.size());  // pages of their own
  const size_t bytes = buffer.size() / pieces;
  std::vector<std::span<const std::byte>> parts;
  for (size_t i = 0; i < pieces; ++i) parts.push_back(buffer.span().subspan(i * bytes, bytes));
  return Yardstick(parts, threads);
}

void TimeBeside(TimeSpec time, const std::function<void(size_t)>& call, Yardstick yardstick,
                BenchResult& result) {
  time.warm_calls = result.copies;  // every copy once
  result.seconds = TimeCalls(time, call, [&](double seconds) { yardstick.Measure(seconds); });
  result.read_ratio = yardstick.ReadRatio(double(result.weight_bytes));
  result.dot_ratio = yardstick.DotRatio(result.macs());
}

Result<std::vector<Plan>> MakePlans(const BenchWeights& weights, const Problem& problem) {
  std::vector<Plan> plans;
  for (const PackedWeights& copy : weights.copies()) {
    Result<Plan> plan = MakePlan(copy, problem);
    if (!plan.ok()) return plan.status();
    plans.push_back(std::move(*plan));
  }
  return plans;
}

size_t CopiesFor(size_t working_set, size_t bytes) {
  constexpr size_t kMostCopies = 4096;  // plans of tiny weights add up
  bytes = std::max<size_t>(bytes, 1);
  return std::clamp<size_t>((working_set + bytes / 2) / bytes, 1, kMostCopies);
}

Result<BenchWeights> BenchWeights::Make(const Spec& spec) {
  Random random(spec.seed);
  BenchWeights weights;
  weights.matrix_ = RandomMatrix(spec.info, random);
  Result<PackedWeights> packed = Pack(weights.matrix_, spec.layout);
  if (!packed.ok()) return packed.status();
  const std::span<const std::byte> blob = packed->blob();
  const size_t count = CopiesFor(spec.working_set, blob.size());
  const Result<Scratch> pages = Scratch::Map(count * blob.size());
  if (!pages.ok()) return pages.status();
  for (size_t i = 0; i < count; ++i) {
    const std::span<std::byte> copy = pages->span().subspan(i * blob.size(), blob.size());
    std::memcpy(copy.data(), blob.data(), blob.size());
    Result<PackedWeights> view = PackedWeights::FromBlob(
        packed->info(), packed->layout(), packed->layout_version(), copy, pages->keep_alive());
    if (!view.ok()) return view.status();
    weights.copies_.push_back(std::move(*view));
  }
  return weights;
}

Result<BenchResult> RunBench(const BenchWeights& weights, const Problem& problem,
                             const TimeSpec& time, Threads* threads) {
  const Result<std::vector<Plan>> made = MakePlans(weights, problem);
  if (!made.ok()) return made.status();
  const std::vector<Plan>& plans = *made;
  BenchResult result = Describe(weights.copies().front(), problem, plans.front());
  Random random(problem.m);
  std::vector<float> values = RandomActs(result.m * result.k, random);
  const std::vector<std::byte> acts = StoreActs(values, problem.act);
  const Result<Scratch> out = Scratch::Map(result.m * result.n * sizeof(float));
  const Result<Scratch> workspace = Scratch::Map(plans.front().workspace_bytes());
  if (!out.ok() || !workspace.ok()) return (out.ok() ? workspace : out).status();
  Status failure;
  const auto call = [&](size_t i) {
    Status status =
        plans[i % plans.size()].Run(acts.data(), out->data(), workspace->span(), threads);
    if (!status.ok()) failure = std::move(status);
  };
  std::vector<std::span<const std::byte>> blobs;
  for (const PackedWeights& copy : weights.copies()) blobs.push_back(copy.blob());
  result.copies = plans.size();
  TimeBeside(time, call, Yardstick(blobs, threads), result);
  if (!failure.ok()) return failure;
  result.nmse =
      SampledNmse(weights.matrix(), result.m, values, reinterpret_cast<const float*>(out->data()));
  return result;
}

}  // namespace lutgemm::tools
