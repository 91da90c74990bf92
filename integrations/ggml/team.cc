#include "ggml/team.h"

#include "ggml/host.h"

#include <cstring>

namespace lutgemm_ggml {
namespace {

struct EnteredCall {
  const Team& team;
  Team::Body body;
  void* context;
};

template <class Function>
bool Find(const char* name, Function** function) {
  void* found = FindLoaded(name);
  std::memcpy(function, &found, sizeof(found));
  return found != nullptr;
}

}  // namespace

// The entry points that g++ compiles a parallel region to, which LLVM's runtime has as well.
Team::Team() {
  if (!Find("GOMP_barrier", &barrier_) || !Find("omp_get_thread_num", &thread_num_) ||
      !Find("omp_get_num_threads", &num_threads_)) {
    return;
  }
  Find("GOMP_parallel", &parallel_);
}

const Team& Team::OfProcess() {
  static const Team team;
  return team;
}

void Team::Enter(void* call) {
  const auto& entered = *static_cast<EnteredCall*>(call);
  entered.body(entered.context, static_cast<size_t>(entered.team.thread_num_()),
               static_cast<size_t>(entered.team.num_threads_()));
}

void Team::Run(size_t threads, Body body, void* context) const {
  EnteredCall call{*this, body, context};
  parallel_(Enter, &call, static_cast<unsigned>(threads), 0);
}

}  // namespace lutgemm_ggml
