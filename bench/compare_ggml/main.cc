// compare_ggml: the same products through lutgemm and through an installed ggml, one after the
// other, in the JSON of `lutgemm bench`.
#include "bench/compare_ggml/ggml_product.h"
#include "ref/error.h"
#include "tools/console/lists.h"
#include "tools/measure/report.h"
#include "tools/measure/sample.h"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cmath>
#include <memory>
#include <utility>

namespace lutgemm::bench {
namespace {

using tools::BenchResult;

// Keeps the weights' numbers apart from those of the activations, whose seed is M.
constexpr uint64_t kWeightSeed = uint64_t{1} << 40;

constexpr char kTypes[] = "q1_0,tq1_0,tq2_0,q2_0,q2_K,q3_K,q4_0,q4_K,mxfp4,q8_0";

struct Shape {
  size_t m, n, k;
};

struct Options {
  std::vector<std::string> types = tools::SplitList(kTypes);
  std::vector<tools::ListedFormat> formats = tools::ParseFormats("int1,ternary,int2,int3,int4");
  std::vector<Shape> shapes = {{1, 4096, 4096}, {64, 4096, 4096}};
  tools::BenchSettings settings;
  bool json = false;
};

class Comparison {
 public:
  Comparison(const Options& options, const GgmlBackend& ggml, Threads* threads)
      : options_(options), ggml_(ggml), threads_(threads), report_{options.settings, {}, {}, {}} {}

  Status Run() {
    if (Status status = Calibrate(); !status.ok()) return status;
    for (const Shape& shape : options_.shapes) {
      if (Status status = RunOurs(shape); !status.ok()) return status;
      if (Status status = RunTypes(shape); !status.ok()) return status;
      if (Status status = Calibrate(); !status.ok()) return status;
    }
    return {};
  }
  const tools::BenchReport& report() const { return report_; }

 private:
  Status Calibrate() {
    const auto& settings = options_.settings;
    const auto now =
        tools::Calibrate({settings.working_set(), settings.time().min_seconds / 4.0}, threads_);
    if (!now.ok()) return now.status();
    report_.calibration = tools::Best(report_.calibration, *now);
    return {};
  }

  Status RunOurs(const Shape& shape) {
    const auto& settings = options_.settings;
    for (const tools::ListedFormat& format : options_.formats) {
      const Result<QuantSpec> spec = format.Spec({});
      if (!spec.ok()) return spec.status();
      const auto weights =
          tools::BenchWeights::Make({tools::InfoOf(*spec, shape.n, shape.k), LayoutId::kDefault,
                                     settings.working_set(), settings.seed});
      if (!weights.ok()) return weights.status();
      Problem problem;
      problem.m = shape.m;
      problem.threads = settings.threads;
      auto result = tools::RunBench(*weights, problem, settings.time(), threads_);
      if (!result.ok()) return result.status();
      report_.results.push_back(*std::move(result));
    }
    return {};
  }

  Status RunTypes(const Shape& shape) {
    tools::Random random(options_.settings.seed + kWeightSeed);
    const std::vector<float> values = tools::RandomActs(shape.n * shape.k, random);
    for (const std::string& name : options_.types) {
      const auto type = GgmlTypeNamed(name);
      if (!type || shape.k % static_cast<size_t>(ggml_blck_size(*type)) != 0) {
        tools::Note(fmt::format("ggml {}: not with K = {}, or not in this ggml", name, shape.k));
        continue;
      }
      const GgmlWeights weights = GgmlWeights::Make(*type, values, shape.k);
      for (const GgmlMemory& memory : ggml_.memories()) {
        Status status = RunMemory(shape, weights, memory);
        if (!status.ok() && status.code() != Code::kUnsupportedFormat) return status;
      }
    }
    return {};
  }

  Status RunMemory(const Shape& shape, const GgmlWeights& weights, const GgmlMemory& memory) {
    const auto& settings = options_.settings;
    tools::Random random(shape.m);
    const std::vector<float> acts = tools::RandomActs(shape.m * shape.k, random);
    const size_t copies = tools::CopiesFor(settings.working_set(), weights.bytes.size());
    auto product = GgmlProduct::Make(ggml_, weights, {shape.m, copies, memory}, acts);
    if (!product.ok()) return product.status();
    BenchResult result = Describe(shape, weights, memory);
    result.copies = copies;
    const auto read = tools::Scratch::Map(copies * weights.bytes.size());
    if (!read.ok()) return read.status();
    Status failure;
    const auto call = [&](size_t i) {
      Status status = product->Run(i % copies);
      if (!status.ok()) failure = std::move(status);
    };
    TimeBeside(settings.time(), call, tools::YardstickOn(*read, copies, threads_), result);
    if (!failure.ok()) return failure;
    result.nmse = Error(shape, weights, acts, product->Output(0));
    report_.results.push_back(std::move(result));
    return {};
  }

  BenchResult Describe(const Shape& shape, const GgmlWeights& weights,
                       const GgmlMemory& memory) const {
    BenchResult result;
    result.format = fmt::format("ggml_{}", ggml_type_name(weights.type));
    result.group = fmt::format("{}", ggml_blck_size(weights.type));
    result.bits_per_weight = 8.0 * double(weights.bytes.size()) / double(shape.n * shape.k);
    result.m = shape.m;
    result.n = shape.n;
    result.k = shape.k;
    result.mode = "ggml";
    result.threads = options_.settings.threads;
    result.target = fmt::format("ggml {}", ggml_version());
    result.kernel = memory.name;
    result.layout = "ggml";
    result.weight_bytes = weights.bytes.size();
    return result;
  }

  // Of sampled outputs against float64, as in `lutgemm bench`: quantised weights count as exact.
  static double Error(const Shape& shape, const GgmlWeights& weights,
                      const std::vector<float>& acts, const std::vector<float>& out) {
    const auto tokens = tools::SpreadIndices(shape.m, tools::kBenchTokens);
    const auto outputs = tools::SpreadIndices(shape.n, tools::kBenchOutputs);
    std::vector<double> exact(tokens.size() * outputs.size());
    for (size_t o = 0; o < outputs.size(); ++o) {
      const std::vector<float> row = weights.Row(outputs[o]);
      for (size_t t = 0; t < tokens.size(); ++t) {
        double& sum = exact[t * outputs.size() + o];
        for (size_t i = 0; i < shape.k; ++i) {
          sum += double(row[i]) * double(acts[tokens[t] * shape.k + i]);
        }
      }
    }
    return ref::Nmse(tools::Pick<float>(out, shape.n, tokens, outputs), exact);
  }

  const Options& options_;
  const GgmlBackend& ggml_;
  Threads* threads_;
  tools::BenchReport report_;
};

int RunComparison(const Options& options) {
  const Result<GgmlBackend> ggml = GgmlBackend::Make(options.settings.threads);
  if (!ggml.ok()) return tools::CheckFailed(ggml.status().text());
  const Result<std::unique_ptr<Threads>> threads =
      tools::ThreadsToMeasure(options.settings.threads);
  if (!threads.ok()) return tools::OptionsFailed(threads.status());
  Comparison comparison(options, *ggml, threads->get());
  if (Status status = comparison.Run(); !status.ok()) return tools::OptionsFailed(status);
  if (options.json) {
    tools::PrintJson(tools::ToJson(comparison.report()));
  } else {
    tools::Print(comparison.report());
  }
  return 0;
}

void AddOptions(CLI::App& app, Options& options) {
  const auto list = [&app](const char* name, auto set, const char* help) {
    app.add_option_function<std::string>(name, set, help)->type_name("LIST");
  };
  list(
      "--types", [&](const std::string& text) { options.types = tools::SplitList(text); },
      "Comma-separated ggml types [q1_0,tq1_0,tq2_0,q2_0,q2_K,q3_K,q4_0,\n"
      "q4_K,mxfp4,q8_0]");
  list(
      "--formats", [&](const std::string& text) { options.formats = tools::ParseFormats(text); },
      "Comma-separated formats of lutgemm [int1,ternary,int2,int3,int4]");
  list(
      "--shapes",
      [&](const std::string& text) {
        options.shapes.clear();
        for (const auto& dims : tools::ParseDims(text, {"--shapes", "MxNxK", 3})) {
          options.shapes.push_back({dims[0], dims[1], dims[2]});
        }
      },
      "Comma-separated MxNxK [1x4096x4096,64x4096x4096]");
  tools::AddThreads(app, options.settings.threads);
  app.add_option("--working-set", options.settings.working_set_mib,
                 "MiB of weights to rotate through [64]")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--min-time", options.settings.min_time_ms, "Milliseconds per measurement [300]")
      ->check(CLI::Range(1.0, 600000.0));
  tools::AddJson(app, options.json);
}

}  // namespace
}  // namespace lutgemm::bench

int main(int argc, char** argv) {
  lutgemm::bench::Options options;
  CLI::App app("The same products through lutgemm and ggml", "compare_ggml");
  lutgemm::bench::AddOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  options.settings.threads = lutgemm::tools::ThreadCount(options.settings.threads);
  options.settings.command = "compare_ggml";
  for (int i = 1; i < argc; ++i) options.settings.command += std::string(" ") + argv[i];
  return lutgemm::bench::RunComparison(options);
}
