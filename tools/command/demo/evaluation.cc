#include "tools/command/demo/evaluation.h"

#include "kernels/calibrate.h"
#include "tiny_lm/engine.hpp"
#include "tiny_lm/model.hpp"
#include "tiny_lm/reference.hpp"
#include "tiny_lm/text.hpp"
#include "tools/console/input_file.h"
#include "tools/console/report.h"
#include "tools/measure/scratch.h"
#include "tools/measure/timing.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr size_t kPrefill = 128;  // tokens together
constexpr size_t kSampleBytes = 240;
constexpr double kSampleTemperature = 0.6;
constexpr uint64_t kSampleSeed = 7;

struct ContextTime {
  double token = 0;   // seconds per token
  double linear = 0;  // of which in linear layers
};

// Reads the text's first context over and over, `together` tokens at a time.
Result<ContextTime> TimeContext(tiny_lm::Engine& engine, std::span<const tiny_lm::Token> text,
                                size_t together, double min_seconds) {
  const size_t context = engine.config().context;
  std::vector<float> logits(together * engine.config().vocab);
  const auto read_context = [&]() -> Status {
    engine.Reset();
    for (size_t i = 0; i < context; i += together) {
      const auto tokens = text.subspan(i, std::min(together, context - i));
      if (Status status = engine.Forward(tokens, logits); !status.ok()) return status;
    }
    return {};
  };
  Status status = read_context();  // warm-up
  std::vector<double> tokens, linears;
  const auto begin = std::chrono::steady_clock::now();
  while (status.ok() && (tokens.size() < 3 || SecondsSince(begin) < min_seconds)) {
    const auto start = std::chrono::steady_clock::now();
    const double linear_start = engine.linear_seconds();
    status = read_context();
    tokens.push_back(SecondsSince(start) / double(context));
    linears.push_back((engine.linear_seconds() - linear_start) / double(context));
  }
  if (!status.ok()) return status;
  return ContextTime{Median(std::move(tokens)), Median(std::move(linears))};
}

// Bytes per second, 10^9, at which this thread reads a buffer of `bytes` over and over.
Result<double> ReadRate(size_t bytes, double min_seconds) {
  const auto buffer = Scratch::Map(bytes);
  if (!buffer.ok()) return buffer.status();
  std::memset(buffer->data(), 1, buffer->size());
  uint64_t sum = 0;
  const double seconds = TimeCalls({min_seconds, 5, 2}, [&](size_t) {
    sum += kernels::ReadAll(buffer->data(), buffer->size());
  });
  // The sum is never 0; using it keeps the reads.
  return sum == 0 ? 0 : double(buffer->size()) / seconds * 1e-9;
}

// The ternary figure of reference.json if it was computed for this many windows.
std::optional<double> StoredReference(const std::string& path, size_t windows) {
  std::ifstream file(path);
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto count = json.find("windows");
  const auto figure = json.find("ternary");
  if (count == json.end() || *count != windows || figure == json.end() || !figure->is_number()) {
    return std::nullopt;
  }
  return figure->get<double>();
}

// Everything that rows share; one call of Run() makes one report.
class Demo {
 public:
  explicit Demo(const DemoSpec& spec)
      : spec_(spec), cases_(DemoCases()), progress_("demo", cases_.size()) {}

  Status Open() {
    for (const char* name : {"full", "ternary"}) {
      auto file = TensorFile::Open(fmt::format("{}/{}.safetensors", spec_.data, name));
      if (!file.ok()) return file.status();
      files_.push_back(*std::move(file));
    }
    const std::string path = spec_.data + "/heldout.txt";
    for (const std::string& read : {path, spec_.data + "/reference.json"}) {
      if (MayBeRead(read)) continue;
      return Status(Code::kBadArgument, fmt::format("{}: is not a regular file", read));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) return Status(Code::kIo, fmt::format("{}: cannot be opened", path));
    text_.assign(std::istreambuf_iterator<char>(file), {});
    text_.resize(std::min(text_.size(), spec_.text_bytes));
    report_.text_bytes = text_.size();
    return {};
  }

  Result<DemoReport> Run() {
    const auto start = std::chrono::steady_clock::now();
    for (const DemoCase& what : cases_) {
      if (Status status = RunCase(what); !status.ok()) return status;
    }
    report_.seconds = SecondsSince(start);
    return std::move(report_);
  }

 private:
  Status RunCase(const DemoCase& what) {
    Show(what.spec ? Name(what.spec->format) : "f32");
    auto model = tiny_lm::MakeModel(File(what), what.spec);
    if (!model.ok()) return model.status();
    const size_t context = model->config.context;
    if (text_.size() < context) {
      return Status(Code::kBadArgument, fmt::format("{} bytes of text are less than the model's "
                                                    "context of {}",
                                                    text_.size(), context));
    }
    auto engine = tiny_lm::Engine::Make(
        *model, {what.mode, std::min(kPrefill, context), nullptr, what.cache});
    if (!engine.ok()) return engine.status();
    if (Status status = Measure(what, *model, *engine); !status.ok()) return status;
    if (what.mode == Mode::kExact) return Check(*model, report_.results.back());
    return what.spec && report_.sample.empty() ? Sample(*engine) : Status();
  }

  Status Measure(const DemoCase& what, const tiny_lm::Model& model, tiny_lm::Engine& engine) {
    DemoResult result;
    result.what = what;
    result.bits_per_weight = model.bits_per_weight();
    result.cache_bits = engine.cache_bits();
    const auto score = tiny_lm::Evaluate(model, what.mode, text_, spec_.threads, what.cache);
    if (!score.ok()) return score.status();
    result.bits_per_byte = score->bits_per_byte();
    if (!what.spec && !what.cache) f32_bits_per_byte_ = result.bits_per_byte;
    result.above_f32 = result.bits_per_byte - f32_bits_per_byte_;
    const std::vector<tiny_lm::Token> tokens(text_.begin(), text_.end());
    const auto prefill = TimeContext(engine, tokens, kPrefill, spec_.seconds);
    if (!prefill.ok()) return prefill.status();
    const auto decode = TimeContext(engine, tokens, 1, spec_.seconds);
    if (!decode.ok()) return decode.status();
    result.prefill_rate = 1 / prefill->token;
    result.decode_rate = 1 / decode->token;
    const size_t bytes = model.linear_bytes();
    result.weight_gbps = double(bytes) / decode->linear * 1e-9;
    const auto read_rate = ReadRate(bytes, spec_.seconds);
    if (!read_rate.ok()) return read_rate.status();
    result.read_gbps = *read_rate;
    if (const Plan* plan = engine.decode_plan()) {
      result.decode_kernel = plan->kernel();
      result.prefill_kernel = engine.prefill_plan()->kernel();
      result.target = plan->target();
    }
    report_.results.push_back(std::move(result));
    return {};
  }

  // Replaces the engine's bits per byte in `row` by those without rounding between the products.
  Status Check(const tiny_lm::Model& packed, DemoResult& row) {
    if (!packed.config.ternary) {
      return Status(Code::kCorruptFile,
                    fmt::format("{}/ternary.safetensors: its metadata does not say that it was "
                                "trained ternary",
                                spec_.data));
    }
    Show("float64");
    const auto plain = tiny_lm::MakeModel(files_[1], std::nullopt);
    if (!plain.ok()) return plain.status();
    const auto exact = tiny_lm::EvaluateExact(*plain, packed, text_, spec_.threads);
    if (!exact.ok()) return exact.status();
    report_.check.exact = exact->bits_per_byte();
    report_.check.float64 =
        tiny_lm::EvaluateReference(*plain, text_, spec_.threads).bits_per_byte();
    report_.check.stored =
        StoredReference(spec_.data + "/reference.json", exact->window_bits.size());
    report_.check.engine = row.bits_per_byte;
    row.bits_per_byte = report_.check.exact;
    row.above_f32 = row.bits_per_byte - f32_bits_per_byte_;
    return {};
  }

  Status Sample(tiny_lm::Engine& engine) {
    tiny_lm::Sampler sampler(kSampleTemperature, kSampleSeed);
    auto sample = tiny_lm::Generate(engine, kDemoPrompt, kSampleBytes, sampler);
    if (!sample.ok()) return sample.status();
    report_.sample = *std::move(sample);
    return {};
  }

  const TensorFile& File(const DemoCase& what) const { return files_[what.ternary_trained]; }
  void Show(std::string_view what) { progress_.Update(report_.results.size(), what); }

  const DemoSpec& spec_;
  const std::vector<DemoCase> cases_;
  Progress progress_;
  std::vector<TensorFile> files_;  // full, ternary
  std::vector<uint8_t> text_;
  double f32_bits_per_byte_ = 0;  // of the checkpoint whose rows are under way
  DemoReport report_;
};

}  // namespace

bool DemoCheck::ok() const {
  // Written so that NaN fails.
  return std::fabs(exact - float64) <= kLimit && (!stored || std::fabs(exact - *stored) <= kLimit);
}

Result<DemoReport> RunDemo(const DemoSpec& spec) {
  Demo demo(spec);
  if (Status status = demo.Open(); !status.ok()) return status;
  return demo.Run();
}

}  // namespace lutgemm::tools
