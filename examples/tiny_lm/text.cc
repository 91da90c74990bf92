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

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Status WindowBits(Engine& engine, std::span<const uint8_t> window, double& bits) {
  const size_t vocab = engine.config().vocab;
  std::vector<float> logits(window.size() * vocab);
  engine.Reset();
  if (Status status = engine.Forward(window, logits); !status.ok()) return status;
  bits = 0;
  for (size_t i = 0; i + 1 < window.size(); ++i) {
    bits += Bits({&logits[i * vocab], vocab}, window[i + 1]);
  }
  return {};
}

}  // namespace

double Score::bits_per_byte() const {
  const double bits = std::accumulate(window_bits.begin(), window_bits.end(), 0.0);
  return bits / double(window_bits.size() * (window - 1));
}

double Bits(std::span<const float> logits, uint8_t token) {
  const float top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += std::exp(double(logit) - top);
  return (std::log(sum) + top - double(logits[token])) / std::numbers::ln2;
}

Result<Score> Evaluate(const Model& model, lutgemm::Mode mode, std::span<const uint8_t> text,
                       lutgemm::Threads* threads, const std::optional<CacheSpec>& cache) {
  Score score;
  score.window = model.config.context;
  score.window_bits.resize(text.size() / score.window);
  const size_t workers = threads == nullptr ? 1 : threads->count();
  std::vector<Status> failures(workers);
  std::atomic<size_t> next{0};
  ForEach(threads, workers, [&](size_t worker) {
    EngineSpec spec;
    spec.mode = mode;
    spec.cache = cache;
    spec.prefill = std::min(spec.prefill, score.window);
    auto engine = Engine::Make(model, spec);
    Status status = engine.status();
    for (size_t w = 0; status.ok() && (w = next++) < score.window_bits.size();) {
      status =
          WindowBits(*engine, text.subspan(w * score.window, score.window), score.window_bits[w]);
    }
    failures[worker] = std::move(status);
  });
  for (Status& failure : failures) {
    if (!failure.ok()) return std::move(failure);
  }
  return score;
}

Result<Score> EvaluateAlone(const Model& model, EngineSpec spec, std::span<const uint8_t> text) {
  Score score;
  score.window = model.config.context;
  spec.prefill = std::min(spec.prefill, score.window);
  auto engine = Engine::Make(model, spec);
  if (!engine.ok()) return engine.status();
  score.window_bits.resize(text.size() / score.window);
  for (size_t w = 0; w < score.window_bits.size(); ++w) {
    const auto window = text.subspan(w * score.window, score.window);
    Status status = WindowBits(*engine, window, score.window_bits[w]);
    if (!status.ok()) return status;
  }
  return score;
}

uint8_t Sampler::Draw(std::span<const float> logits) {
  if (temperature_ <= 0) {
    return uint8_t(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
  std::vector<double> weights;
  const double sum = Weights(logits, temperature_, weights);
  double left = double(random_() >> 11) * 0x1p-53 * sum;
  size_t token = 0;
  while (token + 1 < weights.size() && left >= weights[token]) left -= weights[token++];
  return uint8_t(token);
}

Result<std::string> Generate(Engine& engine, std::string_view prompt, size_t bytes,
                             Sampler& sampler) {
  const size_t context = engine.config().context, vocab = engine.config().vocab;
  std::string text(prompt.substr(prompt.size() - std::min(prompt.size(), context)));
  const size_t begin = text.size();
  std::vector<float> logits(context * vocab);
  engine.Reset();
  size_t read = 0;  // bytes of the text that the engine has seen
  while (text.size() < begin + bytes) {
    if (text.size() - read > context - engine.position()) {
      engine.Reset();
      read = text.size() - context / 2;
    }
    const auto fresh = Bytes(text).subspan(read);
    if (Status status = engine.Forward(fresh, logits); !status.ok()) return status;
    read = text.size();
    text.push_back(char(sampler.Draw({&logits[(fresh.size() - 1) * vocab], vocab})));
  }
  return text.substr(begin);
}

}  // namespace tiny_lm
