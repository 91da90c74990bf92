/* The words of the C interface: enumerators of element types, formats, layouts and kernels, a
 * matrix to read, and the names that the command and files have for all of them. */
#ifndef LUTGEMM_C_TYPES_H_
#define LUTGEMM_C_TYPES_H_

#include <lutgemm/c/status.h>
#include <lutgemm/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Elements of activations, outputs, scales and source matrices. E8M0, E4M3 and U8 are for scales
 * only: a power of two per group; a float of 8 bits, times one f32 of the matrix; an integer, times
 * one f32 of the row or a factor of the super-group. I8 scales are signed integers with factors of
 * super-groups. */
enum {
  /* lutgen elems: begin */
  LUTGEMM_F32 = 0,
  LUTGEMM_F16 = 1,
  LUTGEMM_BF16 = 2,
  LUTGEMM_I8 = 3,
  LUTGEMM_I32 = 4,
  LUTGEMM_E8M0 = 5,
  LUTGEMM_E4M3 = 6,
  LUTGEMM_U8 = 7
  /* lutgen elems: end */
};

/* Stored form of a weight: an unsigned code q, with scale s and zero point z of its group.
 * z is 2^(bits-1) where there are no zero points.
 * lutgen values: begin
 *   format              value                        group             scales
 *   INT1                s * (2q - 1), q = 0 or 1     any, or a tensor  F32, F16, BF16
 *   INT2 to INT6, INT8  s * (q - z), q < 2^bits      any, or a tensor  F32, F16, BF16, U8, I8
 *   TERNARY             s * (q - 1), q = 0, 1 or 2   any, or a tensor  F32, F16, BF16
 *   BITMOD3, BITMOD4    s * T[selector][q]           any               U8, F16, BF16, F32
 *   MXFP4               s * E2M1(q)                  32                E8M0
 *   NVFP4               s * E2M1(q)                  16                E4M3
 *   NF4                 s * NF4[q], rounded to int8  any               U8, F16, BF16, F32, I8
 *   CODEBOOK            s * T[q], T of the caller's  any               U8, F16, BF16, F32, I8
 *   BFP3 to BFP8        s * (q - 2^(m-1)) / 2^(m-2)  16, 32, 64, 128   E8M0
 * lutgen values: end
 * "any" is a multiple of 4 or WHOLE_ROW; I8, and U8 of ints, are for super-groups.
 * docs/formats.md has bits, ranges and sources. */
enum {
  /* lutgen formats: begin */
  LUTGEMM_INT1 = 1,
  LUTGEMM_INT2 = 2,
  LUTGEMM_INT3 = 3,
  LUTGEMM_INT4 = 4,
  LUTGEMM_TERNARY = 5,
  LUTGEMM_BITMOD3 = 6,
  LUTGEMM_BITMOD4 = 7,
  LUTGEMM_MXFP4 = 8,
  LUTGEMM_NVFP4 = 9,
  LUTGEMM_NF4 = 10,
  LUTGEMM_CODEBOOK = 11,
  LUTGEMM_BFP3 = 12,
  LUTGEMM_BFP4 = 13,
  LUTGEMM_BFP5 = 14,
  LUTGEMM_BFP6 = 15,
  LUTGEMM_BFP7 = 16,
  LUTGEMM_BFP8 = 17,
  LUTGEMM_INT5 = 18,
  LUTGEMM_INT6 = 19,
  LUTGEMM_INT8 = 20
  /* lutgen formats: end */
};

/* Zero points, for the ints from INT2 on only: none (symmetric); a byte per group; or a float c per
 * group with value = s * q + c. */
enum {
  /* lutgen zeros: begin */
  LUTGEMM_ZERO_NONE = 0,
  LUTGEMM_ZERO_INTEGER = 1,
  LUTGEMM_ZERO_FLOAT = 2
  /* lutgen zeros: end */
};

/* Byte positions of packed weights. DEFAULT is the library's choice for the format. */
enum {
  /* lutgen layouts: begin */
  LUTGEMM_LAYOUT_DEFAULT = 0,
  LUTGEMM_LAYOUT_PLANES = 1, /* INT1 to INT6, INT8, TERNARY, BITMOD3, BFP3 to BFP8 */
  LUTGEMM_LAYOUT_TRITS = 2,  /* TERNARY with one scale per row or matrix */
  LUTGEMM_LAYOUT_CODES = 3   /* INT4, BITMOD4, MXFP4, NVFP4, NF4, CODEBOOK, BFP4 */
  /* lutgen layouts: end */
};

/* FAST: sums of activations in 8-bit tables where a kernel looks them up, int8 activations with
 * outliers apart where it multiplies bytes. EXACT: the integer dot product of int8 activations,
 * equal bits on every machine. */
enum {
  /* lutgen modes: begin */
  LUTGEMM_FAST = 0,
  LUTGEMM_EXACT = 1
  /* lutgen modes: end */
};

/* How a kernel multiplies: by lookups of 4 or 5 bits of a plane, of bytes of 5 or groups of 3
 * ternary weights; by byte products of codes, or of entries of a codebook. */
typedef enum lutgemm_method {
  /* lutgen methods: begin */
  LUTGEMM_METHOD_LUT4 = 0,
  LUTGEMM_METHOD_LUT5 = 1,
  LUTGEMM_METHOD_TERNARY5 = 2,
  LUTGEMM_METHOD_TERNARY3 = 3,
  LUTGEMM_METHOD_DOT = 4,
  LUTGEMM_METHOD_CODEBOOK = 5
  /* lutgen methods: end */
} lutgemm_method;

/* For how many tokens: each by itself; a few that share decoded weights in registers; many that
 * share a panel of expanded weights. */
typedef enum lutgemm_regime {
  /* lutgen regimes: begin */
  LUTGEMM_REGIME_GEMV = 0,
  LUTGEMM_REGIME_SMALL_M = 1,
  LUTGEMM_REGIME_GEMM = 2
  /* lutgen regimes: end */
} lutgemm_regime;

/* Group lengths with a special meaning: one scale per row, one for the whole matrix. */
#define LUTGEMM_WHOLE_ROW 0u
#define LUTGEMM_WHOLE_TENSOR 0xffffffffu

/* Alignment in bytes of blobs, workspaces and tables. */
#define LUTGEMM_ALIGNMENT 64

/* Largest K: accumulators are proved for it. */
#define LUTGEMM_MAX_K 16777216
/* Longest super-group, see lutgemm_codes. */
#define LUTGEMM_MAX_SUPER_GROUP 4096

/* A matrix of floats to read: row r begins at element r * stride; stride 0 means cols. */
typedef struct lutgemm_matrix {
  uint32_t struct_size;
  uint32_t elem; /* F32, F16 or BF16 */
  const void* data;
  size_t rows;
  size_t cols;
  size_t stride;
} lutgemm_matrix;
#define LUTGEMM_MATRIX_INIT \
  { sizeof(lutgemm_matrix), LUTGEMM_F32, NULL, 0, 0, 0 }

/* Bits of a code as its format counts them, 2 for TERNARY; number of codes, 3 for TERNARY (a
 * CODEBOOK may use fewer than its 16); bytes of one element. 0 for any other number. */
LUTGEMM_API uint32_t lutgemm_code_bits(uint32_t format);
LUTGEMM_API uint32_t lutgemm_code_count(uint32_t format);
LUTGEMM_API size_t lutgemm_elem_bytes(uint32_t elem);

/* Names as the command and files spell them: "int4", "bf16", "integer", "planes", "exact", "lut4",
 * "small_m"; "unknown" for any other number. Texts are constants. */
LUTGEMM_API const char* lutgemm_format_name(uint32_t format);
LUTGEMM_API const char* lutgemm_elem_name(uint32_t elem);
LUTGEMM_API const char* lutgemm_zero_name(uint32_t zero);
LUTGEMM_API const char* lutgemm_layout_name(uint32_t layout);
LUTGEMM_API const char* lutgemm_mode_name(uint32_t mode);
LUTGEMM_API const char* lutgemm_method_name(uint32_t method);
LUTGEMM_API const char* lutgemm_regime_name(uint32_t regime);

/* The number of a name, in capitals or not. BAD_ARGUMENT for a name that is none; the text lists
 * those that there are. *out is unchanged after a failure. */
LUTGEMM_API lutgemm_status lutgemm_parse_format(const char* name, uint32_t* out);
LUTGEMM_API lutgemm_status lutgemm_parse_elem(const char* name, uint32_t* out);
LUTGEMM_API lutgemm_status lutgemm_parse_zero(const char* name, uint32_t* out);
LUTGEMM_API lutgemm_status lutgemm_parse_layout(const char* name, uint32_t* out);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_TYPES_H_ */
