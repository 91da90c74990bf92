// 64-byte aligned memory that grows and is not initialised.
#ifndef LUTGEMM_INTEGRATIONS_GGML_MEMORY_H_
#define LUTGEMM_INTEGRATIONS_GGML_MEMORY_H_

#include <lutgemm/lutgemm.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace lutgemm_ggml {

inline size_t Align(size_t bytes) {
  return (bytes + LUTGEMM_ALIGNMENT - 1) / LUTGEMM_ALIGNMENT * LUTGEMM_ALIGNMENT;
}

struct FreeMemory {
  void operator()(uint8_t* data) const { std::free(data); }
};
using Memory = std::unique_ptr<uint8_t, FreeMemory>;

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
