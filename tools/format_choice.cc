#include "tools/format_choice.h"

#include "format/traits.h"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace lutgemm::tools {
namespace {

constexpr std::string_view kBookPrefix = "codebook:";
constexpr size_t kMaxBookFile = 65536;

// `text` up to the first '#'.
std::string_view WithoutComment(std::string_view text) { return text.substr(0, text.find('#')); }

// The numbers of one line; false at anything else.
bool AppendNumbers(std::string_view line, std::vector<float>& values) {
  constexpr std::string_view kBetween = " \t\r,;";
  for (size_t at = line.find_first_not_of(kBetween); at != line.npos;
       at = line.find_first_not_of(kBetween, at)) {
    const size_t end = std::min(line.find_first_of(kBetween, at), line.size());
    const char* first = line.data() + at + (line[at] == '+' ? 1 : 0);
    float value = 0;
    const auto [stop, error] = std::from_chars(first, line.data() + end, value);
    if (error != std::errc() || stop != line.data() + end) return false;
    values.push_back(value);
    at = end;
  }
  return true;
}

Codebook ReadBook(const std::string& path, const std::string& option) {
  const auto fail = [&](const std::string& why) {
    return CLI::ValidationError(option, fmt::format("codebook {}: {}", path, why));
  };
  std::ifstream file(path, std::ios::binary);
  if (!file) throw fail("cannot be opened");
  std::vector<float> values;
  std::string line;
  size_t bytes = 0;
  for (size_t number = 1; std::getline(file, line); ++number) {
    bytes += line.size() + 1;
    if (bytes > kMaxBookFile) throw fail("is too long for a list of up to 16 numbers");
    if (!AppendNumbers(WithoutComment(line), values)) {
      throw fail(fmt::format("line {} has something that is no number", number));
    }
  }
  const Result<Codebook> book = MakeCodebook(values);
  if (!book.ok()) throw fail(book.status().text());
  return *book;
}

// bfp<m>b<n>, or nothing.
std::optional<FormatChoice> ParseBfp(std::string_view text) {
  const size_t b = text.find('b', 3);
  if (!text.starts_with("bfp") || b == text.npos) return std::nullopt;
  const Result<WeightFormat> format = ParseWeightFormat(text.substr(0, b));
  uint32_t group = 0;
  const auto [end, error] = std::from_chars(text.data() + b + 1, text.data() + text.size(), group);
  if (!format.ok() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return FormatChoice{*format, group, std::nullopt};
}

}  // namespace

Result<QuantizedMatrix> FormatChoice::Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                               Threads* threads) const {
  return book ? lutgemm::Quantize(weights, spec, *book, threads)
              : lutgemm::Quantize(weights, spec, threads);
}

FormatChoice ParseFormatChoice(const std::string& text, const std::string& option) {
  if (text.starts_with(kBookPrefix)) {
    return {WeightFormat::kCodebook, std::nullopt,
            ReadBook(text.substr(kBookPrefix.size()), option)};
  }
  if (const auto bfp = ParseBfp(text)) {
    if (!format::TakesGroup(bfp->format, *bfp->group)) {
      throw CLI::ValidationError(
          option, fmt::format("'{}': blocks are {} long", text, format::GroupsText(bfp->format)));
    }
    return *bfp;
  }
  const Result<WeightFormat> parsed = ParseWeightFormat(text);
  if (!parsed.ok()) throw CLI::ValidationError(option, parsed.status().text());
  return {*parsed, std::nullopt, std::nullopt};
}

}  // namespace lutgemm::tools
