// Dot products of bytes and of words in one instruction.

#if HWY_ARCH_X86 && LUTGEMM_BYTE_PRODUCT == LUTGEMM_PRODUCT_U8S8

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 DotBytes(DI32 di32, VU8 u, VI8 i, VI32 sum) {
  return hn::SumOfMulQuadAccumulate(di32, u, i, sum);
}

template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 DotAllBytes(DI32 di32, VU8 u, VI8 i, VI32 sum) {
  return hn::SumOfMulQuadAccumulate(di32, u, i, sum);
}

// As an instruction that adds to a named register. From the intrinsic g++ 12 makes copies of sums
// between the tiles' products and spills some of 24 sums in every round: 261 GMAC/s where this gave
// 315 in the same loop (int4 in nibbles, exact, one scale per row).
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE void AddDotBytes(DI32, VU8 u, VI8 i, VI32& sum) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(u.raw), "v"(i.raw));
}

template <class DI32, class VI16, class VI32>
HWY_INLINE void AddWordPairs(DI32, VI16 a, VI16 b, VI32& sum) {
  asm("vpdpwssd %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
}

// Bytes from memory take no register.
template <class VU8, class VI32>
HWY_INLINE void AddDotBytesAt(VU8 u, const int8_t* i, VI32& sum) {
  struct Line {
    int8_t bytes[sizeof(u.raw)];
  };
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(u.raw), "m"(*reinterpret_cast<const Line*>(i)));
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HWY_AVX3_DL
