// Family `dot`: codes as unsigned bytes times int8 activations, four k at a time. A panel of bytes
// is expanded once per strip; one token of the kCodes layout is multiplied straight from nibbles.
#if defined(LUTGEMM_KERNELS_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_INL_H_
#undef LUTGEMM_KERNELS_DOT_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/expand-inl.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Four activations of one token in every lane.
template <class DI32>
HWY_INLINE hn::Vec<hn::Repartition<int8_t, DI32>> BroadcastFour(DI32 di32, const int8_t* act) {
  int32_t four;
  std::memcpy(&four, act, 4);
  return hn::BitCast(hn::Repartition<int8_t, DI32>(), hn::Set(di32, four));
}

// X-macros over tokens: sums must be named variables (g++ 12 spills arrays of vectors).
#if HWY_TARGET <= HWY_AVX3
#define LUTGEMM_DOT_TOKENS 8
#define LUTGEMM_EACH_TOKEN(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#else
#define LUTGEMM_DOT_TOKENS 4
#define LUTGEMM_EACH_TOKEN(X) X(0) X(1) X(2) X(3)
#endif

// Two vectors of outputs from `o` on, LUTGEMM_DOT_TOKENS tokens.
template <bool kPlain>
HWY_INLINE void DotTile(const LookupArgs& args, size_t token, size_t o) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const size_t lanes = hn::Lanes(di32);
  const size_t step = args.weight.strip * 4;
  const size_t stride = args.act.token_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * stride);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
#define LUTGEMM_X(t) auto a##t = hn::Zero(di32), b##t = a##t;
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    const uint8_t* panel = args.panel + at.begin * 4 * step + o * 4;
    const int8_t* four = act + at.begin * 16;
    for (size_t n = (at.end - at.begin) * 4; n != 0; --n, panel += step, four += 4) {
      const auto w0 = hn::Load(du8, panel);
      const auto w1 = hn::Load(du8, panel + lanes * 4);
#define LUTGEMM_X(t)                                        \
  const auto x##t = BroadcastFour(di32, four + t * stride); \
  a##t = DotBytes(di32, w0, x##t, a##t);                    \
  b##t = DotBytes(di32, w1, x##t, b##t);
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    }
    const BlockFold fold = MakeBlockFold<true>(args, at, token, 0);
    const auto sa = WeightScale(di32, fold, o), sb = WeightScale(di32, fold, o + lanes);
#define LUTGEMM_X(t)                                                  \
  const BlockFold f##t = MakeBlockFold<true>(args, at, token + t, 0); \
  FoldExact<kPlain>(di32, a##t, sa, f##t, o);                         \
  FoldExact<kPlain>(di32, b##t, sb, f##t, o + lanes);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// The rest: one token, two vectors of outputs, even and odd k apart to hide latency.
HWY_INLINE void DotOneToken(const LookupArgs& args, size_t token, size_t o) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const size_t lanes = hn::Lanes(di32);
  const size_t step = args.weight.strip * 4;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    auto a0 = hn::Zero(di32), a1 = a0, b0 = a0, b1 = a0;
    const uint8_t* panel = args.panel + at.begin * 4 * step + o * 4;
    const int8_t* four = act + at.begin * 16;
    for (size_t n = (at.end - at.begin) * 2; n != 0; --n, panel += 2 * step, four += 8) {
      const auto x0 = BroadcastFour(di32, four), x1 = BroadcastFour(di32, four + 4);
      a0 = DotBytes(di32, hn::Load(du8, panel), x0, a0);
      b0 = DotBytes(di32, hn::Load(du8, panel + lanes * 4), x0, b0);
      a1 = DotBytes(di32, hn::Load(du8, panel + step), x1, a1);
      b1 = DotBytes(di32, hn::Load(du8, panel + step + lanes * 4), x1, b1);
    }
    const BlockFold fold = MakeBlockFold<true>(args, at, token, 0);
    FoldExact<false>(di32, hn::Add(a0, a1), WeightScale(di32, fold, o), fold, o);
    FoldExact<false>(di32, hn::Add(b0, b1), WeightScale(di32, fold, o + lanes), fold, o + lanes);
  }
}

// Every token of one expanded strip.
HWY_INLINE void DotPanel(const LookupArgs& args) {
  const size_t pair = 2 * hn::Lanes(hn::CappedTag<int32_t, 16>());
  const bool plain = IsPlain(args);
  size_t token = args.token_begin;
  for (; token + LUTGEMM_DOT_TOKENS <= args.token_end; token += LUTGEMM_DOT_TOKENS) {
    for (size_t o = 0; o < args.weight.strip; o += pair) {
      if (plain) {
        DotTile<true>(args, token, o);
      } else {
        DotTile<false>(args, token, o);
      }
    }
  }
  for (; token < args.token_end; ++token) {
    for (size_t o = 0; o < args.weight.strip; o += pair) DotOneToken(args, token, o);
  }
}

template <int kPlanes>
HWY_NOINLINE void DotPlanes(const LookupArgs& args) {
  const uint8_t* codes = args.weight.codes + args.strip * args.weight.strip_bytes;
  if (!args.panel_ready) ExpandPlanes<kPlanes>(args, codes);
  DotPanel(args);
}

HWY_NOINLINE void DotTrits(const LookupArgs& args) {
  const uint8_t* codes = args.weight.codes + args.strip * args.weight.strip_bytes;
  if (!args.panel_ready) ExpandTrits(args, codes, args.weight.strip_bytes / 64);
  DotPanel(args);
}

// One slice of kCodes for 16 outputs, straight from its two cells.
template <class DI32, class VI32>
HWY_INLINE void AddCodesSlice(DI32 di32, const uint8_t* cells, const int8_t* act, VI32& even,
                              VI32& odd) {
  const hn::Repartition<uint8_t, DI32> du8;
  const hn::Repartition<uint16_t, DI32> du16;
  const auto nibble = hn::Set(du8, uint8_t{15});
  for (size_t k8 = 0; k8 < 2; ++k8) {
    const auto both = hn::Load(du8, cells + k8 * 64);
    const auto high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
    even = DotBytes(di32, hn::And(both, nibble), BroadcastFour(di32, act + k8 * 8), even);
    odd = DotBytes(di32, hn::And(high, nibble), BroadcastFour(di32, act + k8 * 8 + 4), odd);
  }
}

HWY_INLINE void DotCodesOneToken(const LookupArgs& args, size_t token) {
  const hn::CappedTag<int32_t, 16> di32;
  const size_t lanes = hn::Lanes(di32);
  const uint8_t* codes = args.weight.codes + args.strip * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const BlockFold fold = MakeBlockFold<true>(args, at, token, 0);
    for (size_t o = 0; o < 16; o += lanes) {
      auto a0 = hn::Zero(di32), a1 = a0, b0 = a0, b1 = a0;
      for (size_t s = at.begin; s < at.end; ++s) {
        const uint8_t* cells = codes + s * 256 + o * 4;
        if (o == 0) {
          for (size_t line = 0; line < 4; ++line) {
            hwy::Prefetch(cells + line * 64 + kPrefetchBytes);
          }
        }
        AddCodesSlice(di32, cells, act + s * 16, a0, a1);
        AddCodesSlice(di32, cells + 128, act + s * 16, b0, b1);
      }
      FoldExact<false>(di32, hn::Add(a0, a1), WeightScale(di32, fold, o), fold, o);
      FoldExact<false>(di32, hn::Add(b0, b1), WeightScale(di32, fold, o + 16), fold, o + 16);
    }
  }
}

// Tokens from which on expanding a panel costs less than decoding nibbles once per token.
static constexpr size_t kPanelTokens = 4;

HWY_NOINLINE void DotCodes(const LookupArgs& args) {
  if (args.token_end - args.token_begin >= kPanelTokens || args.panel_ready) {
    const uint8_t* codes = args.weight.codes + args.strip * args.weight.strip_bytes;
    if (!args.panel_ready) ExpandCodes(args, codes);
    DotPanel(args);
    return;
  }
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    DotCodesOneToken(args, token);
  }
}

#undef LUTGEMM_DOT_TOKENS
#undef LUTGEMM_EACH_TOKEN

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_INL_H_
