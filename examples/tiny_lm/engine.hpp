// Runs a model: tokens in, logits out, keys and values remembered.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_ENGINE_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_ENGINE_HPP_

#include "tiny_lm/cache.hpp"
#include "tiny_lm/linear.hpp"
#include "tiny_lm/math.hpp"
#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tiny_lm {

struct EngineSpec {
  lutgemm::Mode mode = lutgemm::Mode::kFast;
  size_t prefill = 64;                  // tokens that go through the model together
  lutgemm::Threads* threads = nullptr;  // null: everything on the calling thread
  std::optional<CacheSpec> cache = {};  // of keys and values; none: f32
  size_t context = 0;                   // most tokens; 0: what the model was made for
  InputEnergy* energy = nullptr;        // where inputs of linear layers are added up, or null
};

// The model must outlive its engine. One engine serves one sequence at a time.
class Engine {
 public:
  static lutgemm::Result<Engine> Make(const Model& model, const EngineSpec& spec);

  // Appends tokens to the context and writes the logits that follow each of them: [tokens][vocab].
  // Fails with kBadArgument where the context would grow too long, or for a token that is none.
  lutgemm::Status Forward(std::span<const Token> tokens, std::span<float> logits);
  // The same without logits, where nobody asks what follows.
  lutgemm::Status Read(std::span<const Token> tokens);
  // Forgets the context.
  void Reset();

  const Config& config() const { return model_->config; }
  size_t context() const { return context_; }
  size_t prefill() const { return spec_.prefill; }
  size_t position() const { return position_; }
  // Sets of activation tables built since the engine was made.
  size_t table_builds() const { return scratch_.table_builds; }
  // Time spent in linear layers since then.
  double linear_seconds() const { return scratch_.seconds; }
  // The plan of the first packed layer for one token and for `prefill` tokens; null without any.
  const lutgemm::Plan* decode_plan() const;
  const lutgemm::Plan* prefill_plan() const;
  // Stored bits of an element of keys and values.
  double cache_bits() const { return caches_.front().bits_per_element(); }

 private:
  struct LayerPlans {
    LinearGroup qkv, attention_out, gate_up, down;
  };
  // Everything planned for `m` tokens at a time.
  struct Step {
    size_t m = 1;
    std::vector<LayerPlans> layers;
    LinearGroup head;
  };

  Engine(const Model& model, const EngineSpec& spec);
  lutgemm::Result<Step> MakeStep(size_t m);
  static const lutgemm::Plan* FirstPlan(const Step& step);

  lutgemm::Status Check(std::span<const Token> tokens) const;
  // The largest step for so many tokens.
  const Step& StepFor(size_t tokens) const;
  lutgemm::Status RunStep(const Step& step, const Token* tokens, float* logits);
  lutgemm::Status Attention(const Step& step, size_t layer);
  lutgemm::Status Mlp(const Step& step, size_t layer);
  void Norm(size_t m, const std::vector<float>& weight);
  void PlaceToken(size_t token);
  lutgemm::Status AttendToken(const AttentionCache& cache, size_t token);
  void AddToStream(size_t m);

  const Model* model_;
  EngineSpec spec_;
  size_t context_;
  Rope rope_;
  std::vector<Step> steps_;  // prefill tokens at a time, then fewer; one at the end
  std::vector<AttentionCache> caches_;
  size_t position_ = 0;  // tokens in the caches

  // Activations of the tokens under way, [prefill][...]; `mixed_` is what attention makes of
  // values.
  std::vector<float> stream_, normed_, query_, key_, value_, mixed_, branch_, gate_, up_, scores_;
  std::vector<lutgemm::Status> statuses_;  // of the tokens that attend at once
  Scratch scratch_;
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_ENGINE_HPP_
