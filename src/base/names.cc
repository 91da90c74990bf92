#include "base/names.h"

#include <cstdint>

namespace lutgemm::base {
namespace {

constexpr size_t kMaxQuoted = 96;

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

uint32_t ByteAt(std::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

// The code point that starts at `at`, which lies inside `text`.
CodePoint Decode(std::string_view text, size_t at) {
  const uint32_t lead = ByteAt(text, at);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < bytes) return {};
  uint32_t value = lead & (0xffu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    const uint32_t next = ByteAt(text, at + i);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3f);
  }
  constexpr uint32_t kSmallest[5] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < kSmallest[bytes] || value > 0x10ffff || surrogate) return {};
  return {value, bytes};
}

// C0, DEL and C1: what a terminal may take for a command.
bool IsControl(uint32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

bool AllCodePoints(std::string_view text, bool controls) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = Decode(text, at);
    if (point.bytes == 0 || (!controls && IsControl(point.value))) return false;
    at += point.bytes;
  }
  return true;
}

}  // namespace

bool IsUtf8(std::string_view text) noexcept { return AllCodePoints(text, true); }

bool IsPlainText(std::string_view text) noexcept { return AllCodePoints(text, false); }

bool IsPlainFileName(std::string_view text) noexcept {
  return !text.empty() && text != "." && text != ".." && text.find('/') == text.npos &&
         IsPlainText(text);
}

std::string Quote(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "'";
  size_t at = 0;
  while (at < text.size() && quoted.size() < kMaxQuoted) {
    const CodePoint point = Decode(text, at);
    if (point.bytes == 0 || IsControl(point.value)) {
      const uint32_t byte = ByteAt(text, at);
      quoted += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
      ++at;
    } else {
      quoted += text.substr(at, point.bytes);
      at += point.bytes;
    }
  }
  quoted += at < text.size() ? "...'" : "'";
  return quoted;
}

}  // namespace lutgemm::base
