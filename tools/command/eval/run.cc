#include "tools/command/eval/run.h"

#include "tiny_lm/reference.hpp"
#include "tiny_lm/text.hpp"
#include "tools/command/common/language_model.h"
#include "tools/command/eval/report.h"
#include "tools/console/input_file.h"
#include "tools/measure/timing.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace lutgemm::tools {
namespace {

using Clock = std::chrono::steady_clock;
using tiny_lm::TokenText;

constexpr size_t kTimedTokens = 64;  // one at a time

// The beginning of a text, at most `bytes`, which ends with a whole character.
std::string_view Beginning(std::string_view text, size_t bytes) {
  if (bytes == 0 || bytes >= text.size()) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

// Every window begins with the token that the model wants before texts, if it wants one.
TokenText WithBeginnings(const TokenText& text, std::optional<tiny_lm::Token> begin,
                         size_t window) {
  if (!begin) return text;
  TokenText all;
  for (size_t i = 0; i < text.tokens.size(); ++i) {
    if (all.tokens.size() % window == 0) {
      all.tokens.push_back(*begin);
      all.bytes.push_back(0);
    }
    all.tokens.push_back(text.tokens[i]);
    all.bytes.push_back(text.bytes[i]);
  }
  return all;
}

class Evaluation {
 public:
  Evaluation(const EvalOptions& options, const LanguageModel& model, Threads* threads)
      : options_(options),
        model_(model),
        threads_(threads),
        progress_("eval", (1 + options.formats.size()) * options.modes.size() + options.reference) {
    report_.model = options.files.model;
    report_.text = options.text;
    report_.threads = threads->count();
  }

  Status ReadText() {
    const auto text = ReadFile(options_.text);
    if (!text.ok()) return text.status();
    const auto tokens =
        model_.tokenizer.Encode(Beginning(*text, options_.bytes), llama::Special::kText);
    if (!tokens.ok()) return tokens.status();
    text_ = WithBeginnings(*tokens, model_.tokenizer.begin(), options_.context);
    const size_t windows = text_.tokens.size() / options_.context;
    if (windows == 0) {
      return Status(Code::kBadArgument,
                    fmt::format("{}: has {} tokens, fewer than a window of {}: give more text or "
                                "a smaller --context",
                                options_.text, text_.tokens.size(), options_.context));
    }
    report_.window = options_.context;
    report_.tokens = windows * options_.context;
    report_.bytes = tiny_lm::EmptyScore(text_, options_.context).bytes;
    return {};
  }

  Status Reference() {
    progress_.Update(report_.results.size(), "float64");
    const auto values = LoadValues(model_, threads_);
    if (!values.ok()) return values.status();
    if (Status status = CheckContext(*values); !status.ok()) return status;
    const auto start = Clock::now();
    const auto score = tiny_lm::EvaluateReference(*values, options_.context, text_, threads_);
    EvalResult result;
    result.weights = "values";
    result.bits_per_weight = 64;
    result.bits_per_byte = score.bits_per_byte();
    result.read_rate = double(report_.tokens) / SecondsSince(start);
    report_.results.push_back(std::move(result));
    return {};
  }

  // What the file has, or one format, in every mode.
  Status Row(const std::optional<ListedFormat>& format) {
    EvalResult result;
    result.weights = format          ? Name(format->format.format)
                     : model_.packed ? "as packed"
                                     : "as in file";
    progress_.Update(report_.results.size(), result.weights);
    const auto weights = LoadWeights(model_, format, options_.weights, threads_);
    if (!weights.ok()) return weights.status();
    if (Status status = CheckContext(*weights); !status.ok()) return status;
    const tiny_lm::Linear& first = weights->layers.front().query;
    if (first.packed) result.group = first.packed->info().group;
    result.bits_per_weight = weights->bits_per_weight();
    for (const Mode mode : options_.modes) {
      progress_.Update(report_.results.size(), result.weights);
      if (Status status = Measure(*weights, mode, result); !status.ok()) return status;
      report_.results.push_back(result);
    }
    return {};
  }

  const EvalReport& report() const { return report_; }

 private:
  Status CheckContext(const tiny_lm::Model& model) const {
    if (options_.context <= model.config.context) return {};
    return Status(Code::kBadArgument, fmt::format("--context {} is above the {} tokens that the "
                                                  "model was made for",
                                                  options_.context, model.config.context));
  }

  Status Measure(const tiny_lm::Model& weights, Mode mode, EvalResult& result) {
    result.mode = mode;
    const auto start = Clock::now();
    const auto score = tiny_lm::Evaluate(weights, {mode, options_.context, {}}, text_, threads_);
    if (!score.ok()) return score.status();
    result.read_rate = double(report_.tokens) / SecondsSince(start);
    result.bits_per_byte = score->bits_per_byte();
    return TimeWriting(weights, mode, result);
  }

  // One token at a time, as when a text is written.
  Status TimeWriting(const tiny_lm::Model& weights, Mode mode, EvalResult& result) {
    tiny_lm::EngineSpec spec;
    spec.mode = mode;
    spec.threads = threads_;
    spec.context = std::min(options_.context, kTimedTokens);
    spec.prefill = std::min(kPrefillTokens, spec.context);
    auto engine = tiny_lm::Engine::Make(weights, spec);
    if (!engine.ok()) return engine.status();
    if (const Plan* plan = engine->decode_plan()) {
      result.write_kernel = plan->kernel();
      result.read_kernel = engine->prefill_plan()->kernel();
    }
    std::vector<float> logits(weights.config.vocab);
    const auto start = Clock::now();
    for (size_t i = 0; i < spec.context; ++i) {
      if (Status status = engine->Forward({&text_.tokens[i], 1}, logits); !status.ok()) {
        return status;
      }
    }
    result.write_rate = double(spec.context) / SecondsSince(start);
    return {};
  }

  const EvalOptions& options_;
  const LanguageModel& model_;
  Threads* threads_;
  Progress progress_;
  TokenText text_;
  EvalReport report_;
};

// What of the options contradicts itself, before any work.
Status CheckFormats(const EvalOptions& options) {
  if (options.formats.empty() && (options.weights.group || options.weights.asymmetric)) {
    return Status(Code::kBadArgument, "--group and --asymmetric belong to --format");
  }
  for (const ListedFormat& format : options.formats) {
    const auto spec = format.Spec(options.weights);
    if (!spec.ok()) return spec.status();
  }
  return {};
}

}  // namespace

int RunEval(const EvalOptions& options) {
  if (Status status = CheckFormats(options); !status.ok()) return UsageError(status.text());
  const auto threads = MakeThreads(options.threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  const auto model = OpenLanguageModel(options.files);
  if (!model.ok()) return FileFailed(model.status());
  Evaluation evaluation(options, *model, threads->get());
  Status status = evaluation.ReadText();
  if (status.ok() && options.reference) status = evaluation.Reference();
  if (status.ok()) status = evaluation.Row(std::nullopt);
  for (const ListedFormat& format : options.formats) {
    if (status.ok()) status = evaluation.Row(format);
  }
  if (status.code() == Code::kBadArgument) return UsageError(status.text());
  if (!status.ok()) return FileFailed(status);
  if (options.json) {
    PrintJson(EvalJson(evaluation.report()));
  } else {
    PrintEval(evaluation.report());
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
