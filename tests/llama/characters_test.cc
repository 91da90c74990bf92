#include "llama/characters.hpp"

#include <doctest/doctest.h>

#include <string>

namespace llama {
namespace {

using enum CharacterKind;

TEST_CASE("characters: kinds") {
  for (const uint32_t letter : {0x41U, 0x7aU, 0xaaU, 0xc4U, 0x3b1U, 0x5d0U, 0x4e2dU, 0x1d400U}) {
    CHECK(KindOf(letter) == kLetter);
  }
  for (const uint32_t number : {0x30U, 0x39U, 0xb2U, 0xbdU, 0x664U, 0x2160U, 0x1d7ceU}) {
    CHECK(KindOf(number) == kNumber);
  }
  for (const uint32_t space : {0x9U, 0xaU, 0xdU, 0x20U, 0x85U, 0xa0U, 0x2003U, 0x3000U}) {
    CHECK(KindOf(space) == kSpace);
  }
  for (const uint32_t other :
       {0x0U, 0x8U, 0x1fU, 0x21U, 0x5fU, 0x301U, 0x200bU, 0x1f600U, 0x10ffffU, 0xffffffffU}) {
    CHECK(KindOf(other) == kOther);
  }
}

TEST_CASE("characters: UTF-8 of every length, and what is none") {
  const auto first = [](std::string_view text) {
    const Character c = FirstCharacter(text);
    return std::pair(c.code, c.bytes);
  };
  using Pair = std::pair<uint32_t, size_t>;
  CHECK(first("az") == Pair{'a', 1});
  CHECK(first("\xc3\xa4z") == Pair{0xe4, 2});
  CHECK(first("\xe4\xb8\xadz") == Pair{0x4e2d, 3});
  CHECK(first("\xf0\x9f\x98\x80z") == Pair{0x1f600, 4});
  CHECK(first("\xf4\x8f\xbf\xbf") == Pair{0x10ffff, 4});
  for (const char* bad :
       {"\x80", "\xff", "\xc3", "\xc3z", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "\xf0\x9f\x98"}) {
    CHECK(first(bad) == Pair{0xfffd, 1});
  }
  CHECK(first(std::string_view("\0", 1)) == Pair{0, 1});
}

}  // namespace
}  // namespace llama
