/* Plans: everything decided about a product before the first activation arrives. */
#ifndef LUTGEMM_C_PLAN_H_
#define LUTGEMM_C_PLAN_H_

#include <lutgemm/c/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_PLAN_H_ */
