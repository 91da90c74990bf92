#include "tiny_lm/text.hpp"

#include "tiny_lm/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace tiny_lm {

using lutgemm::Result;
using lutgemm::Status;

namespace {

// exp(logit / temperature - largest), and their sum.
double Weights(std::span<const float> logits, double temperature, std::vector<double>& weights) {
  const double top = *std::max_element(logits.begin(), logits.end());
  weights.resize(logits.size());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    sum += weights[i] = std::exp((double(logits[i]) - top) / temperature);
  }
  return sum;
}

Status WindowBits(Engine& engine, std::span<const Token> window, double& bits) {
  const size_t vocab = engine.config().vocab;
  std::vector<float> logits(engine.prefill() * vocab);
  engine.Reset();
  bits = 0;
  for (size_t begin = 0; begin < window.size(); begin += engine.prefill()) {
    const auto part = window.subspan(begin, std::min(engine.prefill(), window.size() - begin));
    if (Status status = engine.Forward(part, logits); !status.ok()) return status;
    for (size_t i = 0; i < part.size() && begin + i + 1 < window.size(); ++i) {
      bits += Bits({&logits[i * vocab], vocab}, window[begin + i + 1]);
    }
  }
  return {};
}

}  // namespace

TokenText ByteTokens(std::span<const uint8_t> text) {
  return {{text.begin(), text.end()}, std::vector<uint32_t>(text.size(), 1)};
}

Score EmptyScore(const TokenText& text, size_t window) {
  Score score;
  score.window_bits.resize(text.tokens.size() / window);
  for (size_t i = 0; i < score.window_bits.size() * window; ++i) {
    if (i % window != 0) score.bytes += text.bytes[i];
  }
  return score;
}

double Score::bits_per_byte() const {
  return std::accumulate(window_bits.begin(), window_bits.end(), 0.0) / double(bytes);
}

double Bits(std::span<const float> logits, Token token) {
  const float top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += std::exp(double(logit) - top);
  return (std::log(sum) + top - double(logits[token])) / std::numbers::ln2;
}

Result<Score> Evaluate(const Model& model, const EvaluationSpec& spec, const TokenText& text,
                       lutgemm::Threads* threads) {
  const size_t window = spec.window != 0 ? spec.window : model.config.context;
  Score score = EmptyScore(text, window);
  const size_t workers = threads == nullptr ? 1 : threads->count();
  std::vector<Status> failures(workers);
  std::atomic<size_t> next{0};
  ForEach(threads, workers, [&](size_t worker) {
    EngineSpec each;
    each.mode = spec.mode;
    each.cache = spec.cache;
    each.context = window;
    each.prefill = std::min(each.prefill, window);
    auto engine = Engine::Make(model, each);
    Status status = engine.status();
    for (size_t w = 0; status.ok() && (w = next++) < score.window_bits.size();) {
      status = WindowBits(*engine, {&text.tokens[w * window], window}, score.window_bits[w]);
    }
    failures[worker] = std::move(status);
  });
  for (Status& failure : failures) {
    if (!failure.ok()) return std::move(failure);
  }
  return score;
}

Result<Score> Evaluate(const Model& model, lutgemm::Mode mode, std::span<const uint8_t> text,
                       lutgemm::Threads* threads, const std::optional<CacheSpec>& cache) {
  return Evaluate(model, {mode, 0, cache}, ByteTokens(text), threads);
}

Result<Score> EvaluateAlone(const Model& model, EngineSpec spec, std::span<const uint8_t> text) {
  const TokenText all = ByteTokens(text);
  const size_t window = model.config.context;
  Score score = EmptyScore(all, window);
  spec.prefill = std::min(spec.prefill, window);
  auto engine = Engine::Make(model, spec);
  if (!engine.ok()) return engine.status();
  for (size_t w = 0; w < score.window_bits.size(); ++w) {
    Status status = WindowBits(*engine, {&all.tokens[w * window], window}, score.window_bits[w]);
    if (!status.ok()) return status;
  }
  return score;
}

Token Sampler::Draw(std::span<const float> logits) {
  if (temperature_ <= 0) {
    return Token(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
  std::vector<double> weights;
  const double sum = Weights(logits, temperature_, weights);
  double left = double(random_() >> 11) * 0x1p-53 * sum;
  size_t token = 0;
  while (token + 1 < weights.size() && left >= weights[token]) left -= weights[token++];
  return Token(token);
}

Status Continue(Engine& engine, std::span<const Token> prompt, Sampler& sampler,
                const std::function<bool(Token)>& take) {
  const size_t context = engine.context();
  const auto last = prompt.last(std::min(prompt.size(), context));
  std::vector<Token> tokens(last.begin(), last.end());
  std::vector<float> logits(engine.config().vocab);
  engine.Reset();
  for (size_t read = 0;;) {  // tokens that the engine has seen
    if (tokens.size() - read > context - engine.position()) {
      engine.Reset();
      tokens.erase(tokens.begin(), tokens.end() - ptrdiff_t(std::max<size_t>(context / 2, 1)));
      read = 0;
    }
    const auto fresh = std::span<const Token>(tokens).subspan(read);
    if (Status status = engine.Read(fresh.first(fresh.size() - 1)); !status.ok()) return status;
    if (Status status = engine.Forward(fresh.last(1), logits); !status.ok()) return status;
    read = tokens.size();
    tokens.push_back(sampler.Draw(logits));
    if (!take(tokens.back())) return {};
  }
}

Result<std::string> Generate(Engine& engine, std::string_view prompt, size_t bytes,
                             Sampler& sampler) {
  const std::vector<Token> tokens = [&] {
    std::vector<Token> all;
    for (const char c : prompt) all.push_back(uint8_t(c));
    return all;
  }();
  std::string text;
  if (bytes == 0) return text;
  Status status = Continue(engine, tokens, sampler, [&](Token token) {
    text.push_back(char(token));
    return text.size() < bytes;
  });
  if (!status.ok()) return status;
  return text;
}

}  // namespace tiny_lm
