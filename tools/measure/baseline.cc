// The same product in oneDNN, as a yardstick.
#include "tools/measure/product.h"
#include "tools/measure/sample.h"

#include "ref/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr int kActZero = 128;  // zero point of u8 activations

// One product's operands in the types that oneDNN multiplies, and what they mean.
struct BaselineData {
  std::vector<float> acts;        // [m][k]
  std::vector<float> act_scales;  // kU8S8: per token, u8 = 128 + act / scale
  std::vector<uint8_t> act_bytes;
  std::vector<float> weights;  // [n][k]; kU8S8: integers
  std::vector<int8_t> weight_bytes;
};

BaselineData MakeBaselineData(const OneDnnShape& shape, uint64_t seed) {
  Random random(seed);
  BaselineData data;
  data.acts = RandomActs(shape.m * shape.k, random);
  data.weights.resize(shape.n * shape.k);
  const bool f32 = shape.kind == OneDnnShape::Kind::kF32;
  for (float& weight : data.weights) {
    weight = f32 ? static_cast<float>(random.Gaussian())
                 : static_cast<float>(static_cast<int>(random.Below(255)) - 127);
  }
  if (f32) return data;
  data.weight_bytes.assign(data.weights.begin(), data.weights.end());
  data.act_bytes.resize(data.acts.size());
  for (size_t token = 0; token < shape.m; ++token) {
    const std::span<float> acts(data.acts.data() + token * shape.k, shape.k);
    std::vector<float> values(acts.begin(), acts.end());
    const std::vector<std::byte> codes = StoreActs(values, Elem::kI8);
    float largest = 0.0f;
    for (const float act : acts) largest = std::max(largest, std::abs(act));
    data.act_scales.push_back(largest / 127.0f);
    for (size_t i = 0; i < shape.k; ++i) {
      data.act_bytes[token * shape.k + i] =
          static_cast<uint8_t>(kActZero + static_cast<int8_t>(codes[i]));
    }
  }
  return data;
}

// O[tokens][n] in float64, and the sum of each output's weights.
struct BaselineOracle {
  std::vector<double> out, weight_sums;
};
BaselineOracle MultiplyF64(size_t k, std::span<const float> weights, std::span<const float> acts) {
  const size_t n = weights.size() / k, tokens = acts.size() / k;
  BaselineOracle oracle{std::vector<double>(tokens * n), std::vector<double>(n)};
  for (size_t row = 0; row < n; ++row) {
    for (size_t i = 0; i < k; ++i) {
      const double weight = weights[row * k + i];
      oracle.weight_sums[row] += weight;
      for (size_t t = 0; t < tokens; ++t) oracle.out[t * n + row] += weight * acts[t * k + i];
    }
  }
  return oracle;
}

double BaselineNmse(const OneDnnShape& shape, const BaselineData& data, const std::byte* out) {
  const std::vector<size_t> tokens = SpreadIndices(shape.m, kBenchTokens);
  const std::vector<size_t> outputs = SpreadIndices(shape.n, kBenchOutputs);
  const BaselineOracle oracle = MultiplyF64(shape.k, RowsOf<float>(data.weights, outputs, shape.k),
                                            RowsOf<float>(data.acts, tokens, shape.k));
  const size_t count = shape.m * shape.n;
  if (shape.kind == OneDnnShape::Kind::kF32) {
    const std::span<const float> values(reinterpret_cast<const float*>(out), count);
    return ref::Nmse(Pick(values, shape.n, tokens, outputs), oracle.out);
  }
  const std::span<const int32_t> sums(reinterpret_cast<const int32_t*>(out), count);
  std::vector<double> values;
  for (const int32_t sum : Pick(sums, shape.n, tokens, outputs)) {
    const size_t t = values.size() / outputs.size(), o = values.size() % outputs.size();
    const double product = sum - kActZero * oracle.weight_sums[o];
    values.push_back(product * double(data.act_scales[tokens[t]]));
  }
  return ref::Nmse(std::span<const double>(values), oracle.out);
}

BenchResult DescribeBaseline(const BaselineSpec& spec, const OneDnnProduct& product) {
  const bool f32 = spec.shape.kind == OneDnnShape::Kind::kF32;
  BenchResult result;
  result.format = f32 ? "onednn_f32" : "onednn_u8s8";
  result.group = "row";
  result.bits_per_weight = f32 ? 32.0 : 8.0;
  result.m = spec.shape.m;
  result.n = spec.shape.n;
  result.k = spec.shape.k;
  result.mode = f32 ? "f32" : "int8";
  result.threads = spec.threads;
  result.target = "onednn";
  result.kernel = product.implementation();
  result.layout = "onednn";
  result.weight_bytes = product.weight_bytes();
  result.copies = CopiesFor(spec.working_set, result.weight_bytes);
  return result;
}

}  // namespace

Result<BenchResult> RunBaseline(const BaselineSpec& spec, const TimeSpec& time, Threads* threads) {
  const bool f32 = spec.shape.kind == OneDnnShape::Kind::kF32;
  SetOneDnnThreads(spec.threads);
  Result<OneDnnProduct> product = OneDnnProduct::Make(spec.shape);
  if (!product.ok()) return product.status();
  const BaselineData data = MakeBaselineData(spec.shape, spec.seed);
  const void* weights = f32 ? static_cast<const void*>(data.weights.data())
                            : static_cast<const void*>(data.weight_bytes.data());
  BenchResult result = DescribeBaseline(spec, *product);
  for (size_t i = 0; i < result.copies; ++i) {
    if (Status status = product->AddWeights(weights); !status.ok()) return status;
  }
  const Result<Scratch> out = Scratch::Map(spec.shape.m * spec.shape.n * sizeof(float));
  const Result<Scratch> read = Scratch::Map(result.copies * result.weight_bytes);
  if (!out.ok() || !read.ok()) return (out.ok() ? read : out).status();
  const void* acts = f32 ? static_cast<const void*>(data.acts.data())
                         : static_cast<const void*>(data.act_bytes.data());
  Status failure;
  const auto call = [&](size_t i) {
    Status status = product->Run(i % result.copies, acts, out->data());
    if (!status.ok()) failure = std::move(status);
  };
  TimeBeside(time, call, YardstickOn(*read, result.copies, threads), result);
  if (!failure.ok()) return failure;
  result.nmse = BaselineNmse(spec.shape, data, out->data());
  return result;
}

}  // namespace lutgemm::tools
