// The host's threads. An engine's OpenMP workers go on spinning for a while after each of its own
// operations: work that the same thread hands to the same runtime starts at once, while that of a
// pool beside it would wait for a core.
#ifndef LUTGEMM_INTEGRATIONS_GGML_TEAM_H_
#define LUTGEMM_INTEGRATIONS_GGML_TEAM_H_

#include <cstddef>

namespace lutgemm_ggml {

class Team {
 public:
  // The functions of the OpenMP runtime that the process has loaded, if any.
  static const Team& OfProcess();

  // Whether there is such a runtime.
  bool found() const { return parallel_ != nullptr; }

  // Runs body(context, ith, nth) for every ith below nth, all at once, nth at most `threads`.
  using Body = void (*)(void* context, size_t ith, size_t nth);
  void Run(size_t threads, Body body, void* context) const;
  // Waits, within a body, until all have come here.
  void Barrier() const { barrier_(); }

 private:
  Team();
  static void Enter(void* call);

  void (*parallel_)(void (*)(void*), void*, unsigned threads, unsigned flags) = nullptr;
  void (*barrier_)() = nullptr;
  int (*thread_num_)() = nullptr;
  int (*num_threads_)() = nullptr;
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_TEAM_H_
