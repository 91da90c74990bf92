#include "tools/console/numbers.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <string>

namespace lutgemm::tools {
namespace {

// All of `text` as a number without a sign.
template <class T, class... Format>
std::optional<T> ReadAll(std::string_view text, Format... format) noexcept {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, format...);
  if (text.empty() || text.front() == '-') return std::nullopt;  // "-0" is in many a range
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// What the help says behind an option's type. Bounds that only keep nonsense out would make it
// longer and tell nobody anything.
template <class T>
std::string HelpOf(T least, T most) {
  return most <= T{1 << 20} ? fmt::format("{}..{}", least, most) : "";
}

}  // namespace

std::optional<uint64_t> ReadCount(std::string_view text) noexcept {
  return ReadAll<uint64_t>(text);
}

std::optional<double> ReadReal(std::string_view text) noexcept {
  const std::optional<double> value = ReadAll<double>(text, std::chars_format::general);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

CLI::Validator WholeNumber(uint64_t least, uint64_t most) {
  const auto check = [least, most](std::string& text) -> std::string {
    const std::optional<uint64_t> value = ReadCount(text);
    if (!value || *value < least || *value > most) {
      return fmt::format("'{}' is not a whole number from {} to {}", text, least, most);
    }
    // CLI11 would read digits behind a 0 as octal.
    text = fmt::format("{}", *value);
    return {};
  };
  return CLI::Validator(check, HelpOf(least, most));
}

CLI::Validator RealNumber(double least, double most) {
  const auto check = [least, most](std::string& text) -> std::string {
    const std::optional<double> value = ReadReal(text);
    if (value && *value >= least && *value <= most) return {};
    return fmt::format("'{}' is not a number from {} to {}", text, least, most);
  };
  return CLI::Validator(check, HelpOf(least, most));
}

}  // namespace lutgemm::tools
