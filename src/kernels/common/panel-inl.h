// What the kernels of many tokens share. K is cut into chunks whose expanded weights stay in a
// cache; each chunk is expanded once and read by every token, a register tile at a time. A block of
// K that a chunk's end cuts leaves its integer sums in memory for the next chunk.
#if defined(LUTGEMM_KERNELS_COMMON_PANEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_PANEL_INL_H_
#undef LUTGEMM_KERNELS_COMMON_PANEL_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_PANEL_INL_H_
#endif

#include "base/bits.h"
#include "base/check.h"
#include "kernels/common/merged_span-inl.h"
#include "kernels/common/prefetch-inl.h"
#include "kernels/common/span_tile-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/common/tile_sums-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Calls steps(n, prefetch, sums...) for the chunk's part of each block, n steps that follow those
// of the call before, between the start and the fold of its sums.
template <int kTokens, FoldKind kKind, bool kExact, class Steps>
HWY_INLINE void ForEachBlockOfTile(const Tile& tile, Steps steps) {
  if constexpr (kKind == FoldKind::kMerged) return ForEachSpanOfTile<kTokens>(tile, steps);
  if constexpr (IsSpan(kKind)) return ForEachGroupOfTile<kTokens, kKind>(tile, steps);
  TileEnds ends = EndsOf(tile);
  TilePrefetch prefetch = tile.prefetch;
  TileSum LUTGEMM_TILE_SUMS;
  size_t begin = tile.begin;
  for (BlockCursor at = tile.at; begin < tile.end; begin = at.begin) {
    LUTGEMM_DCHECK(at.begin <= begin && begin < at.end);
    if (tile.outputs != nullptr) tile.outputs->Fetch();
    const bool block_starts = begin == at.begin, block_ends = at.end <= tile.end;
#define LUTGEMM_X(t)         \
  if constexpr (t < kTokens) \
    StartSums<kKind, kExact>(ends, block_starts, t, LUTGEMM_TILE_SUMS_OF(t));
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    steps((block_ends ? at.end : tile.end) - begin, prefetch, LUTGEMM_TILE_SUMS);
#define LUTGEMM_X(t)         \
  if constexpr (t < kTokens) \
    EndSums<kKind, kExact>(ends, at, block_ends, t, LUTGEMM_TILE_SUMS_OF(t));
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    if (kKind == FoldKind::kGeneral && block_ends) FoldGeneral<kExact>(tile, at, kTokens);
    at.Next();
    ends.NextBlock();
  }
}

// Calls run(tile, tokens) for every tile of a chunk, tokens split evenly among tiles, and
// end(tile, tokens) after the last tile of some tokens. Moves `tile` itself: a copy of what was
// written in parts just before waits for all of them.
template <class Run, class End>
HWY_INLINE void ForEachTile(const KernelArgs& args, Tile& tile, size_t panel_outputs_bytes, Run run,
                            End end) {
  const size_t outputs = args.strips * args.weight.strip;
  const size_t all = args.token_end - args.token_begin;
  const size_t tiles = (all + LUTGEMM_TILE_TOKENS - 1) / LUTGEMM_TILE_TOKENS;
  const size_t least = all / tiles, longer = all % tiles;
  // What is read next is shared out among tiles; of a single one, among its runs over outputs.
  const size_t parts = (outputs + TileOutputs() - 1) / TileOutputs();
  const size_t runs = tiles == 1 ? parts : 1;
  NextChunk next = NextChunkOf(args, tile.begin, tile.end, tiles * runs);
  tile.prefetch.step = next.step;
  const bool last = tile.end >= args.grid.steps;
  const size_t pieces = base::CeilDiv(tile.end - tile.begin, args.grid.block_steps);
  OutputLines lines = OutputLinesOf(args, least + 1, pieces * parts);
  tile.outputs = last ? &lines : nullptr;
  tile.token = args.token_begin;
  for (size_t i = 0; i < tiles; ++i) {
    const size_t tokens = least + (i < longer ? 1 : 0);
    tile.prefetch.at = next.codes.Take();
    PrefetchScales(next);
    lines.Begin(args, tile.token, tokens);
    for (tile.output = 0; tile.output < outputs; tile.output += TileOutputs()) {
      tile.panel = args.panel + tile.output / TileOutputs() * panel_outputs_bytes;
      run(tile, tokens);
      if (runs > 1) tile.prefetch.at = next.codes.Take();
    }
    end(tile, tokens);
    if (last) StoreTokens(args, tile.token, tokens);
    tile.token += tokens;
  }
}

// A tile at the start of the call's part of K.
HWY_INLINE Tile FirstTile(const KernelArgs& args) {
  BlockCursor at(args.grid);
  if (args.range.begin != 0) at.MoveToStep(args.range.begin);
  LUTGEMM_DCHECK(at.begin == args.range.begin);
  return {&args, at, args.range.begin, 0, 0, 0, args.panel, {nullptr, 0}, nullptr, {}};
}

// Calls expand(begin, end) and then tiles(tile) for each chunk of K, whose ends may cut blocks.
template <class Expand, class Tiles>
HWY_INLINE void ForEachChunk(const KernelArgs& args, Expand expand, Tiles tiles) {
  Tile tile = FirstTile(args);
  for (; tile.begin < args.range.end; tile.begin = tile.end) {
    tile.end = HWY_MIN(tile.begin + args.range.chunk, args.range.end);
    expand(tile.begin, tile.end);
    const size_t group = args.grid.group_steps;
    ExpandScales(args, tile.begin / group, base::CeilDiv(tile.end, group));
    tiles(tile);
    while (!tile.at.done() && tile.at.end <= tile.end) tile.at.Next();
  }
  // A block that a part's end cut would leave its sums where items after it write theirs.
  LUTGEMM_DCHECK(tile.at.begin == args.range.end);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_PANEL_INL_H_
