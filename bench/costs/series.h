// What is measured: weights, numbers of tokens and places of weights, few enough for some minutes.
#ifndef LUTGEMM_BENCH_COSTS_SERIES_H_
#define LUTGEMM_BENCH_COSTS_SERIES_H_

#include "plan/choice/cost.h"

#include <lutgemm/weights.hpp>

#include <string_view>
#include <vector>

namespace lutgemm::bench {

// Bytes through which weights rotate, so that they come from that level.
size_t WorkingSet(plan::Level level);

struct Stored {
  WeightInfo info;
  LayoutId layout;
};

// What choices are pinned and checked for: formats in their layouts, in three shapes.
std::vector<Stored> PinnedWeights();

// What distances of prefetching are measured with: a format for every kernel.
std::vector<Stored> AheadWeights();

// What `costs check` looks at, in one shape.
std::vector<Stored> CheckedWeights(size_t n, size_t k);

// All of these weights with all of these numbers of tokens.
struct Series {
  plan::Level level;
  std::vector<size_t> tokens;
  std::vector<Stored> weights;
};
// For a target; PORTABLE, which is slow, has small ones.
std::vector<Series> SeriesFor(std::string_view target);
// Tiny ones: does it run?
std::vector<Series> SmokeSeries();

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_SERIES_H_
