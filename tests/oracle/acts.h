// One token's activations, prepared as docs/numerics.md says.
#ifndef LUTGEMM_ORACLE_ACTS_H_
#define LUTGEMM_ORACLE_ACTS_H_

#include <lutgemm/plan.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace lutgemm::oracle {

// What of a problem decides about its numbers.
struct Spec {
  Mode mode = Mode::kFast;
  Method method = Method::kDot;  // of the kernel that runs
  LayoutId layout = LayoutId::kPlanes;
  size_t block = 0;      // Problem::block
  unsigned act_bfp = 0;  // Problem::act_bfp
  bool int8_acts = false;
  bool int32_outputs = false;
  unsigned largest_zero = 0;  // integer zero of the matrix
};

// Activations that meet in one lookup: 4, 5 or 3; 1 where they are int8.
size_t LookupLength(const Spec& spec);

// Neighbours along K that share a scale: all of one group, or of the groups from `group` on that
// are a span.
struct Block {
  size_t group, begin, end;
  bool span = false;
};
std::vector<Block> BlocksOf(const WeightInfo& info, const Spec& spec);

struct ActBlock {
  Block at;
  float scale = 0.0f;      // s_a
  float sum = 0.0f;        // A, of tables; 0 where the block counts as zeros
  std::vector<int> codes;  // q_k, or f_k with six fraction bits; 0 behind the block up to a lookup
};
// What int8 does not hold of an outlier.
struct Rest {
  size_t k;
  float r;
};
struct Token {
  std::vector<ActBlock> blocks;
  std::vector<Rest> rests;
};
Token Prepare(std::span<const float> act, const WeightInfo& info, const Spec& spec);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_ACTS_H_
