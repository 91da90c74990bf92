#include "tools/console/lists.h"

#include "tools/console/numbers.h"

#include <fmt/core.h>

#include <algorithm>

namespace lutgemm::tools {
namespace {

// The numbers of one piece; empty where there are not `count`, or one is 0.
std::vector<size_t> Dims(const std::string& piece, const DimsForm& form) {
  std::vector<size_t> dims;
  for (size_t begin = 0; begin <= piece.size() && dims.size() <= form.count;) {
    const size_t end = std::min(piece.find('x', begin), piece.size());
    dims.push_back(ParseCount(piece.substr(begin, end - begin), form.option));
    begin = end + 1;
  }
  if (dims.size() != form.count || std::ranges::count(dims, 0) != 0) return {};
  for (size_t i = 0; i < dims.size(); ++i) {
    const uint64_t most = i > 0 && i + 1 == dims.size() ? kMaxK : kMostRows;
    if (dims[i] <= most) continue;
    throw CLI::ValidationError(
        form.option, fmt::format("'{}': {} is above the limit of {}", piece, dims[i], most));
  }
  return dims;
}

}  // namespace

Result<QuantSpec> ListedFormat::Spec(const WeightOptions& options) const {
  WeightOptions choice = options;
  if (group) choice.group = group;
  return choice.Spec(format);
}

Result<WeightInfo> ListedFormat::Info(const WeightOptions& options, size_t n, size_t k) const {
  WeightOptions choice = options;
  if (group) choice.group = group;
  return choice.Info(format, n, k);
}

std::vector<ListedFormat> ParseFormats(const std::string& text) {
  std::vector<ListedFormat> formats;
  for (const std::string& piece : SplitList(text)) {
    const size_t colon = piece.find(':');
    ListedFormat format{ParseFormatChoice(piece.substr(0, colon), "--format"), std::nullopt};
    if (colon != piece.npos) format.group = ParseGroup(piece.substr(colon + 1));
    formats.push_back(format);
  }
  return formats;
}

void AddFormatList(CLI::App& command, std::vector<ListedFormat>& formats) {
  command
      .add_option_function<std::string>(
          kFormatNames, [&formats](const std::string& text) { formats = ParseFormats(text); },
          fmt::format("Comma-separated formats, each with a group of its own if you\n"
                      "like, or types of GGUF that are timed as files have them:\n"
                      "int4,int4:32,ternary:row,Q4_K [{}]",
                      kUsualFormats))
      ->type_name("LIST");
}

std::vector<std::vector<size_t>> ParseDims(const std::string& text, const DimsForm& form) {
  std::vector<std::vector<size_t>> shapes;
  for (const std::string& piece : SplitList(text)) {
    shapes.push_back(Dims(piece, form));
    if (!shapes.back().empty()) continue;
    throw CLI::ValidationError(
        form.option, fmt::format("'{}' is not {} with numbers of at least 1", piece, form.form));
  }
  return shapes;
}

std::vector<size_t> ParseTokens(const std::string& text, const std::string& option) {
  std::vector<size_t> tokens;
  for (const auto& dims : ParseDims(text, {option, "a number of tokens,", 1})) {
    tokens.push_back(dims[0]);
  }
  return tokens;
}

std::vector<Mode> ParseModes(const std::string& text) {
  if (text == "both") return {Mode::kFast, Mode::kExact};
  const Result<Mode> mode = ParseMode(text);
  if (!mode.ok()) {
    throw CLI::ValidationError("--mode", fmt::format("'{}' is not fast, exact or both", text));
  }
  return {*mode};
}

void AddModeList(CLI::App& command, std::vector<Mode>& modes, const std::string& help) {
  command
      .add_option_function<std::string>(
          "--mode", [&modes](const std::string& text) { modes = ParseModes(text); }, help)
      ->type_name("MODE");
}

}  // namespace lutgemm::tools
