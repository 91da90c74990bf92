// What a target's instructions are like, one line for each property: what kernels need of a target,
// and what bodies choose by. codegen/spec/kernels.toml names them, CONTRIBUTING.md explains.
#if defined(LUTGEMM_KERNELS_TARGET_TRAITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TARGET_TRAITS_INL_H_
#undef LUTGEMM_KERNELS_TARGET_TRAITS_INL_H_
#else
#define LUTGEMM_KERNELS_TARGET_TRAITS_INL_H_
#endif

#include <hwy/highway.h>

#undef LUTGEMM_TABLE_ENTRIES
#undef LUTGEMM_BYTE_PRODUCT
#undef LUTGEMM_BIT_TRANSPOSE
#undef LUTGEMM_VECTOR_BYTES
#undef LUTGEMM_REGISTERS

// Kinds of byte product: no instruction; signed times signed; unsigned times signed; two by two
// blocks of eight products.
#define LUTGEMM_PRODUCT_NONE 0
#define LUTGEMM_PRODUCT_S8S8 1
#define LUTGEMM_PRODUCT_U8S8 2
#define LUTGEMM_PRODUCT_I8MM 3

// LUTGEMM_TABLE_ENTRIES: entries of the largest table that one byte lookup reads: 16, 64 or 128.
// LUTGEMM_BYTE_PRODUCT: the instruction that sums four products of bytes in 32 bits.
// LUTGEMM_BIT_TRANSPOSE: whether one instruction transposes the bits of 64-bit lanes.
// LUTGEMM_VECTOR_BYTES: of a vector; 0 where only the processor knows.
// LUTGEMM_REGISTERS: of vectors.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
#define LUTGEMM_TABLE_ENTRIES 128
#define LUTGEMM_BYTE_PRODUCT LUTGEMM_PRODUCT_U8S8
#define LUTGEMM_BIT_TRANSPOSE 1
#define LUTGEMM_VECTOR_BYTES 64
#define LUTGEMM_REGISTERS 32
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
#define LUTGEMM_TABLE_ENTRIES 16
#define LUTGEMM_BYTE_PRODUCT LUTGEMM_PRODUCT_NONE
#define LUTGEMM_BIT_TRANSPOSE 0
#define LUTGEMM_VECTOR_BYTES 64
#define LUTGEMM_REGISTERS 32
#elif HWY_TARGET == HWY_AVX2
#define LUTGEMM_TABLE_ENTRIES 16
#define LUTGEMM_BYTE_PRODUCT LUTGEMM_PRODUCT_NONE
#define LUTGEMM_BIT_TRANSPOSE 0
#define LUTGEMM_VECTOR_BYTES 32
#define LUTGEMM_REGISTERS 16
#else
#define LUTGEMM_TABLE_ENTRIES 16
#define LUTGEMM_BYTE_PRODUCT LUTGEMM_PRODUCT_NONE
#define LUTGEMM_BIT_TRANSPOSE 0
#define LUTGEMM_VECTOR_BYTES (HWY_HAVE_SCALABLE ? 0 : 16)
#define LUTGEMM_REGISTERS (HWY_ARCH_X86 ? 16 : 32)
#endif

#endif  // LUTGEMM_KERNELS_TARGET_TRAITS_INL_H_
