// Texts that come out of files: what a tensor name may hold, and how an error quotes it. All of it
// is inline, because every library of the project reads texts.
#ifndef LUTGEMM_BASE_NAMES_H_
#define LUTGEMM_BASE_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lutgemm::base {
namespace utf8 {

inline constexpr size_t kMaxQuoted = 96;

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

inline uint32_t ByteAt(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The code point that starts at `at`, which lies inside `text`.
inline CodePoint Decode(std::string_view text, size_t at) {
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
inline bool IsControl(uint32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

inline bool AllCodePoints(std::string_view text, bool controls) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = Decode(text, at);
    if (point.bytes == 0 || (!controls && IsControl(point.value))) return false;
    at += point.bytes;
  }
  return true;
}

}  // namespace utf8

// True if all of `text` is UTF-8 (no overlong forms, no surrogates).
inline bool IsUtf8(std::string_view text) noexcept { return utf8::AllCodePoints(text, true); }

// True if `text` is UTF-8 without control characters: fit for a tensor name, a key, a file name.
inline bool IsPlainText(std::string_view text) noexcept { return utf8::AllCodePoints(text, false); }

// True if `text` names a file of the same directory: no separator, not "." or "..".
inline bool IsPlainFileName(std::string_view text) noexcept {
  return !text.empty() && text != "." && text != ".." && text.find('/') == text.npos &&
         IsPlainText(text);
}

// `text` in single quotes, control characters and what is not UTF-8 as \xNN, cut where it is long.
inline std::string Quote(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "'";
  size_t at = 0;
  while (at < text.size() && quoted.size() < utf8::kMaxQuoted) {
    const utf8::CodePoint point = utf8::Decode(text, at);
    if (point.bytes == 0 || utf8::IsControl(point.value)) {
      const uint32_t byte = utf8::ByteAt(text, at);
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

// True if two names differ in the case of ASCII letters at most, whatever the locale.
inline bool SameIgnoringCase(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// A file's name as errors begin with it: as it is, or quoted where a terminal could be misled.
inline std::string Shown(std::string_view path) {
  return IsPlainText(path) ? std::string(path) : Quote(path);
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_NAMES_H_
