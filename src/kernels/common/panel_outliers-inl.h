// Outliers of many tokens times a panel of method dot: most tokens have none, or a few.

#include "kernels/common/offset_pairs-inl.h"
#include "kernels/common/outliers-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/dot/products-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Outliers of one token that lie in a chunk, ready for its panel.
struct PanelOutlier {
  const uint8_t* row;  // of the panel
  size_t group;
  int32_t pick;  // 1 in the byte of its k, times a row: codes
  float rest;
};
struct PanelOutliersOfToken {
  static constexpr size_t kMost = 64;
  PanelOutlier outlier[kMost];
  size_t count = 0;
};

// Adds the products of a token's outliers with a vector of outputs from o on to rest.
template <ZeroKind kZero, class VF>
HWY_INLINE VF AddPanelOutlier(const Tile& chunk, const PanelOutlier& outlier, size_t o, VF rest) {
  const KernelArgs& args = *chunk.args;
  const MergedScales& merged = chunk.scales;
  const TileTag di32;
  const hn::Rebind<float, TileTag> df;
  const hn::Repartition<uint8_t, TileTag> du8;
  const auto pick = hn::BitCast(hn::Repartition<int8_t, TileTag>(), hn::Set(di32, outlier.pick));
  auto base = hn::Set(di32, merged.merged ? -merged.bias : args.weight.fold.b);
  if constexpr (kZero == ZeroKind::kInteger) {
    BlockFold fold{};
    fold.args = &args, fold.scale_index = ScaleIndexOf(args, o, outlier.group);
    base = ZeroFactor(di32, fold, 0);
  }
  const auto value = Dot<kAllBytes>(di32, hn::Load(du8, outlier.row + o * 4), pick, base);
  const WeightArgs& w = args.weight;
  const size_t factor =
      w.factors == nullptr ? 0 : FactorOfScale(args, ScaleIndexOf(args, o, outlier.group));
  const auto with = [&](auto number, const std::byte* factors) HWY_ATTR {
    if (factors == nullptr) return number;
    return hn::Mul(number, LoadAsF32(df, factors, w.factor_elem, factor));
  };
  auto scale = hn::Load(df, args.panel_scales + outlier.group * kAccUnit + o);
  if (merged.merged) scale = hn::Set(df, 1.0f);  // it is in `value`
  scale = with(scale, w.factors);
  auto weight = hn::Mul(scale, hn::ConvertTo(df, value));
  if constexpr (kZero == ZeroKind::kFloat) {
    const auto offset = PanelOffsets(args, outlier.group, o);
    weight = hn::Add(weight, with(offset, w.offset_factors));
  }
  return hn::Add(rest, hn::Mul(hn::Set(df, outlier.rest), weight));
}

// Adds listed outliers to the 64 sums at rest, four vectors at a time.
template <ZeroKind kZero>
HWY_INLINE void AddPanelOutliers(const Tile& chunk, const PanelOutliersOfToken& list,
                                 float* HWY_RESTRICT rest) {
  const hn::Rebind<float, TileTag> df;
  const size_t n = hn::Lanes(df);
  for (size_t o = 0; o < kAccUnit; o += 4 * n) {
    auto r0 = hn::Load(df, rest + o), r1 = hn::Load(df, rest + o + n);
    auto r2 = hn::Load(df, rest + o + 2 * n), r3 = hn::Load(df, rest + o + 3 * n);
    for (size_t i = 0; i < list.count; ++i) {
      const PanelOutlier& outlier = list.outlier[i];
      r0 = AddPanelOutlier<kZero>(chunk, outlier, o, r0);
      r1 = AddPanelOutlier<kZero>(chunk, outlier, o + n, r1);
      r2 = AddPanelOutlier<kZero>(chunk, outlier, o + 2 * n, r2);
      r3 = AddPanelOutlier<kZero>(chunk, outlier, o + 3 * n, r3);
    }
    hn::Store(r0, df, rest + o);
    hn::Store(r1, df, rest + o + n);
    hn::Store(r2, df, rest + o + 2 * n);
    hn::Store(r3, df, rest + o + 3 * n);
  }
}

// Does what is listed, and empties the list.
HWY_INLINE void FlushOutliers(const Tile& chunk, PanelOutliersOfToken& list, float* rest) {
  switch (chunk.args->weight.zero) {
    case ZeroKind::kNone:
      AddPanelOutliers<ZeroKind::kNone>(chunk, list, rest);
      break;
    case ZeroKind::kInteger:
      AddPanelOutliers<ZeroKind::kInteger>(chunk, list, rest);
      break;
    case ZeroKind::kFloat:
      AddPanelOutliers<ZeroKind::kFloat>(chunk, list, rest);
      break;
  }
  list.count = 0;
}

static constexpr uint32_t kNoOutlier = ~uint32_t{0};

// One token's outliers in the chunk to its sums at rest; returns the k of the next one.
HWY_INLINE uint32_t TokenOutliers(const Tile& chunk, size_t token, float* rest) {
  const KernelArgs& args = *chunk.args;
  const OutlierLists& lists = args.act.outliers;
  const auto group_steps = static_cast<uint32_t>(args.grid.group_steps);
  PanelOutliersOfToken list;
  OutlierCursor outliers{lists, token, chunk.at.block / lists.segment_blocks};
  const Outlier* next = outliers.Next();
  while (next != nullptr && next->k / 16 < chunk.begin) next = outliers.Next();
  while (next != nullptr && next->k / 16 < chunk.end) {
    const uint8_t* row = args.panel + (next->k / 4 - chunk.begin * 4) * kPanelRow;
    list.outlier[list.count++] = {row, next->k / 16 / group_steps, int32_t{1} << next->k % 4 * 8,
                                  next->rest};
    next = outliers.Next();
    const bool last = next == nullptr || next->k / 16 >= chunk.end;
    if (last || list.count == PanelOutliersOfToken::kMost) FlushOutliers(chunk, list, rest);
  }
  return next != nullptr ? next->k : kNoOutlier;
}

// The next outlier of each of a call's tokens, as long as these are few: panels of a few tokens
// are made in many chunks, and most have no outlier of a token.
struct NextOutliers {
  static constexpr size_t kMost = 64;
  uint32_t k[kMost];
  bool any = false;  // any token of the call may have outliers
  bool few = false;  // k is known
};
HWY_INLINE NextOutliers FirstOutliers(const KernelArgs& args) {
  NextOutliers first;
  const OutlierLists& lists = args.act.outliers;
  const size_t count = args.token_end - args.token_begin;
  first.few = count <= NextOutliers::kMost;
  first.any = lists.entries != nullptr && !first.few;
  if (lists.entries == nullptr || !first.few) return first;
  for (size_t i = 0; i < count; ++i) {
    OutlierCursor outliers{lists, args.token_begin + i, 0};
    const Outlier* outlier = outliers.Next();
    first.k[i] = outlier != nullptr ? outlier->k : kNoOutlier;
    first.any = first.any || first.k[i] != kNoOutlier;
  }
  return first;
}

// Outliers of a tile's tokens in its chunk. Their sums are added to acc after the last chunk.
inline HWY_NOINLINE void PanelOutliers(const Tile& chunk, size_t tokens, NextOutliers& next) {
  const KernelArgs& args = *chunk.args;
  const hn::Rebind<float, TileTag> df;
  const bool last = chunk.end >= args.grid.steps;
  for (size_t token = chunk.token; token < chunk.token + tokens; ++token) {
    uint32_t* next_k = next.few ? next.k + (token - args.token_begin) : nullptr;
    const bool here = next_k == nullptr || *next_k < chunk.end * 16;
    if (!here && !last && chunk.begin != 0) continue;
    if (!HasOutliers(args.act.outliers, token)) continue;
    float* rest = args.rest + AccIndex(args, token, 0);
    if (chunk.begin == 0) {
      for (size_t o = 0; o < kAccUnit; o += hn::Lanes(df)) hn::Store(hn::Zero(df), df, rest + o);
    }
    const uint32_t after = here ? TokenOutliers(chunk, token, rest) : kNoOutlier;
    if (here && next_k != nullptr) *next_k = after;
    if (!last) continue;
    float* acc = args.acc + AccIndex(args, token, 0);
    for (size_t o = 0; o < kAccUnit; o += hn::Lanes(df)) {
      hn::Store(hn::Add(hn::Load(df, acc + o), hn::Load(df, rest + o)), df, acc + o);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
