#include "tools/console/book_file.h"

#include "base/names.h"
#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace lutgemm::tools {
namespace {

using base::MakeStatus;

constexpr std::string_view kBetween = " \t\r,;";

// Takes the text up to the next of `ends` off the front of `rest`.
std::string_view Take(std::string_view& rest, std::string_view ends) {
  const size_t end = std::min(rest.find_first_of(ends), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

// from_chars takes no '+'.
bool ParseNumber(std::string_view word, float& value) {
  if (word.starts_with('+') && !word.starts_with("+-")) word.remove_prefix(1);
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

Result<Codebook> ParseBook(std::string_view text) {
  if (text.size() > kMaxBookFile) {
    return MakeStatus(Code::kBadArgument, "has more than ", kMaxBookFile,
                      " bytes, too long for a list of up to 16 numbers");
  }
  std::vector<float> values;
  for (size_t number = 1; !text.empty(); ++number) {
    std::string_view line = Take(text, "\n");
    line = line.substr(0, line.find('#'));
    while (!line.empty()) {
      const std::string_view word = Take(line, kBetween);
      if (word.empty()) continue;
      if (!ParseNumber(word, values.emplace_back())) {
        return MakeStatus(Code::kBadArgument, "line ", number, ": ", base::Quote(word),
                          " is no number that a float can hold");
      }
    }
  }
  return MakeCodebook(values);
}

}  // namespace lutgemm::tools
