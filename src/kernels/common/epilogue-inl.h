// The end of a product: units and second-level scales, bias, conversion to the output type, store.

#include "format/fp.h"
#include "kernels/common/scales-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

inline HWY_NOINLINE void StoreOutputs(const StoreArgs& args) {
  const hn::CappedTag<float, 16> df;
  const size_t lanes = hn::Lanes(df);
  const size_t bytes = args.elem == Elem::kF16 || args.elem == Elem::kBF16 ? 2 : 4;
  const bool scaled = args.unit != 1.0f || args.factors != nullptr;
  for (size_t t = 0; t < args.tokens; ++t) {
    const float* acc = args.acc + t * kAccUnit;
    std::byte* out = args.out + t * args.out_stride;
    size_t i = 0;
    for (; args.elem != Elem::kI32 && i + lanes <= args.count; i += lanes) {
      auto value = hn::LoadU(df, acc + i);
      if (scaled) {
        const auto unit = hn::Set(df, args.unit);
        const auto factor = args.factors ? hn::Mul(unit, hn::LoadU(df, args.factors + i)) : unit;
        value = hn::Mul(value, factor);
      }
      if (args.bias != nullptr) value = hn::Add(value, hn::LoadU(df, args.bias + i));
      StoreAs(df, value, args.elem, out + i * bytes);
    }
    for (; i < args.count; ++i) {
      if (args.elem == Elem::kI32) {
        hwy::CopyBytes(acc + i, out + i * 4, 4);
      } else {
        const float factor = args.factors ? args.unit * args.factors[i] : args.unit;
        const float value = scaled ? acc[i] * factor : acc[i];
        format::StoreElem(out, args.elem, i, args.bias ? value + args.bias[i] : value);
      }
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
