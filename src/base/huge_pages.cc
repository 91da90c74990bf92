#include "base/huge_pages.h"

#include "base/bits.h"

#include <cerrno>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace lutgemm::base {

void AdviseHugePages(void* memory, size_t bytes) noexcept {
#ifdef __linux__
  constexpr size_t kLargePage = size_t{1} << 21;
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  const size_t skipped = (kLargePage - begin % kLargePage) % kLargePage;
  if (bytes < skipped + kLargePage) return;
  const size_t whole = (bytes - skipped) / kLargePage * kLargePage;
  const int error = errno;
  (void)madvise(static_cast<char*>(memory) + skipped, whole, MADV_HUGEPAGE);
  errno = error;  // kernels without large pages refuse the advice
#else
  (void)memory, (void)bytes;
#endif
}

}  // namespace lutgemm::base
