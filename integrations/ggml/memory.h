// 64-byte aligned memory that grows and is not initialised.
#ifndef LUTGEMM_INTEGRATIONS_GGML_MEMORY_H_
#define LUTGEMM_INTEGRATIONS_GGML_MEMORY_H_

#include <lutgemm/lutgemm.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace lutgemm_ggml {

inline size_t Align(size_t bytes) {
  return (bytes + LUTGEMM_ALIGNMENT - 1) / LUTGEMM_ALIGNMENT * LUTGEMM_ALIGNMENT;
}

struct FreeMemory {
  void operator()(uint8_t* data) const { std::free(data); }
};
using Memory = std::unique_ptr<uint8_t, FreeMemory>;

// In large pages where the system gives these to those that ask for them: fewer first touches while
// weights are loaded, and fewer misses of the translation of addresses while products read them.
inline void AdviseLargePages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#ifdef __linux__
  constexpr size_t kPage = size_t{1} << 21;
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t first = (begin + kPage - 1) / kPage * kPage,
                  end = (begin + bytes) / kPage * kPage;
  if (end > first) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
}

// Null where there is no memory.
inline Memory Allocate(size_t bytes) {
  return Memory(static_cast<uint8_t*>(std::aligned_alloc(LUTGEMM_ALIGNMENT, Align(bytes))));
}

class Arena {
 public:
  // At least so many bytes, with anything in them; null where there is no memory.
  uint8_t* Reserve(size_t bytes) {
    if (bytes <= bytes_) return data_.get();
    data_ = Allocate(bytes);
    bytes_ = data_ == nullptr ? 0 : bytes;
    return data_.get();
  }

 private:
  Memory data_;
  size_t bytes_ = 0;
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_MEMORY_H_
