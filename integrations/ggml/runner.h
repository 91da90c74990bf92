// Products that follow one another, run together: one start of the threads for all of them, and one
// preparation of activations for those that share them.
#ifndef LUTGEMM_INTEGRATIONS_GGML_RUNNER_H_
#define LUTGEMM_INTEGRATIONS_GGML_RUNNER_H_

#include "ggml/memory.h"
#include "ggml/weights.h"

#include <atomic>
#include <vector>

namespace lutgemm_ggml {

// out = act times a matrix of `weights`, by the plan that `key` asks for.
struct Product {
  Weights* weights;
  PlanKey key;
  const void* act;
  void* out;
};

class Runner {
 public:
  ~Runner() { lutgemm_threads_free(pool_); }

  // Queues a product. False where there is no plan for it.
  bool Add(const Product& product);
  // Whether memory of queued products' outputs lies in [begin, begin + bytes).
  bool Writes(const void* begin, size_t bytes) const;
  // Runs what was queued, on up to `threads` threads. False, after a line to the error stream,
  // where that failed.
  bool Run(size_t threads);
  // Forgets what was queued.
  void Clear() { steps_.clear(); }

 private:
  // One product, or several that read the same tables.
  struct Step {
    Product first;
    std::vector<Plan> plans;
    std::vector<void*> outs;
    std::vector<size_t> out_bytes;
    std::vector<lutgemm_run_args> args;  // of each plan
  };

  bool GiveMemory();
  bool RunPool(size_t threads);
  static void RunSlice(void* runner, size_t ith, size_t nth);
  void Slice(size_t ith, size_t nth);
  void Check(lutgemm_status status);
  bool Succeeded() const;

  std::vector<Step> steps_;
  Arena arena_;
  lutgemm_threads* pool_ = nullptr;  // where the process has no OpenMP runtime
  std::atomic<lutgemm_status> failed_ = LUTGEMM_OK;
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_RUNNER_H_
