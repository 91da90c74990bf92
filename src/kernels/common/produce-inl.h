// Producers in vectors: RMSNorm and SiLU-gated products, applied to a block that was just loaded.

#include "kernels/common/produce.h"
#include "kernels/common/scales-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// ExpOfNegative and Silu of produce.h.
template <class DF>
HWY_INLINE hn::Vec<DF> ExpOfNegative(DF df, hn::Vec<DF> magnitude) {
  const hn::RebindToSigned<DF> di32;
  const auto t = hn::Max(hn::Neg(magnitude), hn::Set(df, kLeastExponent));
  const auto exponent = hn::NearestInt(hn::Mul(t, hn::Set(df, kLog2E)));
  const auto n = hn::ConvertTo(df, exponent);
  const auto r =
      hn::Sub(hn::Sub(t, hn::Mul(n, hn::Set(df, kLn2High))), hn::Mul(n, hn::Set(df, kLn2Low)));
  auto sum = hn::Set(df, kSeries[0]);
  for (size_t i = 1; i < std::size(kSeries); ++i) {
    sum = hn::Add(hn::Mul(sum, r), hn::Set(df, kSeries[i]));
  }
  const auto bits = hn::ShiftLeft<kExponentShift>(hn::Add(exponent, hn::Set(di32, kExponentBias)));
  return hn::Mul(sum, hn::BitCast(df, bits));
}

template <class DF>
HWY_INLINE hn::Vec<DF> Silu(DF df, hn::Vec<DF> x) {
  const auto one = hn::Set(df, 1.0f);
  const auto e = ExpOfNegative(df, hn::Abs(x));
  const auto above = hn::IfThenElse(hn::Lt(x, hn::Zero(df)), e, one);
  return hn::Mul(x, hn::Div(above, hn::Add(one, e)));
}

// ProduceTail of whole vectors, and of what is left.
inline HWY_NOINLINE void ProduceSpan(const PackActArgs& args, size_t k, size_t count,
                                     float* HWY_RESTRICT to) {
  const hn::CappedTag<float, 16> df;
  const size_t lanes = hn::Lanes(df);
  const Produce& produce = args.produce;
  size_t i = 0;
  if (produce.kind == Produce::Kind::kRmsNorm) {
    const auto factor = hn::Set(df, produce.factor);
    for (; i + lanes <= count; i += lanes) {
      const auto scaled = hn::Mul(hn::LoadU(df, to + i), factor);
      hn::StoreU(hn::Mul(scaled, hn::LoadU(df, produce.gamma + k + i)), df, to + i);
    }
  } else {
    for (; i + lanes <= count; i += lanes) {
      const auto gate = Silu(df, hn::LoadU(df, to + i));
      hn::StoreU(hn::Mul(gate, LoadAsF32(df, produce.up, args.elem, k + i)), df, to + i);
    }
  }
  ProduceTail(args, k, i, count, to);
}

inline HWY_NOINLINE float SumSquares(const PackActArgs& args) {
  const hn::CappedTag<float, 16> df;
  const size_t lanes = hn::Lanes(df);
  constexpr size_t kSums = SquareSums::kSums;
  const size_t whole = args.k / kSums * kSums;
  const auto square = [&](size_t i) HWY_ATTR {
    const auto x = LoadAsF32(df, args.act, args.elem, i);
    return hn::Mul(x, x);
  };
  SquareSums sums;
  for (size_t j = 0; j < kSums; j += 4 * lanes) {
    auto s0 = hn::Zero(df), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = j; i < whole; i += kSums) {
      s0 = hn::Add(s0, square(i));
      s1 = hn::Add(s1, square(i + lanes));
      s2 = hn::Add(s2, square(i + 2 * lanes));
      s3 = hn::Add(s3, square(i + 3 * lanes));
    }
    hn::Store(s0, df, sums.part + j);
    hn::Store(s1, df, sums.part + j + lanes);
    hn::Store(s2, df, sums.part + j + 2 * lanes);
    hn::Store(s3, df, sums.part + j + 3 * lanes);
  }
  sums.Add(args, whole);
  return sums.Total();
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
