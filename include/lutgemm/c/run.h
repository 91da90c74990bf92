/* Runs of a plan. */
#ifndef LUTGEMM_C_RUN_H_
#define LUTGEMM_C_RUN_H_

#include <lutgemm/c/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_RUN_H_ */
