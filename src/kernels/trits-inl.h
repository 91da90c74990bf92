// Family `trits`: one byte holds five ternary weights of an output; its low seven bits index a
// table of the sums of five activations, its high bit is the sign. Sums are kept as biased bytes:
// the negative of u is 2 * bias - u, one masked subtraction, and 16-bit sums of even and odd bytes
// are words and words >> 8.
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

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Strips of a call. They take turns at pieces of K whose tables stay in the L1 cache, two at a
// time: read from the L2 cache for every strip, tables take longer than weights from L3.
static constexpr size_t kTritsStrips = 4;
template <bool kExact>
static constexpr size_t kTritsPiece = kExact ? 14 * kQuintsPerByteSum : 96;  // quints

// Adds a block's quints [begin, end) to raw sums of each strip's 64 outputs.
template <bool kExact>
HWY_INLINE void AddTritsPiece(const LookupArgs& args, const uint8_t* tables, size_t begin,
                              size_t end, int32_t* HWY_RESTRICT raw) {
  const size_t bytes = args.weight.strip_bytes, quints = end - begin;
  const uint8_t* codes = args.weight.codes + args.strip * bytes + begin * 64;
  const uint8_t* table = tables + begin * (kExact ? 2 : 1) * kTritsTable;
  size_t strip = 0;
  for (; strip + 1 < args.strips; strip += 2, codes += 2 * bytes) {
    AddTrits<kExact, true>(codes, codes + bytes, table, quints, raw + strip * 64);
  }
  if (strip < args.strips) {
    AddTrits<kExact, false>(codes, codes, table, quints, raw + strip * 64);
  }
}

template <bool kExact>
HWY_NOINLINE void TritsLookup(const LookupArgs& args) {
  const hn::ScalableTag<int32_t> di32;
  alignas(64) int32_t raw[kTritsStrips * 64];
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    const uint8_t* tables = args.act.data + token * args.act.token_bytes;
    for (BlockCursor at(args.grid); !at.done(); at.Next()) {
      for (int32_t& r : raw) r = 0;
      for (size_t q = at.begin; q < at.end; q += kTritsPiece<kExact>) {
        AddTritsPiece<kExact>(args, tables, q, HWY_MIN(q + kTritsPiece<kExact>, at.end), raw);
      }
      for (size_t strip = 0; strip < args.strips; ++strip) {
        const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
        for (size_t o = 0; o < 64; o += hn::Lanes(di32)) {
          const auto sums = hn::Load(di32, raw + strip * 64 + o);
          Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
        }
      }
    }
    StoreTokens(args, token, 1);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TRITS_INL_H_
