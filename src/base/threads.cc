// How the library gets threads: a pool of its own, where one is asked for.
#include "base/cores.h"
#include "base/pool.h"
#include "base/text.h"

#include <algorithm>

namespace lutgemm {
namespace {

constexpr size_t kMaxThreads = 1024;

}  // namespace

Threads::~Threads() = default;

// Workers inherit the floating-point mode of whoever starts them, here that of Guarded.
Result<std::unique_ptr<Threads>> MakeThreads(size_t count) noexcept {
  return base::Guarded([&]() -> Result<std::unique_ptr<Threads>> {
    if (count > kMaxThreads) {
      return base::MakeStatus(Code::kBadArgument, count, " threads asked for; at most ",
                              kMaxThreads);
    }
    return base::Pool::Make(count != 0 ? count : std::min(base::UsableCores(), kMaxThreads));
  });
}

}  // namespace lutgemm
