// The byte dot product as an instruction that adds to a named register. From the intrinsic g++ 12
// makes copies of sums between the tiles' products and spills some of 24 sums in every round: 261
// GMAC/s where this gave 315 in the same loop (dot_codes, exact, one scale per row).
#if defined(LUTGEMM_KERNELS_TARGET_ARCH_X86_VNNI_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TARGET_ARCH_X86_VNNI_INL_H_
#undef LUTGEMM_KERNELS_TARGET_ARCH_X86_VNNI_INL_H_
#else
#define LUTGEMM_KERNELS_TARGET_ARCH_X86_VNNI_INL_H_
#endif

#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// sum += DotBytes(u, i).
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE void AddDotBytes([[maybe_unused]] DI32 di32, VU8 u, VI8 i, VI32& sum) {
#if LUTGEMM_WIDE_LOOKUP
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(u.raw), "v"(i.raw));
#else
  sum = DotBytes(di32, u, i, sum);
#endif
}

#if LUTGEMM_WIDE_LOOKUP
// AddDotBytes with signed bytes from memory, which takes no register.
template <class VU8, class VI32>
HWY_INLINE void AddDotBytesAt(VU8 u, const int8_t* i, VI32& sum) {
  struct Line {
    int8_t bytes[64];
  };
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(u.raw), "m"(*reinterpret_cast<const Line*>(i)));
}
#endif

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TARGET_ARCH_X86_VNNI_INL_H_
