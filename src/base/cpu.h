// Facts about this machine: name, cores, cache sizes. No policy.
#ifndef LUTGEMM_BASE_CPU_H_
#define LUTGEMM_BASE_CPU_H_

#include <cstddef>
#include <string>

namespace lutgemm::base {

struct Caches {
  size_t l1d_bytes = 32u << 10;
  size_t l2_bytes = 1u << 20;
  size_t l3_bytes = 0;
};

// Sizes as one core sees them; the defaults above where the system does not tell.
const Caches& CacheSizes();
// Marketing name of the processor, or "unknown".
std::string CpuName();

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_CPU_H_
