// Large memory in large pages, where the system has them: touching fresh memory for the first time
// costs as much as filling it several times, page by page.
#ifndef LUTGEMM_BASE_HUGE_PAGES_H_
#define LUTGEMM_BASE_HUGE_PAGES_H_

#include <cstddef>
#include <vector>

namespace lutgemm::base {

// Advises the system to back what lies whole in [memory, memory + bytes) with large pages. Memory
// that was touched before stays as it is. Never fails: without large pages nothing changes.
void AdviseHugePages(void* memory, size_t bytes) noexcept;

// Room for so many elements in an empty vector, in large pages.
template <class T>
void ReserveHuge(std::vector<T>& vector, size_t count) {
  vector.reserve(count);
  AdviseHugePages(vector.data(), count * sizeof(T));
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_HUGE_PAGES_H_
