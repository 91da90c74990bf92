// What compilers are told about registers, which Highway does not offer.

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
