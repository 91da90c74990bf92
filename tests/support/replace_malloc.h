// The allocator of this process, which fails when it is told to. To be included in one file of a
// program; it cannot be one of the sanitizers', which replace the allocator themselves.
#ifndef LUTGEMM_SUPPORT_REPLACE_MALLOC_H_
#define LUTGEMM_SUPPORT_REPLACE_MALLOC_H_

#include "support/failing_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace lutgemm::test {

constinit std::atomic<bool> failing = false;
constinit std::atomic<bool> fail_later = false;
constinit std::atomic<size_t> allocations_left = 0;
constinit std::atomic<bool> has_failed = false;

void FailFrom(size_t nth, bool later) noexcept {
  allocations_left = nth;
  fail_later = later;
  has_failed = false;
  failing = true;
}

bool StopFailing() noexcept {
  failing = false;
  return has_failed;
}

inline bool Fails() noexcept {
  if (!failing.load(std::memory_order_relaxed)) return false;
  if (has_failed && !fail_later) return false;
  if (allocations_left != 0) {
    --allocations_left;
    return false;
  }
  has_failed = true;
  errno = ENOMEM;
  return true;
}

}  // namespace lutgemm::test

// The C library's own, under the names that it keeps for replacements like these.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);

void* malloc(size_t bytes) { return lutgemm::test::Fails() ? nullptr : __libc_malloc(bytes); }
void* calloc(size_t count, size_t bytes) {
  return lutgemm::test::Fails() ? nullptr : __libc_calloc(count, bytes);
}
void* realloc(void* memory, size_t bytes) {
  return lutgemm::test::Fails() ? nullptr : __libc_realloc(memory, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  return lutgemm::test::Fails() ? nullptr : __libc_memalign(alignment, bytes);
}
void* memalign(size_t alignment, size_t bytes) { return aligned_alloc(alignment, bytes); }
int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  *memory = aligned_alloc(alignment, bytes);
  return *memory != nullptr ? 0 : ENOMEM;
}
void* mmap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  if (lutgemm::test::Fails()) return MAP_FAILED;
  return reinterpret_cast<void*>(  // NOLINT: what the system call returns
      syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
}
}  // extern "C"

#endif  // LUTGEMM_SUPPORT_REPLACE_MALLOC_H_
