/* Groups of products: several weights of one shape and format, each for some tokens of a batch. */
#ifndef LUTGEMM_C_EXPERTS_H_
#define LUTGEMM_C_EXPERTS_H_

#include <lutgemm/c/run.h>

#ifdef __cplusplus
extern "C" {
#endif

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
/* The SIMD target that all parts run on, and the kernel that a part of so many rows does. */
LUTGEMM_API const char* lutgemm_experts_target(const lutgemm_experts* experts);
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

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_EXPERTS_H_ */
