#include "llama/characters.hpp"

#include <algorithm>
#include <iterator>

namespace llama {
namespace {

struct Range {
  uint32_t first, last;
};

#include "llama/character_ranges.inc"

constexpr Range kSpaces[] = {{0x9, 0xd},       {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
                             {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
                             {0x205f, 0x205f}, {0x3000, 0x3000}};

template <size_t count>
bool IsIn(const Range (&ranges)[count], uint32_t code) {
  const Range* after = std::upper_bound(std::begin(ranges), std::end(ranges), code,
                                        [](uint32_t c, const Range& r) { return c < r.first; });
  return after != std::begin(ranges) && code <= std::prev(after)->last;
}

// Bytes of a character by its first byte, and the bits of the code in that; 0 for no first byte.
struct Lead {
  size_t bytes;
  uint32_t bits;
  uint32_t least;  // the smallest code that needs so many bytes
};
Lead LeadOf(uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xc2 && byte < 0xe0) return {2, byte & 0x1fU, 0x80};
  if (byte >= 0xe0 && byte < 0xf0) return {3, byte & 0x0fU, 0x800};
  if (byte >= 0xf0 && byte < 0xf5) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

constexpr Character kNone{0xfffd, 1};

}  // namespace

CharacterKind KindOf(uint32_t code) noexcept {
  if (IsIn(kSpaces, code)) return CharacterKind::kSpace;
  if (IsIn(kLetters, code)) return CharacterKind::kLetter;
  return IsIn(kNumbers, code) ? CharacterKind::kNumber : CharacterKind::kOther;
}

Character FirstCharacter(std::string_view text) noexcept {
  const Lead lead = LeadOf(uint8_t(text[0]));
  if (lead.bytes == 0 || lead.bytes > text.size()) return kNone;
  uint32_t code = lead.bits;
  for (size_t i = 1; i < lead.bytes; ++i) {
    const auto byte = uint8_t(text[i]);
    if ((byte & 0xc0) != 0x80) return kNone;
    code = code << 6 | (byte & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < lead.least || code > 0x10ffff || surrogate) return kNone;
  return {code, lead.bytes};
}

void AppendShort(std::string& text, uint32_t code) {
  if (code < 0x80) {
    text += char(code);
    return;
  }
  text += char(0xc0 | code >> 6);
  text += char(0x80 | (code & 0x3f));
}

}  // namespace llama
