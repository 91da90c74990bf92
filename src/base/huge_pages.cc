#include "base/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace lutgemm::base {
namespace {

// The size on most systems; where pages are smaller or larger the advice is still sound.
[[maybe_unused]] constexpr size_t kHugePage = size_t{1} << 21;

}  // namespace

void PreferHugePages(void* memory, size_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  const size_t skipped = (kHugePage - begin % kHugePage) % kHugePage;
  if (bytes < skipped + kHugePage) return;
  const size_t whole = (bytes - skipped) / kHugePage * kHugePage;
  // Advice alone: what fails changes nothing.
  static_cast<void>(madvise(static_cast<std::byte*>(memory) + skipped, whole, MADV_HUGEPAGE));
#else
  static_cast<void>(memory);
  static_cast<void>(bytes);
#endif
}

}  // namespace lutgemm::base
