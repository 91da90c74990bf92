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

// Groups whose activations share one scale: those of a super-group, or of 256 weights.
struct Span {
  std::vector<Block> groups;

  size_t begin() const { return groups.front().begin; }
  size_t size() const { return groups.back().end - begin(); }
};

// Whether int8 activations of methods dot and codebook come in spans: always with super-groups, and
// in mode fast where groups of up to 64 are whole slices and the problem asks for no finer block;
// not with integer zeros above 112 or of more than four bits.
inline bool HasSpans(const QuantizedMatrix& w, Mode mode, size_t asked_block) {
  const WeightInfo& info = w.info;
  if (info.super_group != 0) return true;
  if (mode == Mode::kExact || asked_block != 0 || info.groups() == 1) return false;
  const bool large =
      !w.zeros.empty() && (CodeCount(info.format) > 16 || *std::ranges::max_element(w.zeros) > 112);
  return info.group % 16 == 0 && info.group <= 64 && !large;
}

// All spans of a row in order.
inline std::vector<Span> SpansOf(const WeightInfo& info) {
  const size_t length = (info.super_group != 0 ? info.super_group : 256) / info.group;
  std::vector<Span> spans;
  for (const Block& group : BlocksOf(info, info.k)) {
    if (group.group % length == 0) spans.emplace_back();
    spans.back().groups.push_back(group);
  }
  return spans;
}

// Whether int8 activations whose scales hold for `block` of them, as a plan says, come in spans.
inline bool AreSpans(const WeightInfo& info, size_t block) {
  return info.super_group != 0 || (info.groups() > 1 && block >= size_t{2} * info.group);
}

// What shares scales of activations in blocks of such a length: spans, or one block each.
inline std::vector<Span> ScaledTogether(const WeightInfo& info, size_t block, bool int8) {
  if (int8 && AreSpans(info, block)) return SpansOf(info);
  std::vector<Span> all;
  for (const Block& each : BlocksOf(info, block)) all.push_back({{each}});
  return all;
}

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_BLOCKS_H_
