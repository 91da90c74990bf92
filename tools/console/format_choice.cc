#include "tools/console/format_choice.h"

#include "tools/console/book_file.h"
#include "tools/console/input_file.h"
#include "tools/console/numbers.h"

#include "base/names.h"
#include "format/traits.h"
#include "io/gguf_types.h"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <fstream>
#include <string_view>
#include <vector>

namespace lutgemm::tools {
namespace {

constexpr std::string_view kBookPrefix = "codebook:";

Codebook ReadBook(const std::string& path, const std::string& option) {
  const auto fail = [&](const std::string& why) {
    return CLI::ValidationError(option, fmt::format("codebook {}: {}", path, why));
  };
  if (!MayBeRead(path)) throw fail("is not a regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw fail("cannot be opened");
  std::string text(kMaxBookFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw fail("cannot be read");
  text.resize(static_cast<size_t>(file.gcount()));
  const Result<Codebook> book = ParseBook(text);
  if (!book.ok()) throw fail(book.status().text());
  return *book;
}

// bfp<m>b<n>, or nothing.
std::optional<FormatChoice> ParseBfp(std::string_view text) {
  const size_t b = text.find('b', 3);
  if (!text.starts_with("bfp") || b == text.npos) return std::nullopt;
  const Result<WeightFormat> format = ParseWeightFormat(text.substr(0, b));
  const std::optional<uint64_t> group = ReadCount(text.substr(b + 1));
  if (!format.ok() || !group || *group > kMaxK) return std::nullopt;
  return FormatChoice{*format, static_cast<uint32_t>(*group), std::nullopt};
}

// The block types of GGUF that can be imported.
std::vector<FormatChoice> GgufChoices() {
  constexpr uint32_t kMostTypes = 64;
  std::vector<FormatChoice> all;
  for (uint32_t id = 0; id < kMostTypes; ++id) {
    const io::GgufTensorType* type = io::FindGgufType(id);
    if (type == nullptr) continue;
    const auto gguf = static_cast<GgufType>(id);
    const Result<WeightInfo> info = GgufInfo(gguf, 1, type->block_elements);
    if (!info.ok()) continue;
    FormatChoice choice;
    choice.format = info->format;
    choice.gguf = gguf;
    choice.gguf_name = type->name;
    all.push_back(choice);
  }
  return all;
}

// One of them, or nothing.
std::optional<FormatChoice> ParseGguf(std::string_view text) {
  for (const FormatChoice& choice : GgufChoices()) {
    if (base::SameIgnoringCase(choice.gguf_name, text)) return choice;
  }
  return std::nullopt;
}

// What is known, in the words that the name is near to.
std::string Unknown(std::string_view text, const Status& as_format) {
  const char first = text.empty() ? ' ' : text.front();
  if (first != 'q' && first != 'Q' && first != 'i' && first != 'I') return as_format.text();
  if (text.starts_with("int") || text.starts_with("Int")) return as_format.text();
  std::string known;
  for (const FormatChoice& choice : GgufChoices()) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", choice.gguf_name);
  }
  return fmt::format("'{}' is no block type of GGUF that has a format here; known: {}", text,
                     known);
}

}  // namespace

Result<QuantizedMatrix> FormatChoice::Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                               QuantizeOptions options) const {
  options.book = book ? &*book : nullptr;
  return lutgemm::Quantize(weights, spec, options);
}

FormatChoice ParseFormatChoice(const std::string& text, const std::string& option) {
  if (text.starts_with(kBookPrefix)) {
    const std::string path = text.substr(kBookPrefix.size());
    return {WeightFormat::kCodebook, std::nullopt, ReadBook(path, option), path};
  }
  if (const auto bfp = ParseBfp(text)) {
    if (!format::TakesGroup(bfp->format, *bfp->group)) {
      throw CLI::ValidationError(
          option, fmt::format("'{}': blocks are {} long", text, format::GroupsText(bfp->format)));
    }
    return *bfp;
  }
  const Result<WeightFormat> parsed = ParseWeightFormat(text);
  if (!parsed.ok()) {
    if (const auto gguf = ParseGguf(text)) return *gguf;
    throw CLI::ValidationError(option, Unknown(text, parsed.status()));
  }
  return {*parsed, std::nullopt, std::nullopt};
}

}  // namespace lutgemm::tools
