// Files of codebook values: numbers between spaces, commas or line ends; '#' begins a comment that
// ends with its line. Code i is the i-th number.
#ifndef LUTGEMM_TOOLS_CONSOLE_BOOK_FILE_H_
#define LUTGEMM_TOOLS_CONSOLE_BOOK_FILE_H_

#include <lutgemm/codebook.hpp>

#include <cstddef>
#include <string_view>

namespace lutgemm::tools {

inline constexpr size_t kMaxBookFile = 65536;

// Fails with kBadArgument, or kNotFinite for a number that is not; texts name the line.
Result<Codebook> ParseBook(std::string_view text);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_BOOK_FILE_H_
