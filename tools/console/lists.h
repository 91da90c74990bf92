// Comma-separated lists of formats, shapes and modes on the command line. All parsers throw
// CLI::ValidationError, which ends parsing with exit code 2.
#ifndef LUTGEMM_TOOLS_CONSOLE_LISTS_H_
#define LUTGEMM_TOOLS_CONSOLE_LISTS_H_

#include "tools/console/options.h"

#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

// "int4:32": a format, and the group that was given with it.
struct ListedFormat {
  FormatChoice format;
  std::optional<uint32_t> group;

  // The options that hold for all formats, with this one's group.
  Result<QuantSpec> Spec(const WeightOptions& options) const;
  Result<WeightInfo> Info(const WeightOptions& options, size_t n, size_t k) const;
};
std::vector<ListedFormat> ParseFormats(const std::string& text);
// The formats that programs take where the command line names none.
inline constexpr char kUsualFormats[] = "int1,int2,int3,int4,ternary";
// --format as a list.
void AddFormatList(CLI::App& command, std::vector<ListedFormat>& formats);

// "4096x14336" and the like: `count` numbers between 'x', as `option` wants them, each from 1 to
// the library's limit: the last of several is K, others are M or N. `form` is how a wrong one is
// told, such as "MxNxK".
struct DimsForm {
  std::string option, form;
  size_t count;
};
std::vector<std::vector<size_t>> ParseDims(const std::string& text, const DimsForm& form);
// Numbers of tokens, as `option` wants them.
std::vector<size_t> ParseTokens(const std::string& text, const std::string& option);

// fast, exact or both.
std::vector<Mode> ParseModes(const std::string& text);
// --mode: one of them or both.
void AddModeList(CLI::App& command, std::vector<Mode>& modes, const std::string& help);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_LISTS_H_
