// Integer zero points that bytes of codes take in: code - zero + kZeroBias.
#if defined(LUTGEMM_KERNELS_DOT_ZEROS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_ZEROS_INL_H_
#undef LUTGEMM_KERNELS_DOT_ZEROS_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_ZEROS_INL_H_
#endif

#include "kernels/codebook/decode-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// A call whose bytes take in its weights' zeros.
HWY_INLINE KernelArgs WithoutZeros(const KernelArgs& given) {
  KernelArgs args = given;
  args.weight.zero = ZeroKind::kNone;
  args.weight.fold.b = -kZeroBias;
  return args;
}

// kZeroBias less the zeros of outputs o, o + 1, ... of a strip, in four bytes each.
HWY_INLINE CodebookBytes ZeroBytes(const KernelArgs& args, size_t strip, size_t group, size_t o) {
  const CodebookTag du8;
  const hn::Repartition<uint32_t, CodebookTag> du32;
  const hn::Rebind<uint8_t, decltype(du32)> dz;
  const WeightArgs& w = args.weight;
  const auto* zeros = reinterpret_cast<const uint8_t*>(w.zeros) + strip * w.scale_strip_stride +
                      group * w.scale_group_stride + o;
  const auto zero = hn::PromoteTo(du32, hn::LoadU(dz, zeros));
  const auto four = hn::BitCast(du8, hn::Mul(zero, hn::Set(du32, 0x01010101u)));
  return hn::Sub(hn::Set(du8, uint8_t{kZeroBias}), four);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_ZEROS_INL_H_
