#include "tools/dev/cli_page.h"

#include <fmt/core.h>

#include <regex>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

namespace lutgemm::tools {
namespace {

constexpr std::string_view kExamples = "\nExamples:\n";

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Text that means nothing else to Markdown; what is in code quotes stays but for the bars of
// tables.
std::string Escaped(std::string_view text) {
  constexpr std::string_view kMarks = "<*_|";
  std::string escaped;
  bool code = false;
  for (const char c : text) {
    code = code != (c == '`');
    if (c == '|' || (!code && kMarks.find(c) != kMarks.npos)) escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string Code(std::string_view text) { return Escaped(fmt::format("`{}`", text)); }

// A paragraph's line, in which a page of docs/ is a link.
std::string Prose(const std::string& line) {
  static const std::regex page(R"(\bdocs/([\w-]+\.md))");
  return std::regex_replace(Escaped(line), page, "[$&](../$1)");
}

// Help texts indent what stands in columns; the rest are paragraphs.
std::string Notes(const std::string& text) {
  std::string page;
  bool columns = false;
  for (const std::string& line : LinesOf(text)) {
    if (line.starts_with("  ") != columns) {
      page += columns ? "```\n\n"
                      : (page.ends_with("\n\n") || page.empty() ? "```text\n" : "\n```text\n");
      columns = !columns;
    }
    page += (columns ? line.substr(2) : Prose(line)) + "\n";
  }
  return page + (columns ? "```\n" : "");
}

// One command line per example; lines that are indented further continue one.
std::string Examples(const std::string& text) {
  std::string page;
  for (const std::string& line : LinesOf(text)) {
    if (line.starts_with("      ")) page.insert(page.size() - 1, " \\");
    page += line.substr(2) + "\n";
  }
  return fmt::format("```sh\n{}```\n", page);
}

// "`--a`, `--b`", in the order of the command's options.
std::string NamesOf(const CLI::App& app, const std::set<CLI::Option*>& options) {
  std::string names;
  for (const CLI::Option* option : app.get_options()) {
    if (!options.contains(const_cast<CLI::Option*>(option))) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", Code(option->get_name()));
  }
  return names;
}

// A type as help texts name it, and behind it the range of its numbers.
struct TypeText {
  std::string name, range;
};
TypeText TypeOf(const CLI::Option& option) {
  const std::string type = option.get_expected_max() == 0 ? "" : option.get_type_name();
  const size_t colon = type.find(':');
  if (colon == type.npos || type.find("..", colon) == type.npos) return {type, ""};
  return {type.substr(0, colon), type.substr(colon + 1)};
}

// The text in brackets that ends a description is the default.
struct Described {
  std::string what, usual;
};
Described DescribedBy(const std::string& text) {
  const size_t open = text.rfind('[');
  if (open == text.npos || !text.ends_with(']')) return {text, ""};
  const size_t end = text.find_last_not_of(" \n", open - 1);
  return {text.substr(0, end + 1), text.substr(open + 1, text.size() - open - 2)};
}

std::string Row(const CLI::App& app, const CLI::Option& option) {
  const TypeText type = TypeOf(option);
  const bool positional = option.get_positional();
  std::string name = positional ? option.get_name() : option.get_name(false, true);
  for (size_t at = name.find(','); at != name.npos; at = name.find(',', at + 2))
    name.insert(at + 1, " ");
  if (!positional && !type.name.empty()) name += " " + type.name;
  const Described described = DescribedBy(option.get_description());
  std::string what = Escaped(described.what);
  if (!type.range.empty()) what += "; " + type.range;
  const std::string needs = NamesOf(app, option.get_needs());
  const std::string excludes = NamesOf(app, option.get_excludes());
  if (!needs.empty()) what += "; needs " + needs;
  if (!excludes.empty()) what += "; not with " + excludes;
  return fmt::format("| {} | {} | {} |\n", Code(name), what,
                     option.get_required() ? "required" : Escaped(described.usual));
}

std::string Options(const CLI::App& app) {
  std::string rows;
  for (const bool positional : {true, false}) {
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() != positional || option == app.get_help_ptr()) continue;
      rows += Row(app, *option);
    }
  }
  return "| argument | what it means | default |\n| --- | --- | --- |\n" + rows;
}

// Of a subcommand, and then of those below it; `words` are those of the command line.
std::string Section(const CLI::App& app, const std::string& words, const SampleOf& sample) {
  const std::string footer = app.get_footer();
  const size_t at = footer.find(kExamples);
  const size_t name = words.find(' ') + 1;
  std::string path = words.substr(name);
  for (char& c : path) c = c == ' ' ? '/' : c;
  std::string page =
      fmt::format("\n## {}\n\n{}.\n\n{}", words, Escaped(app.get_description()), Options(app));
  page += "\n" + Notes(footer.substr(1, at - 1));
  if (at != footer.npos) page += "\n" + Examples(footer.substr(at + kExamples.size()));
  if (const std::string run = sample(path); !run.empty())
    page += fmt::format("\n```text\n{}```\n", run);
  for (const CLI::App* below : app.get_subcommands({})) {
    page += Section(*below, fmt::format("{} {}", words, below->get_name()), sample);
  }
  return page;
}

}  // namespace

std::string CommandPage(const CLI::App& app, const SampleOf& sample) {
  std::string page =
      "<!-- Made by lutgemm_cli_doc from the options of the command. Do not edit. -->\n\n"
      "# The lutgemm command\n\n";
  page += Notes(app.get_description()) + "\n" + Notes(app.get_footer().substr(1));
  page += "\n| command | what it does |\n| --- | --- |\n";
  for (const CLI::App* below : app.get_subcommands({})) {
    page += fmt::format("| [{0}](#lutgemm-{0}) | {1} |\n", below->get_name(),
                        Escaped(below->get_description()));
  }
  for (const CLI::App* below : app.get_subcommands({})) {
    page += Section(*below, fmt::format("lutgemm {}", below->get_name()), sample);
  }
  return page;
}

}  // namespace lutgemm::tools
