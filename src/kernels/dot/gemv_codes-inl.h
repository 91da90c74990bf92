// One token of the kCodes layout, multiplied straight from nibbles, for `dot` and `book`.
#if defined(LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
#undef LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
#endif

#include "kernels/contract.h"
#include "kernels/dot/products-inl.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/gemv-inl.h"
#include "kernels/target/ops-inl.h"
#include "kernels/common/outliers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// One slice of kCodes for a vector of outputs, straight from its two cells; decode(bytes) gives the
// bytes of the codes in the low nibbles.
template <Bytes kBytes, class DI32, class VI32, class Decode>
HWY_INLINE void AddCodesSlice(DI32 di32, const uint8_t* cells, const int8_t* act, Decode decode,
                              VI32& even, VI32& odd) {
  const hn::Repartition<uint8_t, DI32> du8;
  const hn::Repartition<uint16_t, DI32> du16;
  [[maybe_unused]] auto pairs = hn::Zero(hn::Repartition<int16_t, DI32>());
  for (size_t k8 = 0; k8 < 2; ++k8) {
    const auto both = hn::Load(du8, cells + k8 * 64);
    const auto high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
    const auto x0 = BroadcastFour(di32, act + k8 * 8), x1 = BroadcastFour(di32, act + k8 * 8 + 4);
    if constexpr (kBytes == Bytes::kNibbles) {
      AddPairs(di32, decode(both), x0, pairs);
      AddPairs(di32, decode(high), x1, pairs);
    } else {
      AddDot<kBytes>(di32, decode(both), x0, even);
      AddDot<kBytes>(di32, decode(high), x1, odd);
    }
  }
  if constexpr (kBytes == Bytes::kNibbles) AddWidened(di32, pairs, even);
}

// decoder(group, o) gives the decode of outputs from o on; `accumulators` are one of
// one-token-inl.h.
template <Bytes kBytes, class Decoder, class Accumulators>
HWY_INLINE void CodesOneToken(const LookupArgs& args, size_t strip, Decoder decoder,
                              Accumulators& accumulators) {
  const hn::CappedTag<int32_t, 16> di32;
  const size_t lanes = hn::Lanes(di32);
  const size_t token = args.token_begin;
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    for (size_t o = 0; o < 16; o += lanes) {
      const auto decode0 = decoder(at.group, o), decode1 = decoder(at.group, o + 16);
      auto a0 = hn::Zero(di32), a1 = a0, b0 = a0, b1 = a0;
      for (size_t s = at.begin; s < at.end; ++s) {
        const uint8_t* cells = codes + s * 256 + o * 4;
        if (o == 0) {
          for (size_t line = 0; line < 4; ++line) {
            hwy::Prefetch(cells + line * 64 + kPrefetchBytes);
          }
        }
        AddCodesSlice<kBytes>(di32, cells, act + s * 16, decode0, a0, a1);
        AddCodesSlice<kBytes>(di32, cells + 128, act + s * 16, decode1, b0, b1);
      }
      accumulators.Fold(at, o, hn::Add(a0, a1), hn::Add(b0, b1));
    }
  }
}

// Outliers of one token against one strip; codes(o, k) as AddOutliers wants them.
template <class Codes>
HWY_INLINE void StripOutliers(const LookupArgs& args, size_t strip, size_t token, Codes codes) {
  const WeightArgs& w = args.weight;
  const auto index_of = [&](size_t o, size_t group) HWY_ATTR {
    return (args.strip + strip) * w.scale_strip_stride + group * w.scale_group_stride + o;
  };
  AddOutliers(args, token, w.strip, args.acc + AccIndex(args, token, strip * w.strip), codes,
              index_of);
}

template <class Decoder>
HWY_INLINE void CodesOutliers(const LookupArgs& args, size_t strip, size_t token, Decoder decoder) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  StripOutliers(args, strip, token, [&](size_t o, size_t k) HWY_ATTR {
    const size_t half = o / 16, k8 = k % 16 / 8;
    const uint8_t* cell = cells + ((k / 16 * 2 + half) * 2 + k8) * 64 + o % 16 * 4;
    const auto four = hn::Load(di32, reinterpret_cast<const int32_t*>(cell));
    const int bit = static_cast<int>(k % 4 * 8 + k % 8 / 4 * 4);
    const auto code = hn::And(hn::ShiftRightSame(four, bit), hn::Set(di32, 15));
    const auto byte = decoder(k / 16 / args.grid.group_steps, o)(hn::BitCast(du8, code));
    return hn::And(hn::BitCast(di32, byte), hn::Set(di32, 255));
  });
}

// One token; decoder(strip, group, o).
template <Bytes kBytes, class Decoder>
HWY_INLINE void CodesStrips(const LookupArgs& args, Decoder decoder) {
  const bool outliers = HasOutliers(args.act.outliers, args.token_begin);
  for (size_t strip = 0; strip < args.strips; ++strip) {
    const auto of_strip = [&](size_t group, size_t o)
                              HWY_ATTR { return decoder(args.strip + strip, group, o); };
    WithStrip<true>(args, strip, [&](auto& accumulators) LUTGEMM_LOOP_ATTR {
      CodesOneToken<kBytes>(args, strip, of_strip, accumulators);
    });
    if (outliers) CodesOutliers(args, strip, args.token_begin, of_strip);
  }
  StoreTokens(args, args.token_begin, 1);
}

// The decoder of nibbles that are codes themselves. The high nibbles of its bytes are cleared.
HWY_INLINE auto NibbleDecoder() {
  return [](size_t, size_t, size_t) HWY_ATTR {
    return [](BookBytes bytes) HWY_ATTR { return hn::And(bytes, hn::Set(BookTag(), uint8_t{15})); };
  };
}

inline HWY_NOINLINE void DotGemvCodes(const LookupArgs& args) {
  ForEachToken(args, [](const LookupArgs& one) HWY_ATTR {
    CodesStrips<kNibbleBytes>(one, NibbleDecoder());
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
