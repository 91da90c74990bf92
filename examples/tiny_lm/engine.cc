#include "tiny_lm/engine.hpp"

#include "tiny_lm/parallel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace tiny_lm {

using lutgemm::Result;
using lutgemm::Status;

// Preparation: plans for one token and for a batch of them, memory for the larger.

Engine::Engine(const Model& model, const EngineSpec& spec)
    : model_(&model),
      spec_(spec),
      rope_(model.config.context, model.config.head_dim(), model.config.rope_theta),
      statuses_(spec.prefill) {
  const Config& config = model.config;
  for (auto* part : {&stream_, &normed_, &query_, &key_, &value_, &branch_})
    part->resize(spec.prefill * config.hidden);
  for (auto* part : {&gate_, &up_}) part->resize(spec.prefill * config.intermediate);
  scores_.resize(spec.prefill * config.context);
  scratch_.threads = spec.threads;
  scratch_.energy = spec.energy;
}

Result<Engine> Engine::Make(const Model& model, const EngineSpec& spec) {
  if (spec.prefill == 0 || spec.prefill > model.config.context) {
    return Status(lutgemm::Code::kBadArgument, "prefill must be 1 to the model's context of " +
                                                   std::to_string(model.config.context));
  }
  Engine engine(model, spec);
  for (const Layer& layer : model.layers) {
    auto cache = AttentionCache::Make(model.config, layer, spec.cache);
    if (!cache.ok()) return cache.status();
    engine.caches_.push_back(*std::move(cache));
  }
  auto decode = engine.MakeStep(1);
  if (!decode.ok()) return decode.status();
  auto prefill = engine.MakeStep(spec.prefill);
  if (!prefill.ok()) return prefill.status();
  engine.decode_ = *std::move(decode);
  engine.prefill_ = *std::move(prefill);
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

const lutgemm::Plan* Engine::decode_plan() const { return FirstPlan(decode_); }
const lutgemm::Plan* Engine::prefill_plan() const { return FirstPlan(prefill_); }

const lutgemm::Plan* Engine::FirstPlan(const Step& step) {
  const auto plans = step.layers.front().qkv.plans();
  return plans.empty() ? nullptr : &plans.front();
}

// Running: whole batches first, the rest token by token.

void Engine::Reset() {
  position_ = 0;
  for (AttentionCache& cache : caches_) cache.Reset();
}

Status Engine::Forward(std::span<const uint8_t> tokens, std::span<float> logits) {
  const Config& config = model_->config;
  if (tokens.size() > config.context - position_ || logits.size() < tokens.size() * config.vocab) {
    return Status(lutgemm::Code::kBadArgument,
                  std::to_string(position_) + " + " + std::to_string(tokens.size()) +
                      " tokens: more than the context of " + std::to_string(config.context) +
                      ", or than there is room for logits");
  }
  for (size_t done = 0; done < tokens.size();) {
    const Step& step = tokens.size() - done >= prefill_.m ? prefill_ : decode_;
    Status status = RunStep(step, &tokens[done], &logits[done * config.vocab]);
    if (!status.ok()) return status;
    done += step.m;
    position_ += step.m;
  }
  return {};
}

Status Engine::RunStep(const Step& step, const uint8_t* tokens, float* logits) {
  const size_t hidden = model_->config.hidden;
  for (size_t t = 0; t < step.m; ++t) {
    std::copy_n(&model_->embedding[tokens[t] * hidden], hidden, &stream_[t * hidden]);
  }
  for (size_t layer = 0; layer < step.layers.size(); ++layer) {
    if (Status status = Attention(step, layer); !status.ok()) return status;
    if (Status status = Mlp(step, layer); !status.ok()) return status;
  }
  Norm(step.m, model_->final_norm);
  return step.head.Run(normed_.data(), std::array{logits}, scratch_);
}

Status Engine::Attention(const Step& step, size_t layer) {
  const LayerPlans& plans = step.layers[layer];
  AttentionCache& cache = caches_[layer];
  const size_t count = step.m * model_->config.hidden;

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
  status = plans.attention_out.Run(normed_.data(), std::array{branch_.data()}, scratch_);
  AddToStream(step.m);
  return status;
}

// Turns query and key of a token under way to its position.
void Engine::PlaceToken(size_t token) {
  const Config& config = model_->config;
  const size_t position = position_ + token;
  const std::span<float> query(&query_[token * config.hidden], config.hidden);
  rope_.Apply(query, position);
  rope_.Apply({&key_[token * config.hidden], config.hidden}, position);
  const float factor = 1 / std::sqrt(float(config.head_dim()));
  for (float& value : query) value *= factor;
}

// Causal attention of one token under way; its result takes the place of the normed activations.
Status Engine::AttendToken(const AttentionCache& cache, size_t token) {
  const Config& config = model_->config;
  const size_t size = config.head_dim();
  const std::span<float> scores(&scores_[token * config.context], position_ + token + 1);
  for (size_t head = 0; head < config.heads; ++head) {
    const size_t at = token * config.hidden + head * size;
    Status status = cache.Attend(head, {&query_[at], size}, scores, {&normed_[at], size});
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
