// The reference page of the command, made from the command's own options and help texts.
#ifndef LUTGEMM_TOOLS_DEV_CLI_PAGE_H_
#define LUTGEMM_TOOLS_DEV_CLI_PAGE_H_

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace lutgemm::tools {

// A recorded run of a subcommand, by its words behind the command's name with '/' between: its
// command line behind "$ ", then what it printed. Empty where none is recorded.
using SampleOf = std::function<std::string(const std::string& subcommand)>;

// Markdown: what the command is, then each subcommand with its options, notes, examples and sample.
std::string CommandPage(const CLI::App& app, const SampleOf& sample);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_DEV_CLI_PAGE_H_
