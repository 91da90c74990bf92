#include "plan/choice/cost.h"

#include "base/bits.h"
#include "layout/layout.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::plan {
namespace {

using base::CeilDiv;
using kernels::KernelSpec;

// Activations that share a scale: as the problem or the kernel has it, at most a weight group.
size_t BlockOf(const KernelSpec& kernel, const CostFacts& facts) {
  const size_t own = facts.mode == Mode::kExact ? 0 : kernel.block;
  const size_t block = facts.block != 0 ? facts.block : own;
  return block == 0 ? facts.group : std::min(block, facts.group);
}

// Tokens that strip after strip is multiplied with, and how many bytes of theirs the L2 cache
// should hold meanwhile and cannot.
struct Tiling {
  size_t tokens;
  double spilled;
};

// As many tokens as keep their activations in the cache, where K may be cut those of a part of it
// (plan/make_plan.cc has the exact number).
Tiling TilingOf(const KernelSpec& kernel, const CostFacts& facts) {
  constexpr size_t kUnit = 12, kLeast = 24, kMost = 264;
  const bool slow = kernel.method == Method::kTernary3 || kernel.method == Method::kLut5;
  const kernels::PackingSpec& packing = kernels::SpecOf(kernel.packing);
  const double per_k = double(packing.step_bytes) / double(packing.step_k);
  const double budget = double(facts.l2_bytes) * 5 / 8;
  double part = double(facts.k);
  if (kernel.parts && facts.parts) {
    const double enough = double(std::min<size_t>(facts.m, slow ? kMost : 192));
    part = std::min(part, std::max(slow ? 512.0 : 1024.0, budget / (per_k * enough)));
  }
  const auto fit = static_cast<size_t>(budget / (per_k * part));
  const size_t tokens = std::min(facts.m, std::clamp(fit / kUnit * kUnit, kLeast, kMost));
  return {tokens, std::max(double(tokens) * part * per_k - budget, 0.0)};
}

}  // namespace

Work WorkOf(const KernelSpec& kernel, const CostFacts& facts) {
  const auto m = double(facts.m), k = double(facts.k);
  const auto n = double(base::RoundUp(facts.n, 32));
  const Tiling tiling = TilingOf(kernel, facts);
  const auto tiles = double(CeilDiv(facts.m, tiling.tokens));
  const auto times = [&](size_t tokens) {
    return tokens == 0 ? tiles : double(CeilDiv(facts.m, tokens));
  };
  const double passes = times(kernel.decode_tokens);
  const auto groups = double(CeilDiv(facts.k, facts.group));
  const auto blocks = groups * double(CeilDiv(facts.group, BlockOf(kernel, facts)));
  Work work;
  work.acts = m * k;
  work.weights = passes * n * k;
  work.products = m * n * k;
  work.scales = passes * n * groups;
  work.folds = m * n * blocks;
  work.spills = tiles * tiling.spilled * n / double(kernels::kAccUnit);
  work.bytes = tiles * double(facts.weight_bytes);
  // A strip's first read comes from where the weights lie, the others from the L1 or L2 cache.
  work.beside = tiles / times(kernel.read_tokens);
  return work;
}

Level LevelOf(const CostFacts& facts) {
  if (facts.weight_bytes <= facts.l2_bytes / 2) return Level::kL2;
  return facts.weight_bytes <= facts.l3_bytes / 2 ? Level::kL3 : Level::kDram;
}

double Nanoseconds(const Coefficients& cost, const Work& work, ZeroKind zero, const Pace& pace) {
  float weight = cost.weight, fold = cost.fold;
  if (zero == ZeroKind::kInteger) weight += cost.point_weight, fold += cost.point_fold;
  if (zero == ZeroKind::kFloat) weight += cost.offset_weight, fold += cost.offset_fold;
  const auto of = [](float coefficient, double amount) { return double(coefficient) * amount; };
  const double all = of(cost.act, work.acts) + of(weight, work.weights) +
                     of(cost.product, work.products) + of(cost.scale, work.scales) +
                     of(fold, work.folds) + of(cost.spill, work.spills);
  const double read = double(pace.far ? cost.far : cost.near) * double(pace.byte) * work.bytes;
  const double beside = all * work.beside;
  return std::sqrt(beside * beside + read * read) + (all - beside);
}

}  // namespace lutgemm::plan
