#include "tiny_lm/engine.hpp"

#include "tiny_lm/parallel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace tiny_lm {

using lutgemm::Result;
using lutgemm::Status;

namespace {

// What is left of a text after whole batches goes through in smaller ones, then alone.
constexpr size_t kSmallBatch = 8;

}  // namespace

// Preparation: plans for one token and for batches of them, memory for the largest.

Engine::Engine(const Model& model, const EngineSpec& spec)
    : model_(&model),
      spec_(spec),
      context_(spec.context != 0 ? spec.context : model.config.context),
      rope_(context_, model.config.head_dim, model.config.rope),
      statuses_(spec.prefill) {
  const Config& config = model.config;
  for (auto* part : {&stream_, &normed_, &branch_}) part->resize(spec.prefill * config.hidden);
  for (auto* part : {&query_, &mixed_}) part->resize(spec.prefill * config.query_size());
  for (auto* part : {&key_, &value_}) part->resize(spec.prefill * config.kv_size());
  for (auto* part : {&gate_, &up_}) part->resize(spec.prefill * config.intermediate);
  scores_.resize(spec.prefill * context_);
  scratch_.threads = spec.threads;
  scratch_.energy = spec.energy;
}

Result<Engine> Engine::Make(const Model& model, const EngineSpec& spec) {
  const size_t longest = model.config.context;
  const size_t context = spec.context != 0 ? spec.context : longest;
  if (context > longest || spec.prefill == 0 || spec.prefill > context) {
    return Status(lutgemm::Code::kBadArgument,
                  "prefill must be 1 to the context, which may be the model's of " +
                      std::to_string(longest) + " at most");
  }
  Engine engine(model, spec);
  Config config = model.config;
  config.context = context;
  for (const Layer& layer : model.layers) {
    auto cache = AttentionCache::Make(config, layer, spec.cache);
    if (!cache.ok()) return cache.status();
    engine.caches_.push_back(*std::move(cache));
  }
  std::vector<size_t> sizes{spec.prefill};
  if (spec.prefill > kSmallBatch) sizes.push_back(kSmallBatch);
  if (spec.prefill > 1) sizes.push_back(1);
  for (const size_t size : sizes) {
    auto step = engine.MakeStep(size);
    if (!step.ok()) return step.status();
    engine.steps_.push_back(*std::move(step));
  }
  return engine;
}

Result<Engine::Step> Engine::MakeStep(size_t m) {
  lutgemm::Problem problem;
  problem.m = m;
  problem.mode = spec_.mode;
  Step step;
  step.m = m;
  Status status;  // of the first group that fails
  const auto make = [&](const std::vector<const Linear*>& layers) {
    const Linear& first = *layers.front();
    problem.threads = UsefulThreads(spec_.threads, m * first.n * first.k);
    auto group = LinearGroup::Make(layers, problem);
    if (!group.ok()) {
      if (status.ok()) status = group.status();
      return LinearGroup();
    }
    scratch_.Reserve(group->table_bytes(), group->workspace_bytes());
    return *std::move(group);
  };
  for (const Layer& layer : model_->layers) {
    LayerPlans plans;
    plans.qkv = make({&layer.query, &layer.key, &layer.value});
    plans.attention_out = make({&layer.attention_out});
    plans.gate_up = make({&layer.gate, &layer.up});
    plans.down = make({&layer.down});
    step.layers.push_back(std::move(plans));
  }
  step.head = make({&model_->head});
  if (!status.ok()) return status;
  return step;
}

const lutgemm::Plan* Engine::decode_plan() const { return FirstPlan(steps_.back()); }
const lutgemm::Plan* Engine::prefill_plan() const { return FirstPlan(steps_.front()); }

const lutgemm::Plan* Engine::FirstPlan(const Step& step) {
  const auto plans = step.layers.front().qkv.plans();
  return plans.empty() ? nullptr : &plans.front();
}

// Running: whole batches first, the rest token by token.

void Engine::Reset() {
  position_ = 0;
  for (AttentionCache& cache : caches_) cache.Reset();
}

Status Engine::Check(std::span<const Token> tokens) const {
  if (tokens.size() > context_ - position_) {
    return Status(lutgemm::Code::kBadArgument,
                  std::to_string(position_) + " + " + std::to_string(tokens.size()) +
                      " tokens: more than the context of " + std::to_string(context_));
  }
  for (const Token token : tokens) {
    if (token < model_->config.vocab) continue;
    return Status(lutgemm::Code::kBadArgument, "token " + std::to_string(token) +
                                                   ": the vocabulary has " +
                                                   std::to_string(model_->config.vocab));
  }
  return {};
}

const Engine::Step& Engine::StepFor(size_t tokens) const {
  return *std::ranges::find_if(steps_, [&](const Step& step) { return step.m <= tokens; });
}

Status Engine::Forward(std::span<const Token> tokens, std::span<float> logits) {
  const size_t vocab = model_->config.vocab;
  if (Status status = Check(tokens); !status.ok()) return status;
  if (logits.size() < tokens.size() * vocab) {
    return Status(lutgemm::Code::kBadArgument, "there is no room for the logits of " +
                                                   std::to_string(tokens.size()) + " tokens");
  }
  for (size_t done = 0; done < tokens.size();) {
    const Step& step = StepFor(tokens.size() - done);
    Status status = RunStep(step, &tokens[done], &logits[done * vocab]);
    if (!status.ok()) return status;
    done += step.m;
  }
  return {};
}

Status Engine::Read(std::span<const Token> tokens) {
  if (Status status = Check(tokens); !status.ok()) return status;
  for (size_t done = 0; done < tokens.size();) {
    const Step& step = StepFor(tokens.size() - done);
    if (Status status = RunStep(step, &tokens[done], nullptr); !status.ok()) return status;
    done += step.m;
  }
  return {};
}

Status Engine::RunStep(const Step& step, const Token* tokens, float* logits) {
  const size_t hidden = model_->config.hidden;
  for (size_t t = 0; t < step.m; ++t) {
    Status status = model_->token_rows().Row(tokens[t], {&stream_[t * hidden], hidden});
    if (!status.ok()) return status;
  }
  for (size_t layer = 0; layer < step.layers.size(); ++layer) {
    if (Status status = Attention(step, layer); !status.ok()) return status;
    if (Status status = Mlp(step, layer); !status.ok()) return status;
  }
  position_ += step.m;
  if (logits == nullptr) return {};
  Norm(step.m, model_->final_norm);
  return step.head.Run(normed_.data(), std::array{logits}, scratch_);
}

Status Engine::Attention(const Step& step, size_t layer) {
  const LayerPlans& plans = step.layers[layer];
  AttentionCache& cache = caches_[layer];
  const size_t count = step.m * model_->config.kv_size();

  Norm(step.m, model_->layers[layer].attention_norm);
  Status status = plans.qkv.Run(normed_.data(),
                                std::array{query_.data(), key_.data(), value_.data()}, scratch_);
  if (!status.ok()) return status;
  ForEach(spec_.threads, step.m, [&](size_t t) { PlaceToken(t); });
  status = cache.Append({key_.data(), count}, {value_.data(), count});
  if (!status.ok()) return status;
  ForEach(spec_.threads, step.m, [&](size_t t) { statuses_[t] = AttendToken(cache, t); });
  for (size_t t = 0; t < step.m; ++t) {
    if (!statuses_[t].ok()) return statuses_[t];
  }
  status = plans.attention_out.Run(mixed_.data(), std::array{branch_.data()}, scratch_);
  AddToStream(step.m);
  return status;
}

// Turns query and key of a token under way to its position.
void Engine::PlaceToken(size_t token) {
  const Config& config = model_->config;
  const size_t position = position_ + token;
  const std::span<float> query(&query_[token * config.query_size()], config.query_size());
  rope_.Apply(query, position);
  rope_.Apply({&key_[token * config.kv_size()], config.kv_size()}, position);
  const float factor = 1 / std::sqrt(float(config.head_dim));
  for (float& value : query) value *= factor;
}

// Causal attention of one token under way.
Status Engine::AttendToken(const AttentionCache& cache, size_t token) {
  const Config& config = model_->config;
  const size_t size = config.head_dim, shared = config.heads / config.kv_heads;
  const std::span<float> scores(&scores_[token * context_], position_ + token + 1);
  for (size_t head = 0; head < config.heads; ++head) {
    const size_t at = token * config.query_size() + head * size;
    Status status = cache.Attend(head / shared, {&query_[at], size}, scores, {&mixed_[at], size});
    if (!status.ok()) return status;
  }
  return {};
}

Status Engine::Mlp(const Step& step, size_t layer) {
  const size_t size = model_->config.intermediate;
  const LayerPlans& plans = step.layers[layer];
  Norm(step.m, model_->layers[layer].mlp_norm);
  Status status = plans.gate_up.Run(normed_.data(), std::array{gate_.data(), up_.data()}, scratch_);
  if (!status.ok()) return status;
  ForEach(spec_.threads, step.m, [&](size_t t) {
    SwiGlu({&gate_[t * size], size}, &up_[t * size]);
  });
  status = plans.down.Run(gate_.data(), std::array{branch_.data()}, scratch_);
  AddToStream(step.m);
  return status;
}

void Engine::Norm(size_t m, const std::vector<float>& weight) {
  const size_t hidden = model_->config.hidden;
  ForEach(spec_.threads, m, [&](size_t t) {
    RmsNorm({&stream_[t * hidden], hidden}, weight, model_->config.rms_eps, &normed_[t * hidden]);
  });
}

void Engine::AddToStream(size_t m) {
  const size_t count = m * model_->config.hidden;
  for (size_t i = 0; i < count; ++i) stream_[i] += branch_[i];
}

}  // namespace tiny_lm
