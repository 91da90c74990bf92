#include "base/buffer.h"

#include "base/bits.h"
#include "base/huge_pages.h"
#include "base/text.h"

#include <cstdlib>
#include <cstring>
#include <limits>

namespace lutgemm::base {
namespace {

Status NoMemory(size_t bytes) noexcept {
  return MakeStatus(Code::kOutOfMemory, "cannot allocate ", bytes, " bytes");
}

}  // namespace

void Buffer::Free::operator()(std::byte* p) const noexcept { std::free(p); }

Result<Buffer> Buffer::Allocate(size_t bytes) noexcept {
  Buffer buffer;
  if (bytes == 0) return buffer;
  // Larger requests could not be addressed by a pointer difference.
  if (bytes > static_cast<size_t>(std::numeric_limits<ptrdiff_t>::max()) - kBufferAlign) {
    return NoMemory(bytes);
  }
  const size_t rounded = RoundUp(bytes, kBufferAlign);
  void* memory = std::aligned_alloc(kBufferAlign, rounded);
  if (memory == nullptr) return NoMemory(bytes);
  AdviseHugePages(memory, rounded);
  std::memset(memory, 0, rounded);
  buffer.data_.reset(static_cast<std::byte*>(memory));
  buffer.size_ = bytes;
  return buffer;
}

}  // namespace lutgemm::base
