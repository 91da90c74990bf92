// Names the namespace of every compiled target once: LUTGEMM_VISIT_TARGETS(V) expands to
// V(target, namespace) for each, best first. The only place that lists them.
#ifndef LUTGEMM_KERNELS_TARGET_VISIT_TARGETS_H_
#define LUTGEMM_KERNELS_TARGET_VISIT_TARGETS_H_

#include "kernels/target/targets.h"

#include <hwy/detect_targets.h>

#if HWY_TARGETS & HWY_AVX3_DL
#define LUTGEMM_VISIT_AVX3_DL(V) V(HWY_AVX3_DL, N_AVX3_DL)
#else
#define LUTGEMM_VISIT_AVX3_DL(V)
#endif
#if HWY_TARGETS & HWY_AVX3
#define LUTGEMM_VISIT_AVX3(V) V(HWY_AVX3, N_AVX3)
#else
#define LUTGEMM_VISIT_AVX3(V)
#endif
#if HWY_TARGETS & HWY_AVX2
#define LUTGEMM_VISIT_AVX2(V) V(HWY_AVX2, N_AVX2)
#else
#define LUTGEMM_VISIT_AVX2(V)
#endif
#if HWY_TARGETS & HWY_SSE4
#define LUTGEMM_VISIT_SSE4(V) V(HWY_SSE4, N_SSE4)
#else
#define LUTGEMM_VISIT_SSE4(V)
#endif
#if HWY_TARGETS & HWY_NEON
#define LUTGEMM_VISIT_NEON(V) V(HWY_NEON, N_NEON)
#else
#define LUTGEMM_VISIT_NEON(V)
#endif
#if HWY_TARGETS & HWY_NEON_WITHOUT_AES
#define LUTGEMM_VISIT_NEON_WITHOUT_AES(V) V(HWY_NEON_WITHOUT_AES, N_NEON_WITHOUT_AES)
#else
#define LUTGEMM_VISIT_NEON_WITHOUT_AES(V)
#endif

#define LUTGEMM_VISIT_TARGETS(V) \
  LUTGEMM_VISIT_AVX3_DL(V)       \
  LUTGEMM_VISIT_AVX3(V)          \
  LUTGEMM_VISIT_AVX2(V)          \
  LUTGEMM_VISIT_SSE4(V)          \
  LUTGEMM_VISIT_NEON(V)          \
  LUTGEMM_VISIT_NEON_WITHOUT_AES(V)

#endif  // LUTGEMM_KERNELS_TARGET_VISIT_TARGETS_H_
