/* An engine's own threads under lutgemm, in C99: a small pool of pthreads that runs the library's
 * loops through lutgemm_threads_from_callbacks. Packs, multiplies and unpacks with it, and compares
 * with the calling thread alone. */
#define _POSIX_C_SOURCE 200112L
#include <lutgemm/lutgemm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kThreads = 4, kTokens = 3, kN = 1000, kK = 2048 };

/* ---- The pool: one loop at a time, whose indices threads take one by one ----------------------
 */

/* One lock for everything keeps this short. The library is called by one thread, so that no two
 * loops meet. */

typedef struct Pool {
  pthread_t workers[kThreads - 1];
  size_t started;
  pthread_mutex_t lock;
  pthread_cond_t begun, done;
  void (*task)(void*, size_t);
  void* task_context;
  size_t count, next, finished; /* indices: all, given out, done */
  size_t loops;                 /* begun so far, to tell what ran here */
  int stop;
} Pool;

/* Runs what is left of the loop. Called and left with the lock held. */
static void Work(Pool* pool) {
  while (pool->next < pool->count) {
    const size_t i = pool->next++;
    pthread_mutex_unlock(&pool->lock);
    pool->task(pool->task_context, i);
    pthread_mutex_lock(&pool->lock);
    if (++pool->finished == pool->count) pthread_cond_signal(&pool->done);
  }
}

static void* Worker(void* argument) {
  Pool* pool = argument;
  pthread_mutex_lock(&pool->lock);
  while (!pool->stop) {
    Work(pool);
    if (!pool->stop) pthread_cond_wait(&pool->begun, &pool->lock);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* What lutgemm calls: every index once, and back when all are done. */
static void ParallelFor(void* context, size_t tasks, void (*task)(void*, size_t),
                        void* task_context) {
  Pool* pool = context;
  pthread_mutex_lock(&pool->lock);
  pool->task = task, pool->task_context = task_context;
  pool->next = pool->finished = 0;
  pool->count = tasks;
  ++pool->loops;
  pthread_cond_broadcast(&pool->begun);
  Work(pool);
  while (pool->finished < pool->count) pthread_cond_wait(&pool->done, &pool->lock);
  pthread_mutex_unlock(&pool->lock);
}

static void StartPool(Pool* pool) {
  memset(pool, 0, sizeof *pool);
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->begun, NULL);
  pthread_cond_init(&pool->done, NULL);
  while (pool->started < kThreads - 1 &&
         pthread_create(&pool->workers[pool->started], NULL, Worker, pool) == 0) {
    ++pool->started;
  }
}

static void EndPool(Pool* pool) {
  pthread_mutex_lock(&pool->lock);
  pool->stop = 1;
  pthread_cond_broadcast(&pool->begun);
  pthread_mutex_unlock(&pool->lock);
  while (pool->started > 0) pthread_join(pool->workers[--pool->started], NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->begun);
  pthread_mutex_destroy(&pool->lock);
}

/* ---- What it is used for ----------------------------------------------------------------------
 */

static float weights[kN * kK], act[kTokens * kK];

static void Check(lutgemm_status status) {
  if (status == LUTGEMM_OK) return;
  fprintf(stderr, "%s: %s\n", lutgemm_status_text(status), lutgemm_last_error());
  exit(1);
}

/* Packed weights, their product with act, and their first rows, all by `threads`. */
typedef struct Results {
  lutgemm_packed* packed;
  float out[kTokens * kN], rows[100 * kK];
} Results;

static void Compute(lutgemm_threads* threads, Results* results) {
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  lutgemm_plan* plan;
  matrix.data = weights, matrix.rows = kN, matrix.cols = kK;
  Check(lutgemm_pack(&matrix, &spec, threads, &results->packed));
  problem.m = kTokens;
  problem.threads = lutgemm_threads_count(threads);
  Check(lutgemm_plan_create(results->packed, &problem, &plan));
  args.act = act, args.out = results->out, args.threads = threads;
  args.workspace_bytes = lutgemm_plan_workspace_bytes(plan);
  if (posix_memalign(&args.workspace, LUTGEMM_ALIGNMENT, args.workspace_bytes) != 0) exit(1);
  Check(lutgemm_run(plan, &args));
  Check(lutgemm_unpack_rows(results->packed, 0, 100, results->rows, threads));
  free(args.workspace);
  lutgemm_plan_free(plan);
}

static int SameBlobs(const lutgemm_packed* a, const lutgemm_packed* b) {
  size_t bytes_a, bytes_b;
  const void* blob_a = lutgemm_packed_blob(a, &bytes_a);
  const void* blob_b = lutgemm_packed_blob(b, &bytes_b);
  return bytes_a == bytes_b && memcmp(blob_a, blob_b, bytes_a) == 0;
}

int main(void) {
  static Results alone, shared;
  lutgemm_thread_callbacks callbacks = LUTGEMM_THREAD_CALLBACKS_INIT;
  lutgemm_threads* threads;
  Pool pool;
  size_t i;
  int same;
  for (i = 0; i < kN * kK; ++i) weights[i] = (float)(i * 7919 % 1001) / 500 - 1;
  for (i = 0; i < kTokens * kK; ++i) act[i] = (float)(i * 7907 % 1001) / 500 - 1;
  StartPool(&pool);
  callbacks.count = pool.started + 1;
  callbacks.context = &pool;
  callbacks.parallel_for = ParallelFor;
  Check(lutgemm_threads_from_callbacks(&callbacks, &threads));
  Compute(NULL, &alone);
  Compute(threads, &shared);
  lutgemm_threads_free(threads);
  EndPool(&pool);
  same = SameBlobs(alone.packed, shared.packed) &&
         memcmp(alone.out, shared.out, sizeof alone.out) == 0 &&
         memcmp(alone.rows, shared.rows, sizeof alone.rows) == 0;
  lutgemm_packed_free(alone.packed);
  lutgemm_packed_free(shared.packed);
  printf("%lu loops on own threads, %s\n", (unsigned long)pool.loops,
         same ? "the same bits as on one" : "other bits than on one");
  return same && pool.loops >= 4 ? 0 : 1;
}
