// What one does with an engine: measure how well it predicts a text, and let it write one.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_TEXT_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_TEXT_HPP_

#include "tiny_lm/engine.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tiny_lm {

// The text is cut into windows as long as the context; what is left over at the end is not used.
// Each window starts afresh, and every byte but its first is predicted from those before it.
struct Score {
  std::vector<double> window_bits;  // bits spent on each window
  size_t window = 0;                // bytes in each

  double bits_per_byte() const;
};

// Windows are shared out among the threads, each with an engine of its own.
lutgemm::Result<Score> Evaluate(const Model& model, lutgemm::Mode mode,
                                std::span<const uint8_t> text, lutgemm::Threads* threads = nullptr,
                                const std::optional<CacheSpec>& cache = {});

// The same by one engine of `spec`, such as one that adds up what linear layers read.
lutgemm::Result<Score> EvaluateAlone(const Model& model, EngineSpec spec,
                                     std::span<const uint8_t> text);

// -log2 of the probability that softmax(logits) gives to `token`.
double Bits(std::span<const float> logits, uint8_t token);

// Draws tokens: the likeliest at temperature 0, else at random from softmax(logits / temperature).
// Equal seeds give equal draws everywhere.
class Sampler {
 public:
  Sampler(double temperature, uint64_t seed) : temperature_(temperature), random_(seed) {}
  uint8_t Draw(std::span<const float> logits);

 private:
  double temperature_;
  std::mt19937_64 random_;
};

// Continues `prompt` (not empty) by `bytes` bytes, which are returned. Where the context is full,
// its second half is read again as the beginning of a new one.
lutgemm::Result<std::string> Generate(Engine& engine, std::string_view prompt, size_t bytes,
                                      Sampler& sampler);

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_TEXT_HPP_
