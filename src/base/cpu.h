// Facts about this machine: name, cores, cache sizes. No policy.
#ifndef LUTGEMM_BASE_CPU_H_
#define LUTGEMM_BASE_CPU_H_

#include <cstddef>
#include <optional>
#include <string>

namespace lutgemm::base {

struct Caches {
  size_t l1d_bytes = 32u << 10;
  size_t l2_bytes = 1u << 20;
  size_t l3_bytes = 0;
};

// Sizes as one core sees them; the defaults above where the system does not tell.
const Caches& CacheSizes();
// Whether the cores issue byte lookups on ports that byte products leave free, as AMD's with
// AVX-512 do: 1.33 pairs of `vpermb` and `vpdpbusd` a cycle where two products alone take one (Zen
// 5), as against 1.0 where lookups have one port, which products want too.
bool LookupsBesideProducts();
// What that answers from now on: whether or not, or (nullopt) as it is. For tests of both.
void AssumeLookupsBesideProducts(std::optional<bool> answer);
// Marketing name of the processor, or "unknown".
std::string CpuName();

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_CPU_H_
