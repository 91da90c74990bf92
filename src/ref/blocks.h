// Blocks of a row: runs of k that share an activation scale, begun anew in every group of weights.
#ifndef LUTGEMM_REF_BLOCKS_H_
#define LUTGEMM_REF_BLOCKS_H_

#include <lutgemm/weights.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace lutgemm::ref {

// k in [begin, end), all of it in `group`.
struct Block {
  size_t group, begin, end;

  size_t size() const { return end - begin; }
};

// All blocks of a row in order, each of `length` k but for the last ones of groups.
inline std::vector<Block> BlocksOf(const WeightInfo& info, size_t length) {
  std::vector<Block> blocks;
  for (size_t g = 0; g < info.groups(); ++g) {
    for (size_t k = info.group_begin(g); k < info.group_end(g); k += length) {
      blocks.push_back({g, k, std::min(k + length, info.group_end(g))});
    }
  }
  return blocks;
}

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_BLOCKS_H_
