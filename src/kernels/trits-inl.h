// Family `trits`: one byte holds five ternary weights of an output; its low seven bits index a
// table of the sums of five activations, its high bit is the sign. Sums are kept as biased bytes:
// the negative of u is 2 * bias - u, one masked subtraction, and 16-bit sums of even and odd bytes
// are words and words >> 8. Tables hold the negatives, because the sign bit is set where a quint is
// positive: a mask to subtract by without inverting it.
#if defined(LUTGEMM_KERNELS_TRITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TRITS_INL_H_
#undef LUTGEMM_KERNELS_TRITS_INL_H_
#else
#define LUTGEMM_KERNELS_TRITS_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/trits-narrow-inl.h"
#include "kernels/trits-wide-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Strips and tokens of a call's sums. Strips take turns at pieces of K, two at a time, and tokens
// within: read from the L2 cache for every strip, tables take longer than weights from L3.
static constexpr size_t kTritsStrips = 4;
static constexpr size_t kTritsTokens = 8;
template <bool kExact>
static constexpr size_t kTritsPiece = kExact ? 9 * kQuintsPerByteSum : 64;  // quints

// raw[token][strip][output], outputs in the order of FlushTrits
using TritsRaw = int32_t[kTritsTokens][kTritsStrips * 64];

// Adds quints [begin, end) of one or two strips for some tokens. After the call's last strips the
// quints that follow are read, after the last quints the next call's.
template <bool kExact, bool kPair>
HWY_INLINE void AddTritsTokens(const LookupArgs& args, size_t strip, size_t token, size_t tokens,
                               size_t begin, size_t end, TritsRaw& raw) {
  const size_t stride = args.act.token_bytes, strip_bytes = args.weight.strip_bytes;
  const uint8_t* first = args.weight.codes + args.strip * strip_bytes;
  const uint8_t* codes = first + strip * strip_bytes + begin * 64;
  const bool last = strip + (kPair ? 2 : 1) >= args.strips;
  const uint8_t* next = !last                     ? codes + (kPair ? 2 : 1) * strip_bytes
                        : end < args.grid.steps ? first + end * 64
                                                : first + args.strips * strip_bytes;
  const TritsPiece piece{codes, codes + strip_bytes, next, next + strip_bytes, end - begin};
  const uint8_t* table = args.act.data + token * stride + begin * (kExact ? 2 : 1) * kTritsTable;
  size_t t = 0;
  if constexpr (!kExact) {
    for (; t + 2 <= tokens; t += 2, table += 2 * stride) {
      int32_t* sums = raw[t] + strip * 64;
      AddTritsFast<2, kPair>(piece, table, stride, sums, kTritsStrips * 64);
    }
  }
  for (; t < tokens; ++t, table += stride) {
    int32_t* sums = raw[t] + strip * 64;
    if constexpr (kExact) {
      AddTritsExact<kPair>(piece, table, sums);
    } else {
      AddTritsFast<1, kPair>(piece, table, 0, sums, 0);
    }
  }
}

template <bool kExact>
HWY_INLINE void FoldTrits(const LookupArgs& args, const BlockCursor& at, size_t token,
                          const int32_t* raw) {
  const hn::ScalableTag<int32_t> di32;
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
HWY_NOINLINE void TritsLookup(const LookupArgs& args) {
  alignas(64) TritsRaw raw;
  for (size_t token = args.token_begin; token < args.token_end; token += kTritsTokens) {
    const size_t tokens = HWY_MIN(kTritsTokens, args.token_end - token);
    for (BlockCursor at(args.grid); !at.done(); at.Next()) {
      std::memset(raw, 0, tokens * sizeof(raw[0]));
      for (size_t q = at.begin; q < at.end; q += kTritsPiece<kExact>) {
        const size_t end = HWY_MIN(q + kTritsPiece<kExact>, at.end);
        size_t strip = 0;
        for (; strip + 2 <= args.strips; strip += 2) {
          AddTritsTokens<kExact, true>(args, strip, token, tokens, q, end, raw);
        }
        if (strip < args.strips) {
          AddTritsTokens<kExact, false>(args, strip, token, tokens, q, end, raw);
        }
      }
      for (size_t t = 0; t < tokens; ++t) FoldTrits<kExact>(args, at, token + t, raw[t]);
    }
    StoreTokens(args, token, tokens);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TRITS_INL_H_
