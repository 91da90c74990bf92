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

template <bool kExact>
HWY_NOINLINE void TritsLookup(const LookupArgs& args) {
  const hn::ScalableTag<int32_t> di32;
  const size_t table_bytes = kExact ? 2 * kTritsTable : kTritsTable;
  const size_t pair = kExact ? 1 : 2;
  alignas(64) int32_t raw[128];
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    const uint8_t* tables = args.act.data + token * args.act.token_bytes;
    for (size_t strip = 0; strip < args.strips; strip += pair) {
      const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
      const bool two = !kExact && strip + 1 < args.strips;
      for (BlockCursor at(args.grid); !at.done(); at.Next()) {
        for (int32_t& r : raw) r = 0;
        for (size_t q = at.begin; q < at.end; q += kQuintsPerFlush) {
          const size_t n = q + kQuintsPerFlush < at.end ? kQuintsPerFlush : at.end - q;
          const uint8_t* c = codes + q * 64;
          const uint8_t* t = tables + q * table_bytes;
          if constexpr (kExact) {
            AddTritsExact(c, t, n, raw);
          } else if (two) {
            AddTritsFast<true>(c, c + args.weight.strip_bytes, t, n, raw);
          } else {
            AddTritsFast<false>(c, c, t, n, raw);
          }
        }
        for (size_t i = 0; i < (two ? size_t{2} : size_t{1}); ++i) {
          const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip + i);
          for (size_t o = 0; o < 64; o += hn::Lanes(di32)) {
            const auto sums = hn::Load(di32, raw + i * 64 + o);
            Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
          }
        }
      }
    }
    StoreTokens(args, token, 1);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TRITS_INL_H_
