// What a kernel's call takes, predicted from plain facts: how much of each kind of work it does
// times what a unit of that work takes on a core.
#ifndef LUTGEMM_PLAN_CHOICE_COST_H_
#define LUTGEMM_PLAN_CHOICE_COST_H_

#include "kernels/registry.h"

#include <cstddef>

namespace lutgemm::plan {

// Nanoseconds of one core for each unit of Work; fitted, see bench/costs.
struct Coefficients {
  float act = 0.0f;
  float weight = 0.0f;
  float product = 0.0f;
  float scale = 0.0f;
  float fold = 0.0f;
  float spill = 0.0f;
  // More for integer zero points, and for float offsets.
  float point_weight = 0.0f, point_fold = 0.0f;
  float offset_weight = 0.0f, offset_fold = 0.0f;
  // How much longer than reading alone the kernel takes for its weights, from caches and from DRAM.
  float near = 1.0f, far = 1.0f;
  // KernelArgs::ahead, which no time depends on here: what was fastest on the core.
  size_t ahead = kernels::kUsualAhead;
};

// Where a call's weights come from: the smallest cache whose half holds them.
enum class Level : uint8_t { kL2, kL3, kDram };
inline constexpr size_t kLevelCount = 3;

// A product, and the caches that it meets.
struct CostFacts {
  Mode mode = Mode::kFast;
  size_t m = 1, n = 0, k = 0;
  size_t group = 0;  // weights along K that share a scale, at most k
  size_t block = 0;  // activations that share a scale; 0: the kernel's own
  ZeroKind zero = ZeroKind::kNone;
  size_t weight_bytes = 0;
  size_t l2_bytes = 0, l3_bytes = 0;
  bool parts = false;  // plans cut K into parts where a kernel can do them
};

// What one call does.
struct Work {
  double acts = 0.0;      // activations packed
  double weights = 0.0;   // weights decoded: all of them in each pass over tokens
  double products = 0.0;  // of weights and activations
  double scales = 0.0;    // of weight groups, read in each pass
  double folds = 0.0;     // of blocks' sums into outputs
  double spills = 0.0;    // bytes of packed activations that the L2 cache cannot hold, read again
  double bytes = 0.0;     // of weights that come from where they lie
  double beside = 1.0;    // part of the core's work done while they come, at most 1
};
Work WorkOf(const kernels::KernelSpec& kernel, const CostFacts& facts);

Level LevelOf(const CostFacts& facts);

// How fast one thread reads weights.
struct Pace {
  float byte = 0.0f;  // nanoseconds
  bool far = false;   // from DRAM
};
// Of a call by one thread. Reading and the work that is done meanwhile take less than both one
// after the other and more than the longer one: they overlap, but not all the time.
double Nanoseconds(const Coefficients& cost, const Work& work, ZeroKind zero, const Pace& pace);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHOICE_COST_H_
