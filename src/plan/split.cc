#include "plan/split.h"

#include "base/bits.h"

#include <algorithm>
#include <numeric>

namespace lutgemm::plan {
namespace {

using base::CeilDiv;
using base::RoundUp;

// Calls of up to so many tokens keep their panels in the L1 cache, and take all of K.
constexpr size_t kPanelInL1Tokens = 48;
constexpr size_t kFewTokens = 64;
// Whole register tiles of 6 and 4 tokens.
constexpr size_t kTileUnit = 12;

// What every step of the split reads, and what it has found so far.
struct Splitter {
  const Request& request;
  const Choice& choice;
  const Blocking& blocking;
  Split split;

  size_t threads() const { return request.problem.threads; }
  size_t strips_at_once() const {
    return choice.target->strips_at_once[static_cast<size_t>(choice.kernel->id)];
  }
  // Kernels that can do parts of K: where a cache holds the packed activations of only a few
  // tokens, it holds a part of K of more, which share what is made of weights. Targets that look up
  // fewer than 64 entries do not gain.
  bool CutsK() const { return choice.kernel->parts && choice.target->traits.table_entries >= 64; }
  // Kernels whose weights take long to expand, and whose methods have no regime small_m.
  bool ExpandsSlowly() const {
    return choice.kernel->method == Method::kTernary3 || choice.kernel->method == Method::kLut5;
  }
  // Tokens whose packed activations of a part of K stay in five eighths of the L2 cache.
  size_t TokensThatFit(size_t part_steps) const {
    return request.l2_bytes / 8 * 5 / std::max<size_t>(part_steps * blocking.step_bytes, 1);
  }
  size_t MostTileTokensOf(size_t part_steps) const {
    const size_t fit = TokensThatFit(part_steps) / kTileUnit * kTileUnit;
    return std::clamp(fit, 2 * kTileUnit, kMostTileTokens);
  }
  // Whether larger tiles leave work for every thread.
  bool EnoughItems() const {
    const size_t outputs = request.strips * request.geometry.strip;
    const size_t items = CeilDiv(outputs, kernels::kAccUnit) * split.tiles;
    return threads() == 1 || items >= 4 * threads();
  }
  size_t ItemBytes() const {
    return split.tile_tokens * split.strips_per_item * request.geometry.strip * sizeof(float);
  }
  size_t TokensOfLastTile() const { return split.tokens - (split.tiles - 1) * split.tile_tokens; }

  void SetUnits();
  void SetParts();
  void SetTiles();
  void SetItems();
  void SetTurns(size_t l2_bytes);
  void SetPanel();
};

// A packing unit is a multiple of so many blocks: they end where a cache line ends, so that
// no two units write one. Steps of tables are whole lines; int8 activations have four steps to one.
size_t WholeLineBlocks(const Blocking& blocking) {
  const kernels::BlockGrid& grid = blocking.grid;
  if (blocking.step_bytes % 64 == 0) return 1;
  // Where the last block of a group is shorter, only groups are equally long.
  const bool even = grid.group_steps % grid.block_steps == 0;
  const size_t count = even ? 1 : blocking.blocks_per_group();
  const size_t steps = even ? grid.block_steps : grid.group_steps;
  return count * 64 / std::gcd(steps * blocking.step_bytes, size_t{64});
}

// Packing one token is shared among threads in segments of about 1024 k.
void Splitter::SetUnits() {
  const size_t blocks = blocking.grid.blocks;
  split.segment_blocks = RoundUp(std::max<size_t>(1, 1024 / blocking.block_k()),
                                 std::lcm(blocking.scale_blocks, WholeLineBlocks(blocking)));
  split.segments = CeilDiv(blocks, split.segment_blocks);
  split.unit_blocks = split.tokens < threads() ? split.segment_blocks : blocks;
  split.units_per_token = CeilDiv(blocks, split.unit_blocks);
}

// Parts of K that are looked up one after the other, so many that enough tokens fit: whole groups,
// or whole blocks of long ones (PartEnd).
void Splitter::SetParts() {
  const size_t enough = std::min<size_t>(split.tokens, ExpandsSlowly() ? kMostTileTokens : 192);
  const size_t least_k = ExpandsSlowly() ? 512 : 1024;
  const kernels::BlockGrid& grid = blocking.grid;
  const size_t whole = grid.group_steps <= 64 ? grid.group_steps : grid.block_steps;
  const size_t unit = grid.span_groups != 0 ? grid.border_steps() : whole;
  const size_t most = CutsK() ? CeilDiv(grid.steps, unit) : 1;
  split.part_steps = grid.steps;
  for (size_t parts = 2; parts <= most; ++parts) {
    if (TokensThatFit(split.part_steps) >= enough) break;
    const size_t steps = RoundUp(CeilDiv(grid.steps, parts), unit);
    if (steps * blocking.step_k < least_k) break;
    split.part_steps = steps;
  }
}

// Tokens that strip after strip is multiplied with: as many tiles of equal size as it takes.
void Splitter::SetTiles() {
  const size_t most = MostTileTokensOf(split.part_steps);
  const size_t tiles = CeilDiv(split.tokens, most);
  split.tile_tokens = std::min(split.tokens, RoundUp(CeilDiv(split.tokens, tiles), kTileUnit));
  split.tiles = CeilDiv(split.tokens, split.tile_tokens);
  // No tile is left with fewer tokens than the kernel can do.
  if (TokensOfLastTile() < choice.kernel->least_tokens) {
    split.tile_tokens = CeilDiv(split.tokens, split.tiles);
  }
}

// As many strips per call as the kernel can use, but enough items for every thread and no register
// tile half empty.
void Splitter::SetItems() {
  const size_t strip = request.geometry.strip;
  size_t per_item = strips_at_once();
  const size_t least = std::min<size_t>(per_item, kernels::kAccUnit / strip);
  while (threads() > 1 && per_item > least &&
         CeilDiv(request.strips, per_item) * split.tiles < 4 * threads()) {
    per_item /= 2;
  }
  split.strips_per_item = per_item;
  split.strip_items = CeilDiv(request.strips, per_item);
}

// Sums of the items that take turns stay in the L2 cache too, or not far.
void Splitter::SetTurns(size_t l2_bytes) {
  split.turns = std::clamp<size_t>(l2_bytes / 2 / ItemBytes(), 1, split.strip_items);
}

// Expanded weights of one thread. PORTABLE expands a whole strip at once; calls of many tokens
// as much of 64 outputs as a quarter of the L2 cache holds.
size_t PanelBytes(const Splitter& s) {
  const layout::Geometry& g = s.request.geometry;
  if (s.choice.target->traits.table_entries == 0) return g.ks.padded_k() * g.strip;
  if (s.split.tile_tokens <= kPanelInL1Tokens) return kernels::kPanelBytes;
  const size_t padded_k = RoundUp(s.split.part_steps * s.blocking.step_k, layout::kSlice);
  const size_t most = RoundUp(s.request.l2_bytes / 4, kernels::kPanelBytes);
  const size_t all = RoundUp(padded_k * kernels::kAccUnit, kernels::kPanelBytes);
  return std::clamp(all, kernels::kPanelBytes, most);
}

// The steps that a panel takes at a time are whole groups where one fits. Many tokens read panels
// of all K from the L2 cache, so that a tile keeps its sums; what a few tokens read, and tables'
// indices, stay in the L1 cache.
void Splitter::SetPanel() {
  split.panel_bytes = PanelBytes(*this);
  const kernels::KernelSpec& kernel = *choice.kernel;
  if (kernel.panel_bytes == 0) return;
  const bool in_l2 = !blocking.tables && split.tile_tokens > kPanelInL1Tokens;
  const size_t bytes = in_l2 ? split.panel_bytes : kernels::kPanelBytes / 2;
  const size_t panels = CeilDiv(strips_at_once() * request.geometry.strip, kernels::kAccUnit);
  const size_t most = bytes / (kernel.panel_bytes * panels);
  const size_t group = blocking.grid.group_steps;
  const size_t unit = kernel.chunk_unit > 1 ? kernel.chunk_unit : group <= most ? group : 1;
  split.k_chunk = most / unit * unit;
  if (blocking.grid.span_groups == 0) return;
  // Spans stay whole, also where few tokens read a long one from the L2 cache.
  const size_t span = blocking.grid.border_steps();
  split.k_chunk = std::max(most / span * span, span);
  split.panel_bytes = std::max(split.panel_bytes, split.k_chunk * kernel.panel_bytes * panels);
}

}  // namespace

Split MakeSplit(const Request& request, const Choice& choice, const Blocking& blocking,
                size_t tokens) {
  Splitter s{request, choice, blocking, {}};
  s.split.tokens = tokens;
  s.SetUnits();
  s.SetParts();
  s.SetTiles();
  // Kernels of a few tokens take all of K, and so must calls whose last tile is for them; and
  // larger tiles must leave work for every thread.
  const bool few = !s.ExpandsSlowly() && s.TokensOfLastTile() <= kFewTokens;
  if (few || !s.EnoughItems()) {
    s.split.part_steps = blocking.grid.steps;
    s.SetTiles();
  }
  s.SetItems();
  if (s.split.part_steps < blocking.grid.steps) s.SetTurns(request.l2_bytes);
  s.SetPanel();
  return s.split;
}

std::vector<Split> LargestSplits(const Request& request, const Choice& choice,
                                 const Blocking& blocking, TokenRange tokens) {
  Splitter s{request, choice, blocking, {}};
  const auto part_for = [&](size_t count) {
    s.split.tokens = count;
    s.SetParts();
    return s.split.part_steps;
  };
  const size_t longest = part_for(tokens.least), shortest = part_for(tokens.most);
  s.SetUnits();
  // The largest tiles come with the shortest parts, most tiles and the largest panels with the
  // longest.
  const auto set = [&](size_t shortest_part, size_t longest_part) {
    s.split.part_steps = longest_part;
    s.split.tile_tokens = std::min(tokens.most, s.MostTileTokensOf(shortest_part));
    s.split.tiles = CeilDiv(tokens.most, s.MostTileTokensOf(longest_part));
    s.split.turns = 1;
    s.SetItems();
    s.SetPanel();
  };
  set(blocking.grid.steps, blocking.grid.steps);
  std::vector<Split> splits{s.split};
  if (shortest == blocking.grid.steps) return splits;
  set(shortest, longest);
  if (!s.EnoughItems()) return splits;
  // Smaller tiles take more turns, which fill what they may to the last byte.
  s.SetTurns(request.l2_bytes + 2 * (s.ItemBytes() - 1));
  splits.push_back(s.split);
  return splits;
}

}  // namespace lutgemm::plan
