// An owned block of memory for weights, tables and scratch: aligned to a cache line, zeroed, never
// throwing.
#ifndef LUTGEMM_BASE_BUFFER_H_
#define LUTGEMM_BASE_BUFFER_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace lutgemm::base {

inline constexpr size_t kBufferAlign = 64;

class Buffer {
 public:
  // `bytes` zero bytes, or kOutOfMemory. A block of no bytes has a null data().
  static Result<Buffer> Allocate(size_t bytes) noexcept;

  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::byte* data() noexcept { return data_.get(); }
  const std::byte* data() const noexcept { return data_.get(); }
  size_t size() const noexcept { return size_; }
  std::span<std::byte> span() noexcept { return {data_.get(), size_}; }
  std::span<const std::byte> span() const noexcept { return {data_.get(), size_}; }

 private:
  struct Free {
    void* block;  // what was allocated, of which data() is the aligned part
    void operator()(std::byte* data) const noexcept;
  };
  std::unique_ptr<std::byte, Free> data_;
  size_t size_ = 0;
};

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_BUFFER_H_
