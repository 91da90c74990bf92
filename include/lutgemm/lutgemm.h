/* lutgemm's C interface: everything that an engine or another language needs, in C99.
 *
 * O[M,N] = A[M,K] x W[N,K]^T, with low-bit weights W and wider activations A. M = tokens (rows of
 * activations), N = output features (rows of weights), K = the summed dimension, contiguous in A
 * and in W.
 *
 *   weights of a matrix  --lutgemm_pack-->  lutgemm_packed  --lutgemm_plan_create-->  lutgemm_plan
 *   activations          --lutgemm_run(plan)-->  outputs
 *
 * Conventions
 * - A call that can fail returns lutgemm_status, 0 for success; lutgemm_last_error() then says what
 *   was wrong, where, and what would be right. A call that makes something stores it through its
 *   last argument, or a null pointer on failure.
 * - Handles are made by lutgemm_*_create, _open, _pack... and freed by the matching _free, which
 *   takes a null pointer as well. A plan keeps its weights alive, weights keep their file alive: a
 *   handle may be freed as soon as it is no longer passed to calls.
 * - Packed weights, plans and files never change: any number of threads may use one at once.
 * - Structs begin with struct_size, which holds their sizeof as the caller compiled it, so that
 *   they can grow. Start from the *_INIT macro of a struct; it sets the defaults.
 * - The library never prints, aborts, or lets a C++ exception out, and starts no thread except in
 *   lutgemm_threads_create. Where memory runs out a call returns LUTGEMM_OUT_OF_MEMORY; only in a
 *   library that dlopen loaded, a thread's first such call may end in the C library, which has no
 *   room for that thread's exceptions.
 * - Results do not depend on the calling thread's floating-point mode (rounding, flush to zero,
 *   traps), which is as before after a call. */
#ifndef LUTGEMM_LUTGEMM_H_
#define LUTGEMM_LUTGEMM_H_

#include <lutgemm/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Errors ---------------------------------------------------------------------------------- */

/* One of the values below, which never change their meaning. */
typedef int32_t lutgemm_status;

enum {
  LUTGEMM_OK = 0,
  LUTGEMM_BAD_ARGUMENT = 1,       /* a value outside its documented range, a null pointer */
  LUTGEMM_BAD_SHAPE = 2,          /* sizes that do not fit together or overflow */
  LUTGEMM_UNSUPPORTED_FORMAT = 3, /* a format, element type or layout that the call cannot take */
  LUTGEMM_UNSUPPORTED_CPU = 4,    /* a forced target that this CPU cannot run */
  LUTGEMM_NO_KERNEL = 5,          /* a forced kernel that does not exist or cannot serve */
  LUTGEMM_LAYOUT_MISMATCH = 6,    /* activation tables built for another plan */
  LUTGEMM_WORKSPACE_TOO_SMALL = 7,
  LUTGEMM_OUT_OF_MEMORY = 8,
  LUTGEMM_CORRUPT_FILE = 9, /* malformed input file; the text names file, tensor and reason */
  LUTGEMM_NOT_FINITE = 10,  /* NaN or infinity in weights; the text names the index */
  LUTGEMM_OVERFLOW = 11,    /* a scale or an int32 output that could not hold its value */
  LUTGEMM_IO = 12,          /* the operating system refused to open, read or map */
  LUTGEMM_EXISTS = 13,
  LUTGEMM_NOT_FOUND = 14, /* no such tensor */
  LUTGEMM_INTERNAL = 15   /* a bug of this library */
};

/* Short constant name of a status, such as "bad_shape"; "unknown" for any other number. */
LUTGEMM_API const char* lutgemm_status_text(lutgemm_status status);

/* What the latest failed call of the calling thread has to say; "" before the first. The text stays
 * valid until the next failed call of this thread. It has at most 1023 bytes; longer ones lose
 * their middle. */
LUTGEMM_API const char* lutgemm_last_error(void);

/* "major.minor.patch" of the library that runs. */
LUTGEMM_API const char* lutgemm_version(void);

/* ---- Words ----------------------------------------------------------------------------------- */

/* Elements of activations, outputs, scales and source matrices. E8M0, E4M3 and U8 are for scales
 * only: a power of two per group; a float of 8 bits, times one f32 of the matrix; an integer, times
 * one f32 of the row. */
enum {
  LUTGEMM_F32 = 0,
  LUTGEMM_F16 = 1,
  LUTGEMM_BF16 = 2,
  LUTGEMM_I8 = 3,
  LUTGEMM_I32 = 4,
  LUTGEMM_E8M0 = 5,
  LUTGEMM_E4M3 = 6,
  LUTGEMM_U8 = 7
};

/* Stored form of a weight: an unsigned code q, with scale s and zero point z of its group.
 *   format          value                         group             scales
 *   INT1            s * (2q - 1), q = 0 or 1      any, or a tensor  F32, F16, BF16
 *   INT2/INT3/INT4  s * (q - z), q < 2^bits       any, or a tensor  F32, F16, BF16
 *                   z = 2^(bits-1) without zero points
 *   TERNARY         s * (q - 1), q = 0, 1 or 2    any, or a tensor  F32, F16, BF16
 *   BITMOD3/4       s * T[selector][q]            any               U8, F16, BF16, F32
 *   MXFP4, NVFP4    s * E2M1(q)                   32, 16            E8M0, E4M3
 *   NF4             s * NF4[q], rounded to int8   any               U8, F16, BF16, F32
 *   CODEBOOK        a table of the caller's; packed files only: this interface cannot make one
 *   BFP3 to BFP8    s * (q - 2^(m-1)) / 2^(m-2)   16, 32, 64, 128   E8M0
 * "any" is a multiple of 4 or WHOLE_ROW. docs/formats.md has bits, ranges and sources. */
enum {
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
  LUTGEMM_BFP8 = 17
};

/* Zero points, for INT2 to INT4 only: none (symmetric); a byte per group; or a float c per group
 * with value = s * q + c. */
enum { LUTGEMM_ZERO_NONE = 0, LUTGEMM_ZERO_INTEGER = 1, LUTGEMM_ZERO_FLOAT = 2 };

/* Byte positions of packed weights. DEFAULT is the library's choice for the format. */
enum {
  LUTGEMM_LAYOUT_DEFAULT = 0,
  LUTGEMM_LAYOUT_PLANES = 1, /* INT1 to INT4, TERNARY, BITMOD3, BFP3 to BFP8 */
  LUTGEMM_LAYOUT_TRITS = 2,  /* TERNARY with one scale per row or matrix */
  LUTGEMM_LAYOUT_CODES = 3   /* INT4 and all other formats of 4 bits */
};

/* FAST: activations through rounded 8-bit tables. EXACT: the integer dot product of int8
 * activations, equal bits on every machine. */
enum { LUTGEMM_FAST = 0, LUTGEMM_EXACT = 1 };

/* How a kernel multiplies: by lookups of 4 or 5 bits of a plane, of bytes of 5 or groups of 3
 * ternary weights; by byte products of codes, or of entries of a codebook. */
typedef enum lutgemm_method {
  LUTGEMM_METHOD_LUT4 = 0,
  LUTGEMM_METHOD_LUT5 = 1,
  LUTGEMM_METHOD_TERNARY5 = 2,
  LUTGEMM_METHOD_TERNARY3 = 3,
  LUTGEMM_METHOD_DOT = 4,
  LUTGEMM_METHOD_CODEBOOK = 5
} lutgemm_method;

/* For how many tokens: each by itself; a few that share decoded weights in registers; many that
 * share a panel of expanded weights. */
typedef enum lutgemm_regime {
  LUTGEMM_REGIME_GEMV = 0,
  LUTGEMM_REGIME_SMALL_M = 1,
  LUTGEMM_REGIME_GEMM = 2
} lutgemm_regime;

/* Group lengths with a special meaning: one scale per row, one for the whole matrix. */
#define LUTGEMM_WHOLE_ROW 0u
#define LUTGEMM_WHOLE_TENSOR 0xffffffffu

/* Alignment in bytes of blobs, workspaces and tables. */
#define LUTGEMM_ALIGNMENT 64

/* ---- Threads --------------------------------------------------------------------------------- */

typedef struct lutgemm_threads lutgemm_threads;

/* A pool of `count` threads, the calling one included, at most 1024; 0 = one per core that the
 * process may use, by its affinity mask and its control groups' CPU quotas. Where the system
 * refuses a thread the pool has fewer: lutgemm_threads_count says how many. One call at a time may
 * use a pool; others wait. In a child of fork() a pool made before has a count of 1, leaves
 * everything to the calling thread, and may be freed. */
LUTGEMM_API lutgemm_status lutgemm_threads_create(size_t count, lutgemm_threads** out);
LUTGEMM_API size_t lutgemm_threads_count(const lutgemm_threads* threads);
LUTGEMM_API void lutgemm_threads_free(lutgemm_threads* threads);

/* Threads of the caller's own, for engines that have a pool.
 *
 * parallel_for runs task(task_context, i) exactly once for every i below `tasks` and returns when
 * all have returned: in any order, on any threads, many at once or one after the other, on the
 * calling thread too. A task waits for others that have begun, never for one that has not, and
 * begins no loop of its own. Threads may have any floating-point mode; tasks leave it as it is.
 *
 * The library calls parallel_for on the thread that called it, during that call only, with `tasks`
 * of 1 or more. Where several threads make calls with one handle at once, so may parallel_for be
 * called. It must not throw, or leave by longjmp. */
typedef struct lutgemm_thread_callbacks {
  uint32_t struct_size;
  size_t count;  /* threads that are worth work, the calling one included, at most 4096; 0 = as many
                    as cores that the process may use */
  void* context; /* first argument of parallel_for; may be null */
  void (*parallel_for)(void* context, size_t tasks, void (*task)(void* task_context, size_t i),
                       void* task_context);
} lutgemm_thread_callbacks;
#define LUTGEMM_THREAD_CALLBACKS_INIT \
  { sizeof(lutgemm_thread_callbacks), 0, NULL, NULL }

/* A handle for calls that take threads. `context` must outlive it; lutgemm_threads_free frees the
 * handle alone. lutgemm_threads_count is `count`. */
LUTGEMM_API lutgemm_status lutgemm_threads_from_callbacks(const lutgemm_thread_callbacks* callbacks,
                                                          lutgemm_threads** out);

/* ---- Weights --------------------------------------------------------------------------------- */

typedef struct lutgemm_packed lutgemm_packed;

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

/* How to quantise and pack. */
typedef struct lutgemm_pack_spec {
  uint32_t struct_size;
  uint32_t format;
  uint32_t group; /* weights along K that share a scale; the last group may be shorter */
  uint32_t zero;
  uint32_t scale;        /* stored type of scales: F32, F16, BF16, or what the format takes */
  uint32_t scale_search; /* non-zero: search the clipping scale with the least squared error */
  uint32_t layout;
} lutgemm_pack_spec;
#define LUTGEMM_PACK_SPEC_INIT                                                       \
  {                                                                                  \
    sizeof(lutgemm_pack_spec), LUTGEMM_INT4, 128, LUTGEMM_ZERO_NONE, LUTGEMM_F16, 0, \
        LUTGEMM_LAYOUT_DEFAULT                                                       \
  }

/* Rounds a matrix to the nearest codes and packs them. `threads` may be null. */
LUTGEMM_API lutgemm_status lutgemm_pack(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                                        lutgemm_threads* threads, lutgemm_packed** out);

/* Codes from elsewhere, row-major, one byte each. Scales (and zeros or offsets) are [n][groups],
 * groups = ceil(k / group); 1 per row for WHOLE_ROW, a single one for WHOLE_TENSOR. Scales and
 * offsets must be values that the type `scale` holds exactly. */
typedef struct lutgemm_codes {
  uint32_t struct_size;
  uint32_t format;
  uint32_t group;
  uint32_t zero;
  uint32_t scale;
  uint32_t layout;
  size_t n;
  size_t k;
  const uint8_t* codes;
  const float* scales;
  const uint8_t* zeros; /* ZERO_INTEGER, else null */
  const float* offsets; /* ZERO_FLOAT: c, else null */
} lutgemm_codes;
#define LUTGEMM_CODES_INIT                                                    \
  {                                                                           \
    sizeof(lutgemm_codes), LUTGEMM_INT4, 128, LUTGEMM_ZERO_NONE, LUTGEMM_F16, \
        LUTGEMM_LAYOUT_DEFAULT, 0, 0, NULL, NULL, NULL, NULL                  \
  }

/* Packs a copy of the codes. `threads` may be null. */
LUTGEMM_API lutgemm_status lutgemm_pack_codes(const lutgemm_codes* codes, lutgemm_threads* threads,
                                              lutgemm_packed** out);

/* All about packed weights but their bytes. */
typedef struct lutgemm_weight_info {
  uint32_t struct_size;
  uint32_t format;
  uint32_t group;
  uint32_t zero;
  uint32_t scale;
  uint32_t layout;         /* never DEFAULT once packed */
  uint32_t layout_version; /* a blob of another version is refused */
  size_t n;
  size_t k;
} lutgemm_weight_info;
#define LUTGEMM_WEIGHT_INFO_INIT                                                    \
  {                                                                                 \
    sizeof(lutgemm_weight_info), LUTGEMM_INT4, 128, LUTGEMM_ZERO_NONE, LUTGEMM_F16, \
        LUTGEMM_LAYOUT_DEFAULT, 0, 0, 0                                             \
  }

/* Fills *info, whose struct_size the caller has set. */
LUTGEMM_API lutgemm_status lutgemm_packed_info(const lutgemm_packed* packed,
                                               lutgemm_weight_info* info);

/* The packed bytes, to store wherever the caller likes; they live as long as the handle and every
 * plan made of it. `bytes` (may be null) receives their number. */
LUTGEMM_API const void* lutgemm_packed_blob(const lutgemm_packed* packed, size_t* bytes);

/* Weights in a blob that lies in the caller's memory, 64-byte aligned, used in place: it must
 * outlive the handle and every plan made of it. */
LUTGEMM_API lutgemm_status lutgemm_packed_from_blob(const lutgemm_weight_info* info,
                                                    const void* blob, size_t bytes,
                                                    lutgemm_packed** out);

/* Size of the blob that such weights have; 0 where format and layout do not combine. */
LUTGEMM_API size_t lutgemm_packed_bytes(const lutgemm_weight_info* info);

/* Rows [row, row + count) of the weights as f32, count * k elements: token embeddings, tied
 * outputs. Each value is what the formats above say, computed in double and rounded once, to
 * nearest even (docs/formats.md). Allocates nothing; `threads` may be null. `out` must not lie
 * within the blob. */
LUTGEMM_API lutgemm_status lutgemm_unpack_rows(const lutgemm_packed* packed, size_t row,
                                               size_t count, float* out, lutgemm_threads* threads);

LUTGEMM_API void lutgemm_packed_free(lutgemm_packed* packed);

/* ---- Files of packed weights ----------------------------------------------------------------- */

typedef struct lutgemm_file lutgemm_file;

/* Maps a file written by `lutgemm repack` and checks its header's checksum. verify_checksums
 * non-zero: reads every byte once and refuses a file with damage anywhere. */
LUTGEMM_API lutgemm_status lutgemm_file_open(const char* path, int verify_checksums,
                                             lutgemm_file** out);

/* Packed tensors in file order; a null name for an index past the last. */
LUTGEMM_API size_t lutgemm_file_count(const lutgemm_file* file);
LUTGEMM_API const char* lutgemm_file_name(const lutgemm_file* file, size_t index);

/* A tensor by name, used in place; the mapping lives as long as anything uses it. */
LUTGEMM_API lutgemm_status lutgemm_file_get(const lutgemm_file* file, const char* name,
                                            lutgemm_packed** out);

LUTGEMM_API void lutgemm_file_free(lutgemm_file* file);

/* ---- Plans ----------------------------------------------------------------------------------- */

typedef struct lutgemm_plan lutgemm_plan;

/* What to compute. */
typedef struct lutgemm_problem {
  uint32_t struct_size;
  uint32_t act;       /* F32, F16, BF16, or I8 (taken as they are, scale 1) */
  uint32_t out;       /* F32, F16, BF16; I32 = the integer product of codes and I8 activations */
  uint32_t mode;      /* FAST or EXACT */
  uint32_t block;     /* activations along K that share a scale: a multiple of 16; 0 = chosen */
  size_t m;           /* tokens, at least 1 */
  size_t threads;     /* threads, or slices, that a run may use, at most 4096; 0 = as many as cores
                         that the process may use (lutgemm_plan_threads says how many) */
  size_t act_stride;  /* elements between tokens of A; 0 = K */
  size_t out_stride;  /* elements between tokens of O; 0 = its columns */
  const float* bias;  /* N values added to every token, read during runs; or null */
  const char* target; /* force a SIMD target by name; null = best */
  const char* kernel; /* force a kernel by name; null = the plan's choice */
  const uint32_t* act_order; /* K channels, each once: position i of K takes channel act_order[i] of
                                a token; copied into the plan; null = as they are */
  uint32_t act_bfp; /* bits, 3 to 8, of activations as block floating point in blocks of 16, 32, 64
                       or 128 (block 0 = 32), in mode EXACT; 0 = none */
  size_t
      n_begin; /* the outputs to compute, [n_begin, n_end) of N; n_end 0 = N: multiples of 64 (of */
  size_t n_end; /* 32 in layouts PLANES and CODES), or N. O has so many columns, and bias values */
} lutgemm_problem;
#define LUTGEMM_PROBLEM_INIT                                                                    \
  {                                                                                             \
    sizeof(lutgemm_problem), LUTGEMM_F32, LUTGEMM_F32, LUTGEMM_FAST, 0, 1, 1, 0, 0, NULL, NULL, \
        NULL, NULL, 0, 0, 0                                                                     \
  }

/* Chooses target, kernel, tiles and thread split. The environment variable LUTGEMM_PROFILE may name
 * a profile of `lutgemm tune`, which is read at the first plan and whose kernels come first. */
LUTGEMM_API lutgemm_status lutgemm_plan_create(const lutgemm_packed* packed,
                                               const lutgemm_problem* problem, lutgemm_plan** out);
LUTGEMM_API void lutgemm_plan_free(lutgemm_plan* plan);

/* Threads or slices that a run may use: never 0, but for a null plan. */
LUTGEMM_API size_t lutgemm_plan_threads(const lutgemm_plan* plan);

/* Bytes of scratch memory that a run needs, and of activation tables kept by the caller. */
LUTGEMM_API size_t lutgemm_plan_workspace_bytes(const lutgemm_plan* plan);
LUTGEMM_API size_t lutgemm_plan_table_bytes(const lutgemm_plan* plan);

/* Bytes that are enough for workspaces and tables of every plan of the problem for 1 to most_tokens
 * tokens, whatever problem->m says; a plan for fewer tokens may need more than one for
 * most_tokens. Fails as lutgemm_plan_create. */
LUTGEMM_API lutgemm_status lutgemm_max_workspace_bytes(const lutgemm_packed* packed,
                                                       const lutgemm_problem* problem,
                                                       size_t most_tokens, size_t* out);
LUTGEMM_API lutgemm_status lutgemm_max_table_bytes(const lutgemm_packed* packed,
                                                   const lutgemm_problem* problem,
                                                   size_t most_tokens, size_t* out);

/* Tables built by one plan serve every plan with the same key. */
LUTGEMM_API uint64_t lutgemm_plan_table_key(const lutgemm_plan* plan);

/* Which kernel runs on which target with which tiles, and why; its kernel and its target by name.
 * The texts live as long as the plan. The first one is made by the first call, from any thread: an
 * empty text where there is no memory for it, and the next call tries again. */
LUTGEMM_API const char* lutgemm_plan_explain(const lutgemm_plan* plan);
LUTGEMM_API const char* lutgemm_plan_kernel(const lutgemm_plan* plan);
LUTGEMM_API const char* lutgemm_plan_target(const lutgemm_plan* plan);
/* How the kernel multiplies, and for how many tokens: of lutgemm_method and lutgemm_regime. */
LUTGEMM_API uint32_t lutgemm_plan_method(const lutgemm_plan* plan);
LUTGEMM_API uint32_t lutgemm_plan_regime(const lutgemm_plan* plan);
/* Activations along K that share a scale; weights along K that are expanded to a panel at a time, 0
 * for kernels without one. */
LUTGEMM_API size_t lutgemm_plan_block(const lutgemm_plan* plan);
LUTGEMM_API size_t lutgemm_plan_k_chunk(const lutgemm_plan* plan);

/* The memory of one call, all of it the caller's; workspace and tables 64-byte aligned. Fields that
 * a call does not name are not read. */
typedef struct lutgemm_run_args {
  uint32_t struct_size;
  const void* act;
  void* out;
  void* workspace;
  size_t workspace_bytes;
  void* tables;
  size_t table_bytes;
  lutgemm_threads* threads; /* null: the calling thread does everything */
} lutgemm_run_args;
#define LUTGEMM_RUN_ARGS_INIT \
  { sizeof(lutgemm_run_args), NULL, NULL, NULL, 0, NULL, 0, NULL }

/* O = A W^T (+ bias); reads act, out, workspace, threads. Never allocates. NaN or infinity in a
 * token's activations makes that token's outputs NaN and no other's. */
LUTGEMM_API lutgemm_status lutgemm_run(const lutgemm_plan* plan, const lutgemm_run_args* args);

/* The share of a run that belongs to slice `ith` of `nth` (nth at most lutgemm_plan_threads), for
 * callers with threads of their own; reads act, out, workspace. All slices must be called with the
 * same pointers, in any order or at once; after the last returns, O is complete. Zero the first
 * LUTGEMM_WORKSPACE_HEADER bytes of a fresh workspace once, before its first use. All the other
 * calls that end in _slice have the same contract, but that only the slices of runs read the
 * header. */
#define LUTGEMM_WORKSPACE_HEADER 256
LUTGEMM_API lutgemm_status lutgemm_run_slice(const lutgemm_plan* plan, const lutgemm_run_args* args,
                                             size_t ith, size_t nth);

/* The same in two steps, so that weights which read the same activations build their tables once.
 * build_tables reads act, tables, threads; apply reads tables, out, workspace, threads and fails
 * with LAYOUT_MISMATCH if the tables were built for another key. */
LUTGEMM_API lutgemm_status lutgemm_build_tables(const lutgemm_plan* plan,
                                                const lutgemm_run_args* args);
LUTGEMM_API lutgemm_status lutgemm_apply(const lutgemm_plan* plan, const lutgemm_run_args* args);
LUTGEMM_API lutgemm_status lutgemm_build_tables_slice(const lutgemm_plan* plan,
                                                      const lutgemm_run_args* args, size_t ith,
                                                      size_t nth);
LUTGEMM_API lutgemm_status lutgemm_apply_slice(const lutgemm_plan* plan,
                                               const lutgemm_run_args* args, size_t ith,
                                               size_t nth);

/* Makes the activations of a product while they are prepared, so that they are read once and never
 * stored. x are the elements of lutgemm_run_args.act: F32, F16 or BF16; all arithmetic is f32.
 * k counts channels as act does, also where lutgemm_problem.act_order is set.
 *   RMS_NORM   a[k] = (x[k] * r) * gamma[k], r = 1 / sqrt(sum of x^2 / K + epsilon) of the token
 *   SILU_GATE  a[k] = silu(x[k]) * up[k], silu(x) = x / (1 + exp(-x)), to
 *              4e-7 relative for |x| <= 87; beyond, at most 2e-38 |x| off */
enum { LUTGEMM_RMS_NORM = 0, LUTGEMM_SILU_GATE = 1 };
typedef struct lutgemm_producer {
  uint32_t struct_size;
  uint32_t kind;
  const float* gamma; /* RMS_NORM: K factors */
  const void* up;     /* SILU_GATE: [m][K] with act's type and stride */
  float epsilon;      /* RMS_NORM: above 0 */
} lutgemm_producer;
#define LUTGEMM_PRODUCER_INIT \
  { sizeof(lutgemm_producer), LUTGEMM_RMS_NORM, NULL, NULL, 1e-5f }

/* lutgemm_run and lutgemm_build_tables of what a producer makes of act, with the bits that
 * lutgemm_produce followed by the plain call of a plan for F32 gives. UNSUPPORTED_FORMAT for I8. */
LUTGEMM_API lutgemm_status lutgemm_run_fused(const lutgemm_plan* plan,
                                             const lutgemm_producer* producer,
                                             const lutgemm_run_args* args);
LUTGEMM_API lutgemm_status lutgemm_build_tables_fused(const lutgemm_plan* plan,
                                                      const lutgemm_producer* producer,
                                                      const lutgemm_run_args* args);
LUTGEMM_API lutgemm_status lutgemm_run_fused_slice(const lutgemm_plan* plan,
                                                   const lutgemm_producer* producer,
                                                   const lutgemm_run_args* args, size_t ith,
                                                   size_t nth);
LUTGEMM_API lutgemm_status lutgemm_build_tables_fused_slice(const lutgemm_plan* plan,
                                                            const lutgemm_producer* producer,
                                                            const lutgemm_run_args* args,
                                                            size_t ith, size_t nth);
/* The activations themselves, for what else reads them: reads act, out ([m][K] in F32, channels as
 * in act), threads. */
LUTGEMM_API lutgemm_status lutgemm_produce(const lutgemm_plan* plan,
                                           const lutgemm_producer* producer,
                                           const lutgemm_run_args* args);
LUTGEMM_API lutgemm_status lutgemm_produce_slice(const lutgemm_plan* plan,
                                                 const lutgemm_producer* producer,
                                                 const lutgemm_run_args* args, size_t ith,
                                                 size_t nth);

/* ---- Groups of products -----------------------------------------------------------------------
 */

typedef struct lutgemm_experts lutgemm_experts;

/* Plans products of `count` weights of one shape, format and layout, such as the experts of a
 * layer. problem->m is the most rows of a call, those of all experts together; problem->bias is
 * null. The method is what a plan for an even share of the rows takes, or that of problem->kernel.
 * The weights' blobs stay alive with the plan. */
LUTGEMM_API lutgemm_status lutgemm_experts_create(const lutgemm_packed* const* packed, size_t count,
                                                  const lutgemm_problem* problem,
                                                  lutgemm_experts** out);
LUTGEMM_API void lutgemm_experts_free(lutgemm_experts* experts);
LUTGEMM_API size_t lutgemm_experts_workspace_bytes(const lutgemm_experts* experts);
/* What a part of so many rows runs. */
LUTGEMM_API const char* lutgemm_experts_kernel(const lutgemm_experts* experts, size_t rows);

/* The share of one weight in a call: so many rows, which follow those of the parts before it. */
typedef struct lutgemm_expert_rows {
  size_t expert;     /* index of the weights */
  size_t rows;       /* 0: nothing to do */
  const float* bias; /* N values added to each row; or null */
} lutgemm_expert_rows;

typedef struct lutgemm_experts_run_args {
  uint32_t struct_size;
  const void* act; /* tokens */
  void* out;       /* row after row, in the order of parts, whatever token a row takes */
  const lutgemm_expert_rows* parts;
  size_t part_count;
  const uint32_t* tokens; /* row i is of token tokens[i]; null: of token i */
  size_t row_count;       /* of tokens: that of all parts; 0 where tokens is null */
  size_t token_count;     /* of act, where there are tokens: each is below it */
  void* workspace;        /* 64-byte aligned */
  size_t workspace_bytes;
  lutgemm_threads* threads;         /* null: the calling thread does everything */
  const lutgemm_producer* producer; /* what makes activations of act; or null */
} lutgemm_experts_run_args;
#define LUTGEMM_EXPERTS_RUN_ARGS_INIT \
  { sizeof(lutgemm_experts_run_args), NULL, NULL, NULL, 0, NULL, 0, 0, NULL, 0, NULL, NULL }

/* All parts in one loop over their work. A token that several rows take is prepared once. The slice
 * keeps the contract of lutgemm_run_slice. Never allocates. */
LUTGEMM_API lutgemm_status lutgemm_experts_run(const lutgemm_experts* experts,
                                               const lutgemm_experts_run_args* args);
LUTGEMM_API lutgemm_status lutgemm_experts_run_slice(const lutgemm_experts* experts,
                                                     const lutgemm_experts_run_args* args,
                                                     size_t ith, size_t nth);

/* ---- What this library and this machine offer ------------------------------------------------ */

/* One kernel as lutgemm_problem.kernel names it. */
typedef struct lutgemm_kernel_info {
  uint32_t struct_size;
  uint32_t layout;
  uint32_t fast;       /* non-zero: serves mode FAST */
  uint32_t exact;      /* non-zero: serves mode EXACT */
  uint32_t method;     /* lutgemm_method */
  uint32_t regime;     /* lutgemm_regime */
  size_t least_tokens; /* that a plan for it may have */
  size_t most_tokens;  /* likewise; 0: any number */
  const char* name;
  const char* what; /* a line of words */
} lutgemm_kernel_info;
#define LUTGEMM_KERNEL_INFO_INIT \
  { sizeof(lutgemm_kernel_info), 0, 0, 0, 0, 0, 0, 0, NULL, NULL }

/* Fills *info, whose struct_size the caller has set. Texts are constants. */
LUTGEMM_API size_t lutgemm_kernel_count(void);
LUTGEMM_API lutgemm_status lutgemm_kernel(size_t index, lutgemm_kernel_info* info);

/* SIMD targets that this build has and this CPU can run, best first; null past the last. */
LUTGEMM_API size_t lutgemm_target_count(void);
LUTGEMM_API const char* lutgemm_target_name(size_t index);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_LUTGEMM_H_ */
