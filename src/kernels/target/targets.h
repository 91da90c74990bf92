// The one list of Highway targets that this library does not compile, each with its reason. Include
// before any Highway header. What is left on x86: SSE4, AVX2, AVX3, AVX3_DL. PORTABLE, our own
// plain C++ path, is always there.
#ifndef LUTGEMM_KERNELS_TARGET_TARGETS_H_
#define LUTGEMM_KERNELS_TARGET_TARGETS_H_

#if defined(HWY_HIGHWAY_INCLUDED) || defined(HIGHWAY_HWY_DETECT_TARGETS_H_)
#error "include kernels/target/targets.h before Highway"
#endif

// SSE2, SSSE3: CPUs without SSE4.2 are older than any that runs language models; PORTABLE serves.
// AVX3_ZEN4, AVX3_SPR: add bf16 and fp16 arithmetic that no kernel uses, so that their code would
// equal AVX3_DL's.
// AVX3_DL (VBMI and VNNI) is what the wide kernels are written for; Highway leaves it out unless
// asked.
#define HWY_WANT_AVX3_DL
#define HWY_DISABLED_TARGETS (HWY_SSE2 | HWY_SSSE3 | HWY_AVX3_ZEN4 | HWY_AVX3_SPR)

// With the baseline gone, Highway's static target is its emulation, which some compilers build with
// one lane only, where a byte lookup reads entry 0 for every index (g++ before 12.3). Kernels skip
// it: LUTGEMM_SIMD is 0 there, and PORTABLE takes its place.
#define LUTGEMM_SIMD (HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128)

// The preset `scalar`: no SIMD target at all.
#if defined(LUTGEMM_ONLY_PORTABLE) && LUTGEMM_ONLY_PORTABLE
#define HWY_COMPILE_ONLY_STATIC
#endif

#endif  // LUTGEMM_KERNELS_TARGET_TARGETS_H_
