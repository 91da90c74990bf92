// How a plan shares out its work: packing units, and lookup items, each of a tile of tokens and
// some strips of weights, with the parts of K that items take one after the other.
#ifndef LUTGEMM_PLAN_SPLIT_H_
#define LUTGEMM_PLAN_SPLIT_H_

#include "plan/blocking.h"

#include <cstddef>
#include <vector>

namespace lutgemm::plan {

// No tile has more tokens.
inline constexpr size_t kMostTileTokens = 264;

struct Split {
  size_t tokens = 1;
  // A packing unit is unit_blocks blocks of one token.
  size_t unit_blocks = 1;
  size_t units_per_token = 1;
  // Each of a token's lists of outliers is of so many blocks.
  size_t segment_blocks = 1;
  size_t segments = 1;
  // A lookup item is strips_per_item strips times tile_tokens tokens. Items of one tile take turns
  // at parts of K, as many items as `turns`.
  size_t tile_tokens = 1;
  size_t tiles = 1;
  size_t strips_per_item = 1;
  size_t strip_items = 1;
  size_t part_steps = 0;
  size_t turns = 1;
  // Expanded weights of one thread, and the steps that a panel takes at a time.
  size_t panel_bytes = 0;
  size_t k_chunk = 0;

  size_t units() const { return tokens * units_per_token; }
  size_t items() const { return strip_items * tiles; }
};

// For so many tokens, whatever the problem says.
Split MakeSplit(const Request& request, const Choice& choice, const Blocking& blocking,
                size_t tokens);

// What splits for least to most tokens may be at most: of those that take all of K at once, and, if
// there may be any, of those that take parts. Every number that memory grows with is as large as
// any of theirs.
struct TokenRange {
  size_t least, most;
};
std::vector<Split> LargestSplits(const Request& request, const Choice& choice,
                                 const Blocking& blocking, TokenRange tokens);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_SPLIT_H_
