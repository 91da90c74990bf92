// Texts that come out of files: what a tensor name may hold, and how an error quotes it.
#ifndef LUTGEMM_BASE_NAMES_H_
#define LUTGEMM_BASE_NAMES_H_

#include <string>
#include <string_view>

namespace lutgemm::base {

// True if all of `text` is UTF-8 (no overlong forms, no surrogates).
bool IsUtf8(std::string_view text) noexcept;

// True if `text` is UTF-8 without control characters: fit for a tensor name, a key, a file name.
bool IsPlainText(std::string_view text) noexcept;

// True if `text` names a file of the same directory: no separator, not "." or "..".
bool IsPlainFileName(std::string_view text) noexcept;

// `text` in single quotes, control characters and what is not UTF-8 as \xNN, cut where it is long.
std::string Quote(std::string_view text);

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_NAMES_H_
