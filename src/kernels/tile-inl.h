// What the kernels of many tokens share. K is cut into chunks whose expanded weights stay in the L1
// cache; each chunk is expanded once and read by every token, a register tile of a few tokens times
// four vectors of outputs at a time. A block of K that a chunk's end cuts leaves its integer sums
// in memory for the next chunk.
#if defined(LUTGEMM_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TILE_INL_H_
#undef LUTGEMM_KERNELS_TILE_INL_H_
#else
#define LUTGEMM_KERNELS_TILE_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"

// Tokens of a tile as an X-macro: sums must be named variables, because g++ 12 spills arrays of
// vectors. 6 x 4 sums, 4 operands and 2 temporaries fill 32 registers; 4 x 2 and 4 fill 16.
#undef LUTGEMM_EACH_TOKEN
#undef LUTGEMM_TILE_TOKENS
#undef LUTGEMM_TILE_VECTORS
#if HWY_TARGET <= HWY_AVX3
#define LUTGEMM_TILE_TOKENS 6
#define LUTGEMM_TILE_VECTORS 4
#define LUTGEMM_EACH_TOKEN(X) X(0) X(1) X(2) X(3) X(4) X(5)
#else
#define LUTGEMM_TILE_TOKENS 4
#define LUTGEMM_TILE_VECTORS 2
#define LUTGEMM_EACH_TOKEN(X) X(0) X(1) X(2) X(3)
#endif

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using TileTag = hn::CappedTag<int32_t, 16>;

// One register tile: tokens token + 0, 1, ... and the outputs from `output` on, counted from the
// call's first output, over steps [begin, end). `at` is the block that holds `begin`; `panel` is
// where the chunk's expanded weights for these outputs start.
struct Tile {
  const LookupArgs* args;
  BlockCursor at;
  size_t begin, end;
  size_t token, output;
  const uint8_t* panel;
  size_t scales[2];  // element of the weight scales of outputs 0 and 32 of the tile, group 0
};

// The part of a block that lies in a chunk.
struct Piece {
  size_t begin, end;
  bool starts, ends;  // whether the block does
};
HWY_INLINE Piece PieceOf(const Tile& tile, const BlockCursor& at) {
  const bool starts = at.begin >= tile.begin, ends = at.end <= tile.end;
  return {starts ? at.begin : tile.begin, ends ? at.end : tile.end, starts, ends};
}

// The call's strips rounded up so that a tile is always full: a missing strip repeats the last one.
HWY_INLINE size_t StripOf(const LookupArgs& args, size_t output) {
  const size_t strip = output / args.weight.strip;
  return strip < args.strips ? strip : args.strips - 1;
}

// What the first block's products are added to.
alignas(64) static constexpr float kZeroAccumulators[kAccUnit] = {};

// Where the weight scales of vector `v` of a tile start.
HWY_INLINE size_t TileScaleIndex(const Tile& tile, const BlockCursor& at, size_t v) {
  const size_t o = v * hn::Lanes(TileTag());
  return tile.scales[o / 32] + at.group * tile.args->weight.scale_group_stride + o % 32;
}

// Everything that the fold of vector `v` needs besides the sums.
template <bool kExact>
HWY_INLINE BlockFold TileFold(const Tile& tile, const BlockCursor& at, size_t t, size_t v) {
  const LookupArgs& args = *tile.args;
  BlockFold fold = MakeBlockFold<kExact>(args, at, tile.token + t, 0);
  fold.scale_index = TileScaleIndex(tile, at, v);
  fold.acc += tile.output + v * hn::Lanes(TileTag());
  return fold;
}

HWY_INLINE int32_t* TileRaw(const Tile& tile, size_t t, size_t v) {
  const LookupArgs& args = *tile.args;
  return args.raw + (tile.token + t - args.token_begin) * args.acc_stride + tile.output +
         v * hn::Lanes(TileTag());
}

// Integer sums at the start of a piece. Plain exact sums start from B * S, so that their fold has
// nothing to add.
template <FoldKind kKind, bool kExact, class V>
HWY_INLINE void StartSums(const Tile& tile, const BlockCursor& at, const Piece& piece, size_t t,
                          V& a, V& b, V& c, V& d) {
  const TileTag di32;
  if (piece.starts) {
    a = hn::Zero(di32);
    if constexpr (kExact && kKind != FoldKind::kGeneral) {
      const size_t i = (tile.token + t) * tile.args->grid.blocks + at.block;
      a = hn::Set(di32, tile.args->weight.fold.b * tile.args->act.int_sum[i]);
    }
    b = c = d = a;
    return;
  }
  a = hn::Load(di32, TileRaw(tile, t, 0));
  b = hn::Load(di32, TileRaw(tile, t, 1));
  if constexpr (LUTGEMM_TILE_VECTORS == 4) {
    c = hn::Load(di32, TileRaw(tile, t, 2));
    d = hn::Load(di32, TileRaw(tile, t, 3));
  }
}

// Weight scales of a tile's outputs in one block, the same for all tokens.
using TileFloats = hn::Vec<hn::Rebind<float, TileTag>>;
struct TileScales {
  TileFloats a, b, c, d;
};
HWY_INLINE TileScales LoadTileScales(const Tile& tile, const BlockCursor& at) {
  const hn::Rebind<float, TileTag> df;
  const WeightArgs& w = tile.args->weight;
  const auto scale = [&](size_t v) HWY_ATTR {
    return LoadAsF32(df, w.scales, w.scale_elem, TileScaleIndex(tile, at, v));
  };
  if constexpr (LUTGEMM_TILE_VECTORS == 4) return {scale(0), scale(1), scale(2), scale(3)};
  const auto first = scale(0);
  return {first, scale(1), first, first};
}

// Sums of one token to floats that are added to its accumulators, for plain problems. Lean on
// purpose: its instructions compete for the ports of lookups and products.
template <FoldKind kKind, bool kExact>
HWY_INLINE void FoldPlain(const Tile& tile, const BlockCursor& at, size_t t,
                          const TileScales& scales, hn::Vec<TileTag> a, hn::Vec<TileTag> b,
                          hn::Vec<TileTag> c, hn::Vec<TileTag> d) {
  const hn::Rebind<float, TileTag> df;
  const LookupArgs& args = *tile.args;
  const size_t i = (tile.token + t) * args.grid.blocks + at.block;
  const auto act_scale = hn::Set(df, args.act.scale[i]);
  auto constant = hn::Zero(df);
  if constexpr (!kExact && kKind == FoldKind::kPlain) {
    constant = hn::Set(df, static_cast<float>(args.weight.fold.b) * args.act.sum[i]);
  }
  float* HWY_RESTRICT acc =
      args.acc + (tile.token + t - args.token_begin) * args.acc_stride + tile.output;
  const float* from = at.block == 0 ? kZeroAccumulators : acc;
  const auto fold = [&](size_t v, auto raw, auto scale) HWY_ATTR {
    auto value = hn::ConvertTo(df, raw);
    if constexpr (kExact) {
      scale = hn::Mul(act_scale, scale);
    } else if constexpr (kKind == FoldKind::kPlain) {
      value = Fused(df, value, act_scale, constant);
    } else {
      value = hn::Mul(value, act_scale);
    }
    const size_t o = v * hn::Lanes(df);
    hn::Store(Fused(df, value, scale, hn::Load(df, from + o)), df, acc + o);
  };
  fold(0, a, scales.a);
  fold(1, b, scales.b);
  if constexpr (LUTGEMM_TILE_VECTORS == 4) {
    fold(2, c, scales.c);
    fold(3, d, scales.d);
  }
}

// Integer sums at the end of a piece: folded, or kept for the next chunk.
template <FoldKind kKind, bool kExact, class V>
HWY_INLINE void EndSums(const Tile& tile, const BlockCursor& at, const Piece& piece, size_t t,
                        const TileScales& scales, V a, V b, V c, V d) {
  const TileTag di32;
  if (!piece.ends) {
    hn::Store(a, di32, TileRaw(tile, t, 0));
    hn::Store(b, di32, TileRaw(tile, t, 1));
    if constexpr (LUTGEMM_TILE_VECTORS == 4) {
      hn::Store(c, di32, TileRaw(tile, t, 2));
      hn::Store(d, di32, TileRaw(tile, t, 3));
    }
    return;
  }
  if constexpr (kKind != FoldKind::kGeneral) {
    FoldPlain<kKind, kExact>(tile, at, t, scales, a, b, c, d);
    return;
  }
  Fold<kExact>(di32, a, scales.a, TileFold<kExact>(tile, at, t, 0), 0);
  Fold<kExact>(di32, b, scales.b, TileFold<kExact>(tile, at, t, 1), 0);
  if constexpr (LUTGEMM_TILE_VECTORS == 4) {
    Fold<kExact>(di32, c, scales.c, TileFold<kExact>(tile, at, t, 2), 0);
    Fold<kExact>(di32, d, scales.d, TileFold<kExact>(tile, at, t, 3), 0);
  }
}

// Chunks of whole groups where a group fits, `unit` steps otherwise; `unit` also divides a group
// that is longer.
HWY_INLINE size_t ChunkSteps(const BlockGrid& grid, size_t unit) {
  return grid.group_steps <= unit ? unit / grid.group_steps * grid.group_steps : unit;
}

// Part `i` of `parts` of the codes that are expanded next: the strips' next chunk, or the next
// strips' first. Spread over the tiles of a chunk, because expansion reads too fast for prefetches
// of its own.
HWY_INLINE void PrefetchNextChunk(const Tile& tile, size_t i, size_t parts) {
  const LookupArgs& args = *tile.args;
  const size_t steps = args.grid.steps, bytes = args.weight.strip_bytes;
  const bool last = tile.end >= steps;
  const size_t begin = last ? 0 : tile.end * bytes / steps;
  const size_t length = (tile.end - tile.begin) * bytes / steps;
  for (size_t s = 0; s < args.strips; ++s) {
    const size_t strip = args.strip + s + (last ? args.strips : 0);
    const uint8_t* codes = args.weight.codes + strip * bytes + begin;
    for (size_t at = length * i / parts; at < length * (i + 1) / parts; at += 64) {
      hwy::Prefetch(codes + at);
    }
  }
}

// Calls run(tile, tokens) for every tile of a chunk, tokens split evenly among tiles.
template <class Run>
HWY_INLINE void ForEachTile(const LookupArgs& args, Tile tile, size_t panel_outputs_bytes,
                            Run run) {
  constexpr size_t kOutputs = LUTGEMM_TILE_VECTORS * hn::MaxLanes(TileTag());
  const uint8_t* panel = tile.panel;
  const size_t outputs = args.strips * args.weight.strip;
  const size_t tiles =
      (args.token_end - args.token_begin + LUTGEMM_TILE_TOKENS - 1) / LUTGEMM_TILE_TOKENS;
  tile.token = args.token_begin;
  for (size_t i = 0; i < tiles; ++i) {
    PrefetchNextChunk(tile, i, tiles);
    const size_t tokens = (args.token_end - tile.token + tiles - i - 1) / (tiles - i);
    for (tile.output = 0; tile.output < outputs; tile.output += kOutputs) {
      tile.panel = panel + tile.output / kOutputs * panel_outputs_bytes;
      for (size_t half = 0; half < 2; ++half) {
        const size_t output = tile.output + half * 32, strip = args.weight.strip;
        tile.scales[half] =
            (args.strip + StripOf(args, output)) * args.weight.scale_strip_stride + output % strip;
      }
      run(tile, tokens);
    }
    tile.token += tokens;
  }
}

// Calls expand(begin, end) and then tiles(tile) for each chunk of K.
template <class Expand, class Tiles>
HWY_INLINE void ForEachChunk(const LookupArgs& args, size_t chunk, Expand expand, Tiles tiles) {
  Tile tile{&args, BlockCursor(args.grid), 0, 0, 0, 0, args.panel, {}};
  for (; tile.begin < args.grid.steps; tile.begin = tile.end) {
    tile.end = tile.begin + chunk < args.grid.steps ? tile.begin + chunk : args.grid.steps;
    expand(tile.begin, tile.end);
    tiles(tile);
    while (!tile.at.done() && tile.at.end <= tile.end) tile.at.Next();
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TILE_INL_H_
