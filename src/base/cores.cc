#include "base/cores.h"

#include <algorithm>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace lutgemm::base {
namespace {

#if defined(__linux__)
// The kernel refuses masks smaller than its own, so sizes grow until one is accepted. 0 = unknown.
size_t AffinityCores() noexcept {
  for (size_t cpus = CPU_SETSIZE; cpus <= size_t{1} << 18; cpus *= 4) {
    cpu_set_t* mask = CPU_ALLOC(cpus);
    if (mask == nullptr) return 0;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    const bool known = sched_getaffinity(0, bytes, mask) == 0;
    const size_t count = known ? static_cast<size_t>(CPU_COUNT_S(bytes, mask)) : 0;
    CPU_FREE(mask);
    if (known) return count;
  }
  return 0;
}
#else
size_t AffinityCores() noexcept { return 0; }
#endif

}  // namespace

size_t UsableCores() noexcept {
  const size_t cores = AffinityCores();
  return std::max<size_t>(1, cores != 0 ? cores : std::thread::hardware_concurrency());
}

}  // namespace lutgemm::base
