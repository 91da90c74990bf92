/* Codebooks: weights whose 3- or 4-bit codes index a table of integers.
 *
 *   value of a weight = scale of its group * unit * values[selector of its group][code] */
#ifndef LUTGEMM_C_CODEBOOK_H_
#define LUTGEMM_C_CODEBOOK_H_

#include <lutgemm/c/status.h>
#include <lutgemm/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lutgemm_codebook {
  uint32_t struct_size;
  uint32_t codes;       /* in use: 2 to 16; 0 where there is no codebook */
  uint32_t tables;      /* selectors in use: 1 or 4 */
  float unit;           /* what 1 in `values` is worth, over the scale; positive */
  int8_t values[4][16]; /* [selector][code], -127 to 127; 0 where not in use */
} lutgemm_codebook;
#define LUTGEMM_CODEBOOK_INIT               \
  {                                         \
    sizeof(lutgemm_codebook), 0, 0, 0.0f, { \
      { 0 }                                 \
    }                                       \
  }

/* The codebook of a format that has one of its own (BITMOD3, BITMOD4, MXFP4, NVFP4, NF4), in the
 * code order of its definition; `codes` is 0 for every other format. */
LUTGEMM_API lutgemm_status lutgemm_codebook_fixed(uint32_t format, lutgemm_codebook* book);

/* A table of 2 to 16 real values, code i for values[i], as integers k_i times a unit: of the units
 * max|v| / 1 to max|v| / 127 the coarsest of those with the least squared error. Integers up to
 * 127, and their multiples of any unit, are therefore exact; otherwise the root of the mean squared
 * error is at most max|v| / 254. BAD_ARGUMENT on another count, a unit beyond 2^-64 to 2^64 or
 * zeros only; NOT_FINITE. */
LUTGEMM_API lutgemm_status lutgemm_codebook_make(const float* values, size_t count,
                                                 lutgemm_codebook* book);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_CODEBOOK_H_ */
