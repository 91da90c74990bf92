#include "base/digest.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::base {
namespace {

uint64_t Of(std::string_view text) { return Digest(std::as_bytes(std::span(text))); }

// Published values of XXH3, 64 bits, seed 0. Files store digests: these never change.
TEST_CASE("digest: known values") {
  CHECK(Of("") == 0x2d06800538d394c2u);
  CHECK(Of("a") == 0xe6c632b61e964e1fu);
  CHECK(Of("abc") == 0x78af5f94892f3950u);
}

TEST_CASE("digest: every single-bit change and every length gives another value") {
  std::set<uint64_t> seen;
  for (const size_t size : {1, 3, 8, 16, 17, 100, 128, 129, 240, 241, 300, 1100}) {
    std::vector<std::byte> bytes(size);
    CHECK(seen.insert(Digest(bytes)).second);
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      CHECK(seen.insert(Digest(bytes)).second);
      bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    }
  }
}

}  // namespace
}  // namespace lutgemm::base
