// Memory that is about to be filled for the first time.
#ifndef LUTGEMM_BASE_HUGE_PAGES_H_
#define LUTGEMM_BASE_HUGE_PAGES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::base {

// Asks the system for large pages where whole ones lie within the memory: handing out 4 KiB at a
// time takes longer than many a loop that fills them. Changes nothing that a program can see, and
// does nothing where the system has no such pages.
void PreferHugePages(void* memory, size_t bytes) noexcept;

// A vector of zeros in such memory.
inline std::vector<uint8_t> ZeroBytes(size_t count) {
  std::vector<uint8_t> bytes;
  bytes.reserve(count);
  PreferHugePages(bytes.data(), count);
  bytes.resize(count);
  return bytes;
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_HUGE_PAGES_H_
