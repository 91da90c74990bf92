// One token of layout codes, multiplied straight from nibbles, for dot and codebook.
#if defined(LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
#undef LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
#endif

#include "kernels/codebook/decode-inl.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/gemv-inl.h"
#include "kernels/common/outliers-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/products-inl.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// One slice of kCodes for a vector of outputs, straight from its two cells; `row` is the decoder's
// for them.
template <Bytes kBytes, class Decoder, class VU8, class VI32>
HWY_INLINE void AddCodesSlice(const uint8_t* cells, const int8_t* act, const Decoder& decoder,
                              VU8 row, LUTGEMM_CODEBOOK_TABLES(VU8 table), VI32& even, VI32& odd) {
  const hn::DFromV<VI32> di32;
  const hn::DFromV<VU8> du8;
  const hn::Repartition<uint16_t, decltype(di32)> du16;
  [[maybe_unused]] auto pairs = hn::Zero(hn::Repartition<int16_t, decltype(di32)>());
  for (size_t k8 = 0; k8 < 2; ++k8) {
    const auto both = hn::Load(du8, cells + k8 * 64);
    const auto high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
    const auto x0 = BroadcastFour(di32, act + k8 * 8), x1 = BroadcastFour(di32, act + k8 * 8 + 4);
    if constexpr (kBytes == Bytes::kNibbles) {
      AddPairs(di32, decoder.Bytes(both, row, LUTGEMM_CODEBOOK_TABLES(table)), x0, pairs);
      AddPairs(di32, decoder.Bytes(high, row, LUTGEMM_CODEBOOK_TABLES(table)), x1, pairs);
    } else {
      AddDot<kBytes>(di32, decoder.Bytes(both, row, LUTGEMM_CODEBOOK_TABLES(table)), x0, even);
      AddDot<kBytes>(di32, decoder.Bytes(high, row, LUTGEMM_CODEBOOK_TABLES(table)), x1, odd);
    }
  }
  if constexpr (kBytes == Bytes::kNibbles) AddWidened(di32, pairs, even);
}

// `fold`, one of common/gemv-inl.h, adds blocks to the accumulators.
template <Bytes kBytes, class Decoder, class Strip>
HWY_INLINE void GemvCodesStrip(const KernelArgs& args, size_t strip, const Decoder& decoder,
                               const Strip& fold) {
  const hn::CappedTag<int32_t, 16> di32;
  const size_t lanes = hn::Lanes(di32);
  const size_t token = args.token_begin, of = args.strip + strip;
  const uint8_t* codes = args.weight.codes + of * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  CodebookBytes LUTGEMM_CODEBOOK_TABLES(table);
  decoder.Tables(LUTGEMM_CODEBOOK_TABLES(table));
  auto acc_low = hn::Zero(hn::Rebind<float, decltype(di32)>()), acc_high = acc_low;
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    for (size_t o = 0; o < 16; o += lanes) {
      const auto row0 = decoder.Row(of, at.group, o), row1 = decoder.Row(of, at.group, o + 16);
      auto a0 = hn::Zero(di32), a1 = a0, b0 = a0, b1 = a0;
      for (size_t s = at.begin; s < at.end; ++s) {
        const uint8_t* cells = codes + s * 256 + o * 4;
        if (o == 0) {
          for (size_t line = 0; line < 4; ++line) {
            hwy::Prefetch(cells + line * 64 + args.ahead);
          }
        }
        AddCodesSlice<kBytes>(cells, act + s * 16, decoder, row0, LUTGEMM_CODEBOOK_TABLES(table),
                              a0, a1);
        AddCodesSlice<kBytes>(cells + 128, act + s * 16, decoder, row1,
                              LUTGEMM_CODEBOOK_TABLES(table), b0, b1);
      }
      fold.Fold(at, o, hn::Add(a0, a1), hn::Add(b0, b1), acc_low, acc_high);
    }
  }
  fold.Store(acc_low, acc_high);
}

// Outliers of one token against one strip; codes(o, k) as AddOutliers wants them.
template <class Codes>
HWY_INLINE void StripOutliers(const KernelArgs& args, size_t strip, size_t token, Codes codes) {
  const WeightArgs& w = args.weight;
  const auto index_of = [&](size_t o, size_t group) HWY_ATTR {
    return (args.strip + strip) * w.scale_strip_stride + group * w.scale_group_stride + o;
  };
  AddOutliers(args, token, w.strip, args.acc + AccIndex(args, token, strip * w.strip), codes,
              index_of);
}

template <class Decoder>
HWY_INLINE void CodesOutliers(const KernelArgs& args, size_t strip, size_t token,
                              const Decoder& decoder) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  StripOutliers(args, strip, token, [&](size_t o, size_t k) HWY_ATTR {
    const size_t half = o / 16, k8 = k % 16 / 8;
    const uint8_t* cell = cells + ((k / 16 * 2 + half) * 2 + k8) * 64 + o % 16 * 4;
    const auto four = hn::Load(di32, reinterpret_cast<const int32_t*>(cell));
    const int bit = static_cast<int>(k % 4 * 8 + k % 8 / 4 * 4);
    const auto code = hn::And(hn::ShiftRightSame(four, bit), hn::Set(di32, 15));
    const auto row = decoder.Row(args.strip + strip, k / 16 / args.grid.group_steps, o);
    CodebookBytes LUTGEMM_CODEBOOK_TABLES(table);
    decoder.Tables(LUTGEMM_CODEBOOK_TABLES(table));
    const auto byte = decoder.Bytes(hn::BitCast(du8, code), row, LUTGEMM_CODEBOOK_TABLES(table));
    return hn::And(hn::BitCast(di32, byte), hn::Set(di32, 255));
  });
}

// One token.
template <Bytes kBytes, class Decoder>
HWY_INLINE void GemvCodesStrips(const KernelArgs& args, const Decoder& decoder) {
  const bool outliers = HasOutliers(args.act.outliers, args.token_begin);
  for (size_t strip = 0; strip < args.strips; ++strip) {
    WithStrip<true>(args, strip, [&](const auto& fold) LUTGEMM_LOOP_ATTR {
      GemvCodesStrip<kBytes>(args, strip, decoder, fold);
    });
    if (outliers) CodesOutliers(args, strip, args.token_begin, decoder);
  }
  StoreTokens(args, args.token_begin, 1);
}

// The decoder, see CodebookDecoder, of nibbles that are codes.
struct CodesDecoder {
  HWY_INLINE void Tables(LUTGEMM_CODEBOOK_TABLES(CodebookBytes& table)) const {
    ZeroTables(LUTGEMM_CODEBOOK_TABLES(table));
  }
  HWY_INLINE CodebookBytes Row(size_t, size_t, size_t) const { return hn::Zero(CodebookTag()); }
  HWY_INLINE CodebookBytes
  Bytes(CodebookBytes nibbles, CodebookBytes,
        LUTGEMM_CODEBOOK_TABLES([[maybe_unused]] CodebookBytes table)) const {
    return hn::And(nibbles, hn::Set(CodebookTag(), uint8_t{15}));
  }
};

inline HWY_NOINLINE void DotGemvCodes(const KernelArgs& args) {
  ForEachToken(args, [](const KernelArgs& one)
                         HWY_ATTR { GemvCodesStrips<kNibbleBytes>(one, CodesDecoder()); });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_GEMV_CODES_INL_H_
