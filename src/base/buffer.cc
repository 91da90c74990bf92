#include "base/buffer.h"

#include "base/huge_pages.h"
#include "base/text.h"

#include <cstdlib>
#include <limits>

namespace lutgemm::base {
namespace {

Status NoMemory(size_t bytes) noexcept {
  return MakeStatus(Code::kOutOfMemory, "cannot allocate ", bytes, " bytes");
}

}  // namespace

void Buffer::Free::operator()(std::byte*) const noexcept { std::free(block); }

Result<Buffer> Buffer::Allocate(size_t bytes) noexcept {
  Buffer buffer;
  if (bytes == 0) return buffer;
  // Larger requests could not be addressed by a pointer difference.
  if (bytes > static_cast<size_t>(std::numeric_limits<ptrdiff_t>::max()) - kBufferAlign) {
    return NoMemory(bytes);
  }
  // Large blocks come from the system, which clears them: clearing them once more took 15 % of
  // packing imported weights (Intel Xeon, 2026-12-01).
  void* const block = std::calloc(1, bytes + kBufferAlign - 1);
  if (block == nullptr) return NoMemory(bytes);
  AdviseHugePages(block, bytes);
  void* memory = block;
  size_t room = bytes + kBufferAlign - 1;
  std::align(kBufferAlign, bytes, memory, room);
  buffer.data_ = {static_cast<std::byte*>(memory), Free{block}};
  buffer.size_ = bytes;
  return buffer;
}

}  // namespace lutgemm::base
