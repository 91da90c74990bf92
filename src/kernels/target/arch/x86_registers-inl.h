// What compilers are told about registers, which Highway does not offer.
#if defined(LUTGEMM_KERNELS_TARGET_ARCH_X86_REGISTERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TARGET_ARCH_X86_REGISTERS_INL_H_
#undef LUTGEMM_KERNELS_TARGET_ARCH_X86_REGISTERS_INL_H_
#else
#define LUTGEMM_KERNELS_TARGET_ARCH_X86_REGISTERS_INL_H_
#endif

#include "kernels/target/ops-inl.h"

#if HWY_ARCH_X86
HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Has the compiler compute `v` here, once, as it is written: it knows nothing of the value from
// here on, so that it neither loads it again nor adds what follows in another order.
template <class V>
HWY_INLINE void KeepInRegister(V& v) {
  asm("" : "+v"(v.raw));
}

// Has the compiler load again what `pointer` points to, instead of keeping it in registers from
// before.
template <class T>
HWY_INLINE void LoadAnew(const T*& pointer) {
  asm("" : "+r"(pointer));
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HWY_ARCH_X86

#endif  // LUTGEMM_KERNELS_TARGET_ARCH_X86_REGISTERS_INL_H_
