// The page that is made from a program's options: rows of its tables, notes, examples.
#include "tools/dev/cli_page.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm::test {
namespace {

// One subcommand with an option of every kind.
std::string PageOf(const std::string& sample) {
  CLI::App app("A program", "tool");
  app.footer("\nWords.");
  CLI::App* command = app.add_subcommand("pack", "Pack a file");
  std::string in, format, other;
  int threads = 0;
  bool force = false;
  command->add_option("IN", in, "File to read")->required();
  CLI::Option* named =
      command->add_option("-f,--format", format, "One of a|b<m>\nor `c|d` [a]")->type_name("X|Y");
  command->add_option("--other", other, "Another")->type_name("FILE:NAME")->excludes(named);
  command->add_option("--threads", threads, "Threads [all; 0]")->type_name("N:0..8")->needs(named);
  command->add_flag("--force", force, "Replace it");
  command->footer(
      "\nWhat it does: docs/some-page.md.\n  column  what\n  other   more\nAnd "
      "_then_.\n\nExamples:\n"
      "  tool pack a\n      --force\n  tool pack b");
  return tools::CommandPage(
      app, [&](const std::string& subcommand) { return subcommand == "pack" ? sample : ""; });
}

bool Has(const std::string& page, const std::string& piece) {
  return page.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("every argument has a row, with default, range and what excludes it") {
  const std::string page = PageOf("");
  CHECK(Has(page, "\n| [pack](#lutgemm-pack) | Pack a file |\n"));
  CHECK(Has(page, "\n## lutgemm pack\n\nPack a file.\n"));
  CHECK(Has(page, "\n| `IN` | File to read | required |\n"));
  CHECK(Has(page,
            "\n| `-f, --format X\\|Y` | One of a\\|b\\<m> or `c\\|d`; not with `--other` | a |\n"));
  CHECK(Has(page, "\n| `--other FILE:NAME` | Another; not with `--format` |  |\n"));
  CHECK(Has(page, "\n| `--threads N` | Threads; 0..8; needs `--format` | all; 0 |\n"));
  CHECK(Has(page, "\n| `--force` | Replace it |  |\n"));
  CHECK_FALSE(Has(page, "--help"));
}

TEST_CASE("notes, examples and a recorded run follow the options") {
  const std::string notes =
      "\nWhat it does: [docs/some-page.md](../some-page.md).\n\n```text\ncolumn  what\nother   "
      "more\n```\n\nAnd \\_then\\_.\n";
  const std::string examples = "\n```sh\ntool pack a \\\n    --force\ntool pack b\n```\n";
  CHECK(Has(PageOf(""), notes + examples));
  CHECK(PageOf("").ends_with(examples));
  CHECK(PageOf("$ tool pack a\ndone\n")
            .ends_with(examples + "\n```text\n$ tool pack a\ndone\n```\n"));
}

}  // namespace lutgemm::test
