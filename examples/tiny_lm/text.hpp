// What one does with an engine: measure how well it predicts a text, and let it write one.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_TEXT_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_TEXT_HPP_

#include "tiny_lm/engine.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tiny_lm {

// Tokens of a text, and how many bytes of it each stands for.
struct TokenText {
  std::vector<Token> tokens;
  std::vector<uint32_t> bytes;
};
// Every byte a token.
TokenText ByteTokens(std::span<const uint8_t> text);

// The text is cut into windows of equal length; what is left over at the end is not used. Each
// window starts afresh, and every token but its first is predicted from those before it.
struct Score {
  std::vector<double> window_bits;  // bits spent on each window
  size_t bytes = 0;                 // that were predicted, in all of them

  double bits_per_byte() const;
};
// A score without bits yet: windows of `window` tokens and the bytes in them.
Score EmptyScore(const TokenText& text, size_t window);

struct EvaluationSpec {
  lutgemm::Mode mode = lutgemm::Mode::kFast;
  size_t window = 0;                    // tokens; 0: the model's context
  std::optional<CacheSpec> cache = {};  // of keys and values; none: f32
};
// Windows are shared out among the threads, each with an engine of its own.
lutgemm::Result<Score> Evaluate(const Model& model, const EvaluationSpec& spec,
                                const TokenText& text, lutgemm::Threads* threads = nullptr);
// The same of a byte-level model.
lutgemm::Result<Score> Evaluate(const Model& model, lutgemm::Mode mode,
                                std::span<const uint8_t> text, lutgemm::Threads* threads = nullptr,
                                const std::optional<CacheSpec>& cache = {});

// The same by one engine of `spec`, such as one that adds up what linear layers read.
lutgemm::Result<Score> EvaluateAlone(const Model& model, EngineSpec spec,
                                     std::span<const uint8_t> text);

// -log2 of the probability that softmax(logits) gives to `token`.
double Bits(std::span<const float> logits, Token token);

// Draws tokens: the likeliest at temperature 0, else at random from softmax(logits / temperature).
// Equal seeds give equal draws everywhere.
class Sampler {
 public:
  Sampler(double temperature, uint64_t seed) : temperature_(temperature), random_(seed) {}
  Token Draw(std::span<const float> logits);

 private:
  double temperature_;
  std::mt19937_64 random_;
};

// Reads `prompt` (not empty) into an empty context and draws tokens for as long as `take` says true
// of the one just drawn. Where the context is full, its second half is read again as the beginning
// of a new one.
lutgemm::Status Continue(Engine& engine, std::span<const Token> prompt, Sampler& sampler,
                         const std::function<bool(Token)>& take);

// Continues `prompt` (not empty) of a byte-level model by `bytes` bytes, which are returned.
lutgemm::Result<std::string> Generate(Engine& engine, std::string_view prompt, size_t bytes,
                                      Sampler& sampler);

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_TEXT_HPP_
