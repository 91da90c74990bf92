// How many cores this process may use.
#ifndef LUTGEMM_BASE_CORES_H_
#define LUTGEMM_BASE_CORES_H_

#include <cstddef>

namespace lutgemm::base {

// Cores in the affinity mask of the calling thread, at least 1.
size_t UsableCores() noexcept;

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_CORES_H_
