#include "base/buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace lutgemm::base {
namespace {

TEST_CASE("a buffer is aligned, zero and as large as asked for") {
  for (const size_t bytes : {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{100000}}) {
    Result<Buffer> buffer = Buffer::Allocate(bytes);
    REQUIRE(buffer.ok());
    CHECK(buffer->size() == bytes);
    CHECK(buffer->span().size() == bytes);
    CHECK(reinterpret_cast<uintptr_t>(buffer->data()) % kBufferAlign == 0);
    CHECK(std::ranges::all_of(buffer->span(), [](std::byte b) { return b == std::byte{0}; }));
    std::ranges::fill(buffer->span(), std::byte{0xff});
  }
}

TEST_CASE("no bytes: a valid, empty buffer") {
  Result<Buffer> buffer = Buffer::Allocate(0);
  REQUIRE(buffer.ok());
  CHECK(buffer->size() == 0);
  CHECK(buffer->data() == nullptr);
}

TEST_CASE("what cannot be allocated is an error that names the size") {
  for (const size_t bytes :
       {std::numeric_limits<size_t>::max(), std::numeric_limits<size_t>::max() / 2}) {
    Result<Buffer> buffer = Buffer::Allocate(bytes);
    REQUIRE(!buffer.ok());
    CHECK(buffer.status().code() == Code::kOutOfMemory);
    CHECK(buffer.status().text().find(std::to_string(bytes)) != std::string::npos);
  }
}

TEST_CASE("moving hands the memory over and leaves nothing behind") {
  Buffer first = *Buffer::Allocate(10);
  const std::byte* memory = first.data();
  Buffer second = std::move(first);
  CHECK(second.data() == memory);
  CHECK(second.size() == 10);
  CHECK(first.data() == nullptr);  // NOLINT(bugprone-use-after-move)
  CHECK(first.size() == 0);
  first = std::move(second);
  CHECK(first.data() == memory);
  CHECK(second.size() == 0);  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace lutgemm::base
