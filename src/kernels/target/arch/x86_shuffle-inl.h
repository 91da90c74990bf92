// Lookups in tables of 16 by byte shuffles.

#if HWY_ARCH_X86

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// The instruction itself looks at bits 0 to 3 and 7 only.
template <class V>
HWY_INLINE V Lookup16Or0(V table, V index) {
  return hn::TableLookupBytesOr0(table, index);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HWY_ARCH_X86
