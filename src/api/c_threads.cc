// C interface: threads, the library's and the caller's.
#include "api/c_common.h"
#include "base/cores.h"

namespace lutgemm::capi {
namespace {

constexpr size_t kMostThreads = 4096;  // as many as a problem may have

// The caller's pool as the C++ interface takes one.
class CallbackThreads final : public Threads {
 public:
  explicit CallbackThreads(const lutgemm_thread_callbacks& callbacks) : callbacks_(callbacks) {}
  size_t count() const noexcept override { return callbacks_.count; }
  void ParallelFor(size_t count, void (*task)(void* context, size_t i),
                   void* context) noexcept override {
    callbacks_.parallel_for(callbacks_.context, count, task, context);
  }

 private:
  const lutgemm_thread_callbacks callbacks_;
};

Status ReadCallbacks(const lutgemm_thread_callbacks* from, lutgemm_thread_callbacks* to) {
  if (Status status = ReadStruct(from, "callbacks", to); !status.ok()) return status;
  if (to->parallel_for == nullptr) return NullArgument("parallel_for");
  if (to->count > kMostThreads) {
    return base::MakeStatus(Code::kBadArgument, "count is ", to->count, "; it must lie in [0, ",
                            kMostThreads, "]");
  }
  if (to->count == 0) to->count = std::min(base::UsableCores(), kMostThreads);
  return {};
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_threads_create(size_t count, lutgemm_threads** out) {
  return Make(out, [&] { return Hand(MakeThreads(count), out); });
}

lutgemm_status lutgemm_threads_from_callbacks(const lutgemm_thread_callbacks* callbacks,
                                              lutgemm_threads** out) {
  return Make(out, [&]() -> Status {
    lutgemm_thread_callbacks read;
    if (Status status = ReadCallbacks(callbacks, &read); !status.ok()) return status;
    std::unique_ptr<Threads> threads = std::make_unique<CallbackThreads>(read);
    return Hand(Result<std::unique_ptr<Threads>>(std::move(threads)), out);
  });
}

size_t lutgemm_threads_count(const lutgemm_threads* threads) {
  return threads != nullptr ? threads->threads->count() : 1;
}

void lutgemm_threads_free(lutgemm_threads* threads) { delete threads; }
