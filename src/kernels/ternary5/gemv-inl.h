// Method ternary5: one byte holds five ternary weights of an output; its low seven bits index a
// table of the sums of five activations, its high bit is the sign. Sums are kept as biased bytes:
// the negative of u is 2 * bias - u, one masked subtraction, and 16-bit sums of even and odd bytes
// are words and words >> 8. Tables hold the negatives, because the sign bit is set where a quint is
// positive: a mask to subtract by without inverting it.

#include "base/check.h"
#include "kernels/common/fold-inl.h"
#include "kernels/contract.h"
#include "kernels/ternary5/lookup_128-inl.h"
#include "kernels/ternary5/lookup_16-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Strips and tokens of a call's sums. Four strips side by side share tables: read from the L2 cache
// for one strip or two, tables take longer than weights from L3.
static constexpr size_t kTernary5Strips = 4;
static constexpr size_t kTernary5Tokens = 8;
// Quints of a piece. Sums of 257 bytes fit a word; exact tables, which several passes read, stay in
// the L1 cache.
template <bool kExact>
static constexpr size_t kTernary5Piece = kExact ? 9 * kQuintsPerByteSum : 256;

// raw[token][strip][output], outputs in the order of FlushTernary5
using Ternary5Raw = int32_t[kTernary5Tokens][kTernary5Strips * 64];

// Adds a piece of kStrips strips, the first of which is `strip`, for some tokens.
template <bool kExact, int kStrips>
HWY_INLINE void AddTernary5Tokens(const KernelArgs& args, const Ternary5Piece& piece, size_t strip,
                                  size_t token, size_t tokens, const uint8_t* table,
                                  Ternary5Raw& raw) {
  const size_t stride = args.act.token_bytes;
  table += token * stride;
  size_t t = 0;
  if constexpr (!kExact) {
    for (; t + 2 <= tokens; t += 2, table += 2 * stride) {
      int32_t* sums = raw[t] + strip * 64;
      AddTernary5Fast<2, kStrips>(piece, table, stride, sums, kTernary5Strips * 64);
    }
  }
  for (; t < tokens; ++t, table += stride) {
    int32_t* sums = raw[t] + strip * 64;
    if constexpr (kExact) {
      AddTernary5Exact<kStrips>(piece, table, sums);
    } else {
      AddTernary5Fast<1, kStrips>(piece, table, 0, sums, 0);
    }
  }
}

// Quints [begin, end) of all of the call's strips. What lies behind the last quints of strips is
// the next call's in their place.
template <bool kExact>
HWY_INLINE void AddTernary5Piece(const KernelArgs& args, size_t token, size_t tokens, size_t begin,
                                 size_t end, Ternary5Raw& raw) {
  const size_t strip_bytes = args.weight.strip_bytes;
  const uint8_t* codes = args.weight.codes + args.strip * strip_bytes + begin * 64;
  const uint8_t* table = args.act.data + begin * (kExact ? 2 : 1) * kTernary5Table;
  const bool inside = (begin + 1) * 64 + args.ahead <= strip_bytes;
  const size_t ahead = args.ahead + (inside ? 0 : (args.strips - 1) * strip_bytes);
  const Ternary5Piece piece{codes, strip_bytes, end - begin, static_cast<ptrdiff_t>(ahead)};
  if (args.strips == 4)
    return AddTernary5Tokens<kExact, 4>(args, piece, 0, token, tokens, table, raw);
  size_t strip = 0;
  const auto from = [&] {
    return Ternary5Piece{codes + strip * strip_bytes, strip_bytes, piece.quints, piece.ahead};
  };
  for (; strip + 2 <= args.strips; strip += 2) {
    AddTernary5Tokens<kExact, 2>(args, from(), strip, token, tokens, table, raw);
  }
  if (strip < args.strips) {
    AddTernary5Tokens<kExact, 1>(args, from(), strip, token, tokens, table, raw);
  }
}

template <bool kExact>
HWY_INLINE void FoldTernary5(const KernelArgs& args, const BlockCursor& at, size_t token,
                             const int32_t* raw) {
  const hn::Repartition<int32_t, Ternary5Tag> di32;
  for (size_t strip = 0; strip < args.strips; ++strip, raw += 64) {
    const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
    alignas(64) int32_t ordered[64];
    OrderRaw(raw, ordered);
    for (size_t o = 0; o < 64; o += hn::Lanes(di32)) {
      Fold<kExact>(di32, hn::Load(di32, ordered + o), WeightScale(di32, fold, o), fold, o);
    }
  }
}

template <bool kExact>
HWY_NOINLINE void Ternary5SmallM(const KernelArgs& args) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  alignas(64) Ternary5Raw raw;
  for (size_t token = args.token_begin; token < args.token_end; token += kTernary5Tokens) {
    const size_t tokens = HWY_MIN(kTernary5Tokens, args.token_end - token);
    for (BlockCursor at(args.grid); !at.done(); at.Next()) {
      std::memset(raw, 0, tokens * sizeof(raw[0]));
      for (size_t q = at.begin, end = q; q < at.end; q = end) {
        // The last quints before a strip ends prefetch what follows it, in a piece of their own.
        const size_t tail = args.grid.steps - HWY_MIN(args.grid.steps, args.ahead / 64);
        end = HWY_MIN(q + kTernary5Piece<kExact>, at.end);
        if (q < tail && tail < end) end = tail;
        AddTernary5Piece<kExact>(args, token, tokens, q, end, raw);
      }
      for (size_t t = 0; t < tokens; ++t) FoldTernary5<kExact>(args, at, token + t, raw[t]);
    }
    StoreTokens(args, token, tokens);
  }
}

template <bool kExact>
HWY_NOINLINE void Ternary5Gemv(const KernelArgs& args) {
  ForEachToken(args, [](const KernelArgs& one) HWY_ATTR { Ternary5SmallM<kExact>(one); });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
