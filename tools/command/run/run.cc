#include "tools/command/run/run.h"

#include "llama/chat.hpp"
#include "tiny_lm/text.hpp"
#include "tools/command/common/language_model.h"
#include "tools/measure/timing.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace lutgemm::tools {
namespace {

using llama::Token;
using Clock = std::chrono::steady_clock;

Result<std::vector<Token>> PromptTokens(const RunOptions& options, const LanguageModel& model) {
  std::vector<Token> tokens;
  if (model.tokenizer.begin()) tokens.push_back(*model.tokenizer.begin());
  if (options.chat) {
    auto chat = llama::ChatTokens(model.file, model.tokenizer, options.prompt);
    if (!chat.ok()) return chat.status();
    tokens.insert(tokens.end(), chat->begin(), chat->end());
    return tokens;
  }
  auto text = model.tokenizer.Encode(options.prompt, llama::Special::kTokens);
  if (!text.ok()) return text.status();
  tokens.insert(tokens.end(), text->tokens.begin(), text->tokens.end());
  return tokens;
}

// What was written, and how long it took.
struct Written {
  size_t tokens = 0;
  double first_seconds = 0;  // to the first token
  double other_seconds = 0;  // for those after it
};

Result<Written> Write(const RunOptions& options, const LanguageModel& model,
                      tiny_lm::Engine& engine, const std::vector<Token>& prompt) {
  Written written;
  tiny_lm::Sampler sampler(options.temperature, options.seed);
  const auto message_end = options.chat ? llama::ChatEnd(model.tokenizer) : std::nullopt;
  const auto start = Clock::now();
  const Status status = tiny_lm::Continue(engine, prompt, sampler, [&](Token token) {
    const double seconds = SecondsSince(start);
    if (written.tokens++ == 0) written.first_seconds = seconds;
    written.other_seconds = seconds - written.first_seconds;
    if (token == model.tokenizer.end() || token == message_end) return false;
    fmt::print("{}", model.tokenizer.Decode(token));
    std::fflush(stdout);
    return written.tokens < options.tokens;
  });
  if (!status.ok()) return status;
  fmt::print("\n");
  std::fflush(stdout);  // before what standard error tells
  return written;
}

std::string RateText(size_t tokens, double seconds) {
  return seconds > 0 ? NumberText(double(tokens) / seconds, 3) + " tokens/s" : "-";
}

void Report(const RunOptions& options, const tiny_lm::Engine& engine, size_t prompt,
            const Written& written) {
  const Plan* plan = engine.decode_plan();
  fmt::print(stderr, "prompt   {} tokens, {}\nwritten  {} tokens, {}\n", prompt,
             RateText(prompt, written.first_seconds), written.tokens,
             RateText(written.tokens - 1, written.other_seconds));
  fmt::print(stderr, "weights  {}\n",
             plan == nullptr ? std::string("f32")
                             : fmt::format("mode {}, first layer by {} on {}", Name(options.mode),
                                           plan->kernel(), plan->target()));
}

}  // namespace

int RunRun(const RunOptions& options) {
  const auto threads = MakeThreads(options.threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  const auto model = OpenLanguageModel(options.files);
  if (!model.ok()) return FileFailed(model.status());
  if (options.format && !options.files.packed.empty()) {
    return UsageError("--format quantises the model's own weights: leave out --weights");
  }
  if (options.format) {
    const auto spec = options.format->Spec(options.weights);
    if (!spec.ok()) return UsageError(spec.status().text());
  } else if (options.weights.group || options.weights.asymmetric) {
    return UsageError("--group and --asymmetric belong to --format");
  }
  const auto prompt = PromptTokens(options, *model);
  if (!prompt.ok()) return OptionsFailed(prompt.status());
  const auto weights = LoadWeights(*model, options.format, options.weights, threads->get());
  if (!weights.ok()) return FileFailed(weights.status());
  const size_t most = weights->config.context;
  tiny_lm::EngineSpec spec;
  spec.mode = options.mode;
  spec.threads = threads->get();
  spec.context = prompt->size() < most ? std::min(most, prompt->size() + options.tokens) : most;
  spec.prefill = std::min(kPrefillTokens, spec.context);
  auto engine = tiny_lm::Engine::Make(*weights, spec);
  if (!engine.ok()) return FileFailed(engine.status());
  const auto written = Write(options, *model, *engine, *prompt);
  if (!written.ok()) return FileFailed(written.status());
  Report(options, *engine, prompt->size(), *written);
  return kExitOk;
}

}  // namespace lutgemm::tools
