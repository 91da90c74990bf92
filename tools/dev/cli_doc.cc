// lutgemm_cli_doc: makes docs/gen/cli.md from the options of the command.
//
//     lutgemm_cli_doc            exits with 1 where the page is not what the options say
//     lutgemm_cli_doc --write    writes it
#include "tools/command/commands.h"
#include "tools/dev/cli_page.h"

#include <fmt/core.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

namespace tools = lutgemm::tools;

constexpr char kPage[] = LUTGEMM_SOURCE_DIR "/docs/gen/cli.md";

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const bool write = argc == 2 && std::string_view(argv[1]) == "--write";
  if (argc > 1 && !write) {
    fmt::print(stderr, "lutgemm_cli_doc: the only argument is --write\n");
    return 2;
  }
  CLI::App app;
  tools::Context context;
  tools::MakeCommand(app, context);
  const std::string page = tools::CommandPage(app, [](const std::string& subcommand) {
    return ReadText(fmt::format("{}/tools/command/{}/sample.txt", LUTGEMM_SOURCE_DIR, subcommand));
  });
  if (page == ReadText(kPage)) return 0;
  if (!write) {
    fmt::print(stderr,
               "docs/gen/cli.md is not what the options say; run lutgemm_cli_doc --write\n");
    return 1;
  }
  std::ofstream file(kPage, std::ios::binary);
  file << page;
  file.close();
  return file ? 0 : 1;
}
