/* Threads that calls may use: a pool of the library's, or the caller's own. */
#ifndef LUTGEMM_C_THREADS_H_
#define LUTGEMM_C_THREADS_H_

#include <lutgemm/c/status.h>
#include <lutgemm/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lutgemm_threads lutgemm_threads;

/* A pool of `count` threads, the calling one included, at most 1024; 0 = one per core that the
 * process may use, by its affinity mask and its control groups' CPU quotas. Where the system
 * refuses a thread the pool has fewer: lutgemm_threads_count says how many. One call at a time may
 * use a pool; others wait. In a child of fork() a pool made before has a count of 1, leaves
 * everything to the calling thread, and may be freed. A null pool is the calling thread alone: its
 * count is 1. */
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

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_THREADS_H_ */
