// One token times codes out of bit planes, transposed in registers: five to eight planes here,
// three of a codebook in codebook/planes-inl.h.
#if defined(LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
#undef LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
#endif

#include "kernels/common/fold-inl.h"
#include "kernels/common/gemv-inl.h"
#include "kernels/common/transpose-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/gemv_codes-inl.h"

#if LUTGEMM_BIT_TRANSPOSE

// What belongs to the four vectors of outputs of a strip, `name_v0` to `name_v3`, as a list:
// LUTGEMM_FOUR(sum) to declare them, behind their type, or to pass them on, LUTGEMM_FOUR(V& sum) to
// take them as parameters. Vector i holds in the four dwords of block b: outputs 4b + i and
// 16 + 4b + i for the first two groups of four k, then the same for the last two.
#undef LUTGEMM_FOUR
#define LUTGEMM_FOUR(name) name##_v0, name##_v1, name##_v2, name##_v3
// The pairs of vectors of codes that each of the four meets, `name_v<i>` and `name_w<i>`, as such a
// list.
#undef LUTGEMM_FOUR_PAIRS
#define LUTGEMM_FOUR_PAIRS(name) \
  name##_v0, name##_w0, name##_v1, name##_w1, name##_v2, name##_w2, name##_v3, name##_w3

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

template <class V>
HWY_INLINE void SetFourZeros(LUTGEMM_FOUR(V& sum)) {
  sum_v0 = sum_v1 = sum_v2 = sum_v3 = hn::Zero(hn::DFromV<V>());
}

// Sums of outputs 0 to 15 and 16 to 31.
template <class V>
HWY_INLINE void SumFour(LUTGEMM_FOUR(V& sum), V& low, V& high) {
  const hn::ScalableTag<int32_t> di32;
  const hn::ScalableTag<int64_t> di64;
  const auto whole = [](auto v) HWY_ATTR { return hn::Add(v, hn::Shuffle1032(v)); };
  const auto first = hn::BitCast(di64, hn::InterleaveLower(whole(sum_v0), whole(sum_v1)));
  const auto second = hn::BitCast(di64, hn::InterleaveLower(whole(sum_v2), whole(sum_v3)));
  low = hn::BitCast(di32, hn::InterleaveLower(first, second));
  high = hn::BitCast(di32, hn::InterleaveUpper(di64, first, second));
}
template <class V>
HWY_INLINE void FoldFour(const BlockFold& fold, LUTGEMM_FOUR(V& sum)) {
  const hn::ScalableTag<int32_t> di32;
  V low, high;
  SumFour(LUTGEMM_FOUR(sum), low, high);
  Fold<true>(di32, low, WeightScale(di32, fold, 0), fold, 0);
  Fold<true>(di32, high, WeightScale(di32, fold, 16), fold, 16);
}

// Outliers of one token; see CodebookDecoder for decoders, which get codes in the low bytes of
// dwords.
template <int kPlanes, class Decoder>
HWY_INLINE void PlanesOutliers(const KernelArgs& args, size_t strip, size_t token,
                               const Decoder& decoder) {
  const hn::ScalableTag<int32_t> di32;
  const hn::ScalableTag<uint8_t> du8;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  StripOutliers(args, strip, token, [&](size_t o, size_t k) HWY_ATTR {
    const int shift = static_cast<int>(k % 16 / 4 * 8 + k % 4 + o / 16 * 4);
    auto code = hn::Zero(di32);
    for (size_t p = 0; p < kPlanes; ++p) {
      const auto* plane = reinterpret_cast<const int32_t*>(cells + (k / 16 * kPlanes + p) * 64);
      const auto bit = hn::And(hn::ShiftRightSame(hn::Load(di32, plane), shift), hn::Set(di32, 1));
      code = hn::Or(code, hn::ShiftLeftSame(bit, static_cast<int>(p)));
    }
    const auto row = decoder.Row(args.strip + strip, k / 16 / args.grid.group_steps, o);
    CodebookBytes LUTGEMM_CODEBOOK_TABLES(table);
    decoder.Tables(LUTGEMM_CODEBOOK_TABLES(table));
    const auto byte = decoder.Bytes(hn::BitCast(du8, code), row, LUTGEMM_CODEBOOK_TABLES(table));
    return hn::And(hn::BitCast(di32, byte), hn::Set(di32, 255));
  });
}

// Codes that are bytes already.
struct BytesDecoder {
  HWY_INLINE void Tables(LUTGEMM_CODEBOOK_TABLES(CodebookBytes& table)) const {
    ZeroTables(LUTGEMM_CODEBOOK_TABLES(table));
  }
  HWY_INLINE CodebookBytes Row(size_t, size_t, size_t) const { return hn::Zero(CodebookTag()); }
  HWY_INLINE CodebookBytes Bytes(CodebookBytes codes, CodebookBytes, CodebookBytes) const {
    return codes;
  }
};
template <int kPlanes>
HWY_INLINE void CodePlanesOutliers(const KernelArgs& args, size_t strip, size_t token) {
  PlanesOutliers<kPlanes>(args, strip, token, BytesDecoder());
}

// `fold`, one of common/gemv-inl.h, adds blocks to the accumulators.
template <int kPlanes, class Strip>
HWY_INLINE void DotGemvPlanesStrip(const KernelArgs& args, size_t strip, const Strip& fold) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<int32_t> di32;
  const size_t token = args.token_begin;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  auto acc_low = hn::Zero(hn::ScalableTag<float>()), acc_high = acc_low;
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    hn::Vec<decltype(di32)> LUTGEMM_FOUR(sum), low, high;
    SetFourZeros(LUTGEMM_FOUR(sum));
    for (size_t s = at.begin; s < at.end; ++s) {
      const uint8_t* slice = cells + s * kPlanes * 64;
      for (size_t p = 0; p < kPlanes; ++p) hwy::Prefetch(slice + p * 64 + args.ahead);
      const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act + s * 16));
      const auto x01 = hn::BitCast(di8, hn::InterleaveLower(di32, x, x));
      const auto x23 = hn::BitCast(di8, hn::InterleaveUpper(di32, x, x));
      hn::Vec<hn::ScalableTag<uint8_t>> LUTGEMM_FOUR_PAIRS(code);
      LoadSliceCodes<kPlanes>(slice, LUTGEMM_FOUR_PAIRS(code));
      sum_v0 = DotBytes(di32, code_w0, x23, DotBytes(di32, code_v0, x01, sum_v0));
      sum_v1 = DotBytes(di32, code_w1, x23, DotBytes(di32, code_v1, x01, sum_v1));
      sum_v2 = DotBytes(di32, code_w2, x23, DotBytes(di32, code_v2, x01, sum_v2));
      sum_v3 = DotBytes(di32, code_w3, x23, DotBytes(di32, code_v3, x01, sum_v3));
    }
    SumFour(LUTGEMM_FOUR(sum), low, high);
    fold.Fold(at, 0, low, high, acc_low, acc_high);
  }
  fold.Store(acc_low, acc_high);
}

template <int kPlanes>
HWY_INLINE void DotGemvPlanesStrips(const KernelArgs& args) {
  const bool outliers = HasOutliers(args.act.outliers, args.token_begin);
  for (size_t strip = 0; strip < args.strips; ++strip) {
    WithStrip<true>(args, strip, [&](const auto& fold) LUTGEMM_LOOP_ATTR {
      DotGemvPlanesStrip<kPlanes>(args, strip, fold);
    });
    if (!outliers) continue;
    CodePlanesOutliers<kPlanes>(args, strip, args.token_begin);
  }
  StoreTokens(args, args.token_begin, 1);
}

template <int kPlanes>
HWY_NOINLINE void DotGemvPlanes(const KernelArgs& args) {
  ForEachToken(args, [](const KernelArgs& one) HWY_ATTR { DotGemvPlanesStrips<kPlanes>(one); });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BIT_TRANSPOSE

#endif  // LUTGEMM_KERNELS_DOT_GEMV_PLANES_INL_H_
