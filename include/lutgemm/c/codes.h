/* Weights as codes and scales, apart: codes from elsewhere on their way into packed weights, and
 * packed weights taken apart again. */
#ifndef LUTGEMM_C_CODES_H_
#define LUTGEMM_C_CODES_H_

#include <lutgemm/c/codebook.h>
#include <lutgemm/c/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Codes, row-major, one byte each. Scales (and zeros, offsets or selectors) are [n][groups], groups
 * = ceil(k / group); 1 per row for WHOLE_ROW, a single one for WHOLE_TENSOR. Scales and offsets
 * must be values that the type `scale` holds exactly. Arrays that the format has no use for are not
 * read.
 *
 * super_group: weights along K that share a factor, a multiple of `group` of 4096 at most, for INT2
 * to INT8, NF4 and CODEBOOK. Scales are integers then, U8 or I8, and a weight's scale is its
 * group's times the factor [n][super-groups] of its super-group; with ZERO_FLOAT c is an integer 0
 * to 255 of the group times an offset factor. */
typedef struct lutgemm_codes {
  uint32_t struct_size;
  uint32_t format;
  uint32_t group;
  uint32_t zero;
  uint32_t scale;
  uint32_t layout; /* to pack into */
  size_t n;
  size_t k;
  const uint8_t* codes;
  const float* scales;
  const uint8_t* zeros;         /* ZERO_INTEGER */
  const float* offsets;         /* ZERO_FLOAT: c */
  const float* factors;         /* scales U8: [n]; E4M3: a single one; see below */
  const uint8_t* selectors;     /* BITMOD3, BITMOD4: the table of each group, 0 to 3 */
  const lutgemm_codebook* book; /* CODEBOOK; null for formats that have one of their own */
  uint32_t super_group;         /* 0: none */
  uint32_t factor;              /* type of factors with super-groups: F32, F16, BF16 */
  const float* offset_factors;  /* super-groups with ZERO_FLOAT: [n][super-groups] */
} lutgemm_codes;
#define LUTGEMM_CODES_INIT                                                                      \
  {                                                                                             \
    sizeof(lutgemm_codes), LUTGEMM_INT4, 128, LUTGEMM_ZERO_NONE, LUTGEMM_F16,                   \
        LUTGEMM_LAYOUT_DEFAULT, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, LUTGEMM_F32, \
        NULL                                                                                    \
  }

/* Whether the codes hold together: sizes, groups, the range of every code and selector, scales that
 * are finite and held exactly. What packing checks as well. */
LUTGEMM_API lutgemm_status lutgemm_codes_validate(const lutgemm_codes* codes);

/* Packs a copy of the codes. `threads` may be null. */
LUTGEMM_API lutgemm_status lutgemm_pack_codes(const lutgemm_codes* codes, lutgemm_threads* threads,
                                              lutgemm_packed** out);

/* Memory of the caller's that weights are packed into, such as a part of a file that is mapped for
 * writing, or shared memory. */
typedef struct lutgemm_pack_memory {
  uint32_t struct_size;
  void* blob;               /* 64-byte aligned */
  size_t bytes;             /* at least those of the blob, which lies at the beginning */
  lutgemm_threads* threads; /* may be null */
} lutgemm_pack_memory;
#define LUTGEMM_PACK_MEMORY_INIT \
  { sizeof(lutgemm_pack_memory), NULL, 0, NULL }

/* The bytes that packing these codes takes; no array is read. Fails as packing them does for what
 * can be told from format, group, layout and shape alone. */
LUTGEMM_API lutgemm_status lutgemm_pack_codes_bytes(const lutgemm_codes* codes, size_t* bytes);

/* As lutgemm_pack_codes, into the caller's memory, of which exactly lutgemm_pack_codes_bytes are
 * written. The handle uses them in place: they must outlive it and every plan made of it, and stay
 * as they are. WORKSPACE_TOO_SMALL for fewer bytes, BAD_ARGUMENT for memory that is not aligned. */
LUTGEMM_API lutgemm_status lutgemm_pack_codes_into(const lutgemm_codes* codes,
                                                   const lutgemm_pack_memory* memory,
                                                   lutgemm_packed** out);

/* Codes and scales that a handle owns. */
typedef struct lutgemm_quantized lutgemm_quantized;

/* The exact inverse of packing. CORRUPT_FILE for codes or a codebook that the format does not
 * have. */
LUTGEMM_API lutgemm_status lutgemm_unpack(const lutgemm_packed* packed, lutgemm_quantized** out);

/* Fills *codes, whose struct_size the caller has set, with the handle's own arrays, which live as
 * long as it does; `layout` becomes DEFAULT, and `book` is set for every format with a codebook. */
LUTGEMM_API lutgemm_status lutgemm_quantized_codes(const lutgemm_quantized* quantized,
                                                   lutgemm_codes* codes);

/* The value of one weight, in double: integer * scale * factor, plus c for ZERO_FLOAT, factors of
 * super-groups included; the integer that stands for its code: the codebook's entry, or the code
 * minus its zero point; and what the integers of a row are worth: its factor, those of super-groups
 * apart, times the unit of the codebook or of BFP. 0 for a row or
 * column that is not there. The first and the last round as the calling thread does. */
LUTGEMM_API double lutgemm_quantized_value(const lutgemm_quantized* quantized, size_t row,
                                           size_t col);
LUTGEMM_API int32_t lutgemm_quantized_integer(const lutgemm_quantized* quantized, size_t row,
                                              size_t col);
LUTGEMM_API float lutgemm_quantized_factor(const lutgemm_quantized* quantized, size_t row);

LUTGEMM_API void lutgemm_quantized_free(lutgemm_quantized* quantized);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_CODES_H_ */
