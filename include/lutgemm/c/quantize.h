/* From a matrix of floats to codes, and to packed weights. */
#ifndef LUTGEMM_C_QUANTIZE_H_
#define LUTGEMM_C_QUANTIZE_H_

#include <lutgemm/c/codes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to quantise and pack. */
typedef struct lutgemm_pack_spec {
  uint32_t struct_size;
  uint32_t format;
  uint32_t group; /* weights along K that share a scale; the last group may be shorter */
  uint32_t zero;
  uint32_t scale;        /* stored type of scales: F32, F16, BF16, or what the format takes */
  uint32_t scale_search; /* non-zero: search the clipping scale with the least squared error */
  uint32_t layout;
  const lutgemm_codebook* book; /* CODEBOOK: its table; null for every other format */
  /* One number for each column of the matrix, finite and not negative: how much the error of the
   * column's weights counts where errors are compared, in the scale search and in the choice of a
   * BITMOD table; such as the mean square of the activations that meet it. Null: all alike, as in a
   * group whose numbers are all zero. */
  const float* importance;
  size_t importance_count; /* cols of the matrix; 0 where importance is null */
} lutgemm_pack_spec;
#define LUTGEMM_PACK_SPEC_INIT                                                       \
  {                                                                                  \
    sizeof(lutgemm_pack_spec), LUTGEMM_INT4, 128, LUTGEMM_ZERO_NONE, LUTGEMM_F16, 0, \
        LUTGEMM_LAYOUT_DEFAULT, NULL, NULL, 0                                        \
  }

/* Fills *spec, whose struct_size the caller has set, with the group and type of scales that a
 * format prescribes or is usually given: TERNARY one scale per matrix, BITMOD groups of 128 with
 * U8, NF4 groups of 64, BFP groups of 32, ints groups of 128. */
LUTGEMM_API lutgemm_status lutgemm_pack_spec_default(uint32_t format, lutgemm_pack_spec* spec);

/* Rounds a matrix to the nearest codes (ties to even) and packs them. `threads` may be null.
 * NOT_FINITE on NaN or infinity, OVERFLOW where the type of scales cannot hold one. */
LUTGEMM_API lutgemm_status lutgemm_pack(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                                        lutgemm_threads* threads, lutgemm_packed** out);

/* The bytes that packing such a matrix takes; of the matrix only rows and cols are read. */
LUTGEMM_API lutgemm_status lutgemm_pack_bytes(const lutgemm_matrix* matrix,
                                              const lutgemm_pack_spec* spec, size_t* bytes);

/* As lutgemm_pack, into the caller's memory: see lutgemm_pack_codes_into. */
LUTGEMM_API lutgemm_status lutgemm_pack_into(const lutgemm_matrix* matrix,
                                             const lutgemm_pack_spec* spec,
                                             const lutgemm_pack_memory* memory,
                                             lutgemm_packed** out);

/* Rounds a matrix as lutgemm_pack does and keeps the codes; spec->layout is not used. */
LUTGEMM_API lutgemm_status lutgemm_quantize(const lutgemm_matrix* matrix,
                                            const lutgemm_pack_spec* spec, lutgemm_threads* threads,
                                            lutgemm_quantized** out);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_QUANTIZE_H_ */
