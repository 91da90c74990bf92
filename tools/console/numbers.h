// Numbers on the command line. Every option that takes one is checked here, so that all of them
// refuse the same: signs, spaces, hexadecimal, overflow, NaN, infinity, and what is out of range.
#ifndef LUTGEMM_TOOLS_CONSOLE_NUMBERS_H_
#define LUTGEMM_TOOLS_CONSOLE_NUMBERS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace lutgemm::tools {

// The library's limit of M and of N.
inline constexpr uint64_t kMostRows = uint64_t{1} << 31;
inline constexpr uint64_t kAnyCount = std::numeric_limits<uint64_t>::max();

// Decimal digits and nothing else; none where the text is something else or beyond 64 bits.
std::optional<uint64_t> ReadCount(std::string_view text) noexcept;
// A finite decimal number without a sign, perhaps with an exponent; none for anything else.
std::optional<double> ReadReal(std::string_view text) noexcept;

// Validators for `add_option(...)->transform(...)`; CLI11's own conversions take more than they
// should, such as -5 for an unsigned number. Bounds belong to the range.
CLI::Validator WholeNumber(uint64_t least, uint64_t most = kAnyCount);
CLI::Validator RealNumber(double least, double most);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_NUMBERS_H_
