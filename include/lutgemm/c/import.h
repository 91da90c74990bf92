/* Quantised checkpoints in, with exactly the values that they have: block types of GGUF, GPTQ, AWQ,
 * BitNet, compressed-tensors, MXFP4 as gpt-oss stores it, bitsandbytes. docs/files.md says what
 * each becomes. */
#ifndef LUTGEMM_C_IMPORT_H_
#define LUTGEMM_C_IMPORT_H_

#include <lutgemm/c/codes.h>
#include <lutgemm/c/files.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Blocks of GGUF -------------------------------------------------------------------------- */

/* Tensor types of GGUF whose blocks can be imported, by their numbers in files. */
enum {
  LUTGEMM_GGUF_Q4_0 = 2,
  LUTGEMM_GGUF_Q4_1 = 3,
  LUTGEMM_GGUF_Q5_0 = 6,
  LUTGEMM_GGUF_Q5_1 = 7,
  LUTGEMM_GGUF_Q8_0 = 8,
  LUTGEMM_GGUF_Q2_K = 10,
  LUTGEMM_GGUF_Q3_K = 11,
  LUTGEMM_GGUF_Q4_K = 12,
  LUTGEMM_GGUF_Q5_K = 13,
  LUTGEMM_GGUF_Q6_K = 14,
  LUTGEMM_GGUF_IQ4_NL = 20,
  LUTGEMM_GGUF_IQ4_XS = 23,
  LUTGEMM_GGUF_TQ1_0 = 34,
  LUTGEMM_GGUF_TQ2_0 = 35,
  LUTGEMM_GGUF_MXFP4 = 39,
  LUTGEMM_GGUF_NVFP4 = 40,
  LUTGEMM_GGUF_Q1_0 = 41,
  LUTGEMM_GGUF_Q2_0 = 42
};

/* Blocks of n rows of k weights in the caller's memory, row after row. */
typedef struct lutgemm_blocks {
  uint32_t struct_size;
  uint32_t type;
  size_t n;
  size_t k;
  const void* data;
  size_t bytes; /* those of lutgemm_gguf_bytes */
} lutgemm_blocks;
#define LUTGEMM_BLOCKS_INIT \
  { sizeof(lutgemm_blocks), LUTGEMM_GGUF_Q4_0, 0, 0, NULL, 0 }

/* Bytes of n rows of k weights; 0 for another type or a k that its blocks do not divide. */
LUTGEMM_API size_t lutgemm_gguf_bytes(uint32_t type, size_t n, size_t k);
/* What lutgemm_import_blocks makes of such blocks, but for types of ternary values (TQ1_0, TQ2_0,
 * Q2_0): those whose blocks all have one scale get WHOLE_TENSOR, those with a value of twice the
 * scale INT2. Fills *info, whose struct_size the caller has set; the layout is DEFAULT. */
LUTGEMM_API lutgemm_status lutgemm_gguf_info(uint32_t type, size_t n, size_t k,
                                             lutgemm_weight_info* info);
/* The blocks as codes and scales: the very values that the type's reference reader gives. BAD_SHAPE
 * where bytes, n and k do not go together, UNSUPPORTED_FORMAT for an unknown type, NOT_FINITE for a
 * scale that is NaN or infinite. `threads` may be null. */
LUTGEMM_API lutgemm_status lutgemm_import_blocks(const lutgemm_blocks* blocks,
                                                 lutgemm_threads* threads, lutgemm_quantized** out);

/* The blocks as packed weights, in one step that never has a byte for each weight: the blob that
 * lutgemm_import_blocks and lutgemm_pack_codes in a layout of DEFAULT make. Fails as they do.
 * `threads` may be null. */
LUTGEMM_API lutgemm_status lutgemm_pack_blocks(const lutgemm_blocks* blocks,
                                               lutgemm_threads* threads, lutgemm_packed** out);
/* The same into the caller's memory, as lutgemm_pack_codes_into; for types of ternary values the
 * bytes that it takes depend on what is in the blocks. */
LUTGEMM_API lutgemm_status lutgemm_pack_blocks_into(const lutgemm_blocks* blocks,
                                                    const lutgemm_pack_memory* memory,
                                                    lutgemm_packed** out);

/* ---- Checkpoints ----------------------------------------------------------------------------- */

/* How a checkpoint stores quantised weights. */
enum {
  LUTGEMM_CONVENTION_AUTO = 0, /* what the file, and the config beside it, say */
  LUTGEMM_CONVENTION_GGUF = 1,
  LUTGEMM_CONVENTION_GPTQ = 2,    /* zeros stored minus one (v1) */
  LUTGEMM_CONVENTION_GPTQ_V2 = 3, /* zeros as they are */
  LUTGEMM_CONVENTION_AWQ = 4,
  LUTGEMM_CONVENTION_BITNET = 5,
  LUTGEMM_CONVENTION_COMPRESSED_TENSORS = 6,
  LUTGEMM_CONVENTION_MXFP4 = 7, /* experts in one tensor (gpt-oss) */
  LUTGEMM_CONVENTION_BITSANDBYTES = 8
};
/* "gguf", "compressed-tensors"; "unknown" for another number. */
LUTGEMM_API const char* lutgemm_convention_name(uint32_t convention);
LUTGEMM_API lutgemm_status lutgemm_parse_convention(const char* name, uint32_t* out);

/* Order of the codes of bitnet.cpp's I2_S, which the file does not tell: UNKNOWN refuses them. */
enum { LUTGEMM_I2S_UNKNOWN = 0, LUTGEMM_I2S_X86 = 1, LUTGEMM_I2S_ARM = 2 };
/* What a BitNet checkpoint's weight_scale does to codes. */
enum { LUTGEMM_BITNET_AUTO = 0, LUTGEMM_BITNET_MULTIPLY = 1, LUTGEMM_BITNET_DIVIDE = 2 };

typedef struct lutgemm_import_options {
  uint32_t struct_size;
  uint32_t convention;
  uint32_t i2s_order;
  uint32_t bitnet_scale;
} lutgemm_import_options;
#define LUTGEMM_IMPORT_OPTIONS_INIT                                               \
  {                                                                               \
    sizeof(lutgemm_import_options), LUTGEMM_CONVENTION_AUTO, LUTGEMM_I2S_UNKNOWN, \
        LUTGEMM_BITNET_AUTO                                                       \
  }

/* One quantised matrix of a checkpoint, which may take several of its tensors. */
typedef struct lutgemm_importable {
  uint32_t struct_size;
  uint32_t convention;
  const char* name;           /* experts in one tensor: "name[3]" */
  const char* const* tensors; /* names in the file; the first holds the codes */
  size_t tensor_count;
  const char* type;    /* the convention's own word: "Q4_K" */
  const char* refusal; /* why it cannot be imported; null where it can */
  uint64_t bytes;      /* of the file, that the matrix takes */
  const char* note;    /* in what values differ from the convention's; null where in nothing */
} lutgemm_importable;
#define LUTGEMM_IMPORTABLE_INIT \
  { sizeof(lutgemm_importable), LUTGEMM_CONVENTION_AUTO, NULL, NULL, 0, NULL, NULL, 0, NULL }

typedef struct lutgemm_importer lutgemm_importer;

/* Finds the quantised weights of a checkpoint, which it keeps alive. Reads config.json or
 * quantize_config.json beside the file where there is one. `options` may be null. CORRUPT_FILE for
 * a config that is none, UNSUPPORTED_FORMAT where two conventions fit and none was chosen. */
LUTGEMM_API lutgemm_status lutgemm_importer_open(const lutgemm_checkpoint* checkpoint,
                                                 const lutgemm_import_options* options,
                                                 lutgemm_importer** out);

/* Weights by number or by name: fills *weights, whose struct_size the caller has set, with what
 * lives as long as the handle, and where it is not null *info with what importing gives. NOT_FOUND.
 */
LUTGEMM_API size_t lutgemm_importer_count(const lutgemm_importer* importer);
LUTGEMM_API lutgemm_status lutgemm_importer_weights(const lutgemm_importer* importer, size_t index,
                                                    lutgemm_importable* weights,
                                                    lutgemm_weight_info* info);
LUTGEMM_API lutgemm_status lutgemm_importer_find(const lutgemm_importer* importer, const char* name,
                                                 lutgemm_importable* weights,
                                                 lutgemm_weight_info* info);

/* The weights as codes and scales. `threads` may be null. */
LUTGEMM_API lutgemm_status lutgemm_importer_import(const lutgemm_importer* importer,
                                                   const char* name, lutgemm_threads* threads,
                                                   lutgemm_quantized** out);
/* The order of channels that imported weights need: lutgemm_problem.act_order, `count` (may be
 * null) channels. Null where channels stand in their own order, as those of all other codes do.
 * Lives as long as the handle. */
LUTGEMM_API const uint32_t* lutgemm_quantized_act_order(const lutgemm_quantized* quantized,
                                                        size_t* count);

/* lutgemm_importer_open and _import of one matrix, for conventions without an order of channels. */
LUTGEMM_API lutgemm_status lutgemm_import(const lutgemm_checkpoint* checkpoint, const char* name,
                                          lutgemm_quantized** out);

LUTGEMM_API void lutgemm_importer_free(lutgemm_importer* importer);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_IMPORT_H_ */
