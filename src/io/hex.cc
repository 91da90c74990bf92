#include "io/hex.h"

#include <charconv>

namespace lutgemm::io {

std::string HexText(uint64_t value) {
  char digits[kHexDigits];
  const auto end = std::to_chars(digits, digits + kHexDigits, value, 16);
  const std::string text(digits, end.ptr);
  return std::string(kHexDigits - text.size(), '0') + text;
}

std::optional<uint64_t> ParseHex(std::string_view text) noexcept {
  if (text.size() != kHexDigits || text.find_first_not_of("0123456789abcdef") != text.npos) {
    return std::nullopt;
  }
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

}  // namespace lutgemm::io
