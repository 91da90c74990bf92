// Numbers: what options take and refuse, and how reports write them.
#include "tools/console/numbers.h"

#include "support/sample.h"
#include "tools/command/commands.h"
#include "tools/console/report.h"
#include "tools/kit.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

using namespace lutgemm::tools;
using lutgemm::test::tool::Outcome;
using lutgemm::test::tool::Run;
using lutgemm::test::tool::TempDir;

namespace {

// The type names that options with numbers have.
const std::set<std::string> kWholeTypes = {"N", "M", "K", "BITS", "MiB"};
const std::set<std::string> kRealTypes = {"MS", "S", "GHZ", "X"};
const std::vector<std::string> kNoNumbers = {
    "-0",    "-0.0", "-5",    "+5", "-1e3", "nan",  "-nan",    "inf", "-inf",
    "0x10",  "0b1",  "5x",    "x",  " 5",   "5 ",   "",        ",5",  "1,5",
    "1'000", "--5",  "1e400", "1e", ".",    "five", "\xd9\xa3"};
// These are numbers, but no counts.
const std::vector<std::string> kNoCounts = {
    "1e9", "1.5", "5.0", "0.5", "18446744073709551616", "99999999999999999999999"};

// The options of a command and of those below it that take a number; `path` leads to them.
struct Found {
  std::vector<std::string> path;
  std::string option;
  bool whole;
};
void Collect(const CLI::App& command, const std::vector<std::string>& path,
             std::vector<Found>& found) {
  for (const CLI::Option* option : command.get_options()) {
    // A validator writes its range behind the type: "N:1..64".
    const std::string type = option->get_type_name();
    const std::string name = type.substr(0, type.find(':'));
    const bool whole = kWholeTypes.contains(name);
    if (whole || kRealTypes.contains(name)) found.push_back({path, option->get_name(), whole});
  }
  for (const CLI::App* below : command.get_subcommands({})) {
    std::vector<std::string> longer = path;
    longer.push_back(below->get_name());
    Collect(*below, longer, found);
  }
}

// What parsing says of one option's value; empty where it takes it. Nothing runs: no command line
// here is complete.
std::string Parse(CLI::App& app, const Found& where, const std::string& value) {
  std::vector<std::string> arguments = where.path;
  arguments.push_back(where.option + "=" + value);
  arguments.push_back("--no-such-option");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ValidationError& error) {
    return error.what();
  } catch (const CLI::ParseError& error) {
    // An empty value takes the next word, which is none; and the rest is not known.
    return value.empty() && dynamic_cast<const CLI::ArgumentMismatch*>(&error) ? error.what() : "";
  }
  return {};
}

}  // namespace

TEST_CASE("every option with a number refuses what is none") {
  CLI::App app;
  Context context;
  MakeCommand(app, context);
  std::vector<Found> found;
  Collect(app, {}, found);
  CHECK(found.size() >= 40);
  for (const Found& where : found) {
    std::string command;
    for (const std::string& word : where.path) command += word + " ";
    CAPTURE(command);
    CAPTURE(where.option);
    CHECK(Parse(app, where, where.option == "--act-bfp" ? "4" : "8").empty());
    std::vector<std::string> wrong = kNoNumbers;
    if (where.whole) wrong.insert(wrong.end(), kNoCounts.begin(), kNoCounts.end());
    for (const std::string& value : wrong) {
      CAPTURE(value);
      const std::string says = Parse(app, where, value);
      CHECK(says.find(where.option) != std::string::npos);
    }
  }
}

TEST_CASE("numbers in lists and shapes are as strict") {
  const TempDir dir;
  for (const char* wrong : {"-5", "+5", "nan", "0x10", "5.0", "1e3", "", " 5", "0", "4294967297",
                            "18446744073709551615", "18446744073709551616",
                            "340282366920938463463374607431768211456"}) {
    const std::string number = wrong;
    const std::vector<std::vector<std::string>> lines = {
        {"bench", "--shapes", "1x" + number + "x64"},
        {"bench", "--formats", "int4:" + number},
        {"bench", "--formats", "bfp4b" + number},
        {"tune", "--shapes", number + "x64"},
        {"tune", "--tokens", "1," + number},
        {"explain", "--n", "64", "--k", "64", "--group", number},
        {"dse", "--table-bits", number},
        {"dse", "--problem", "1x64x" + number},
        {"dse", "--ternary", number + "x64x64"},
        {"dse", "--ternary", "1x64x64", "--planes", "m2n" + number + "k4"},
        {"sim", "--problem", number + "x64x64"},
        {"sim", "--problem", "1x64x64", "--machine", "m" + number + "n64k4"},
        {"sim", "bitmod", "--set", "lanes=" + number}};
    for (const auto& line : lines) {
      CAPTURE(number);
      CAPTURE(line[1]);
      CAPTURE(line[2]);
      if (!lutgemm::test::Sampled()) continue;
      const Outcome outcome = Run(dir, line);
      CHECK(outcome.code == 2);
      CHECK(outcome.out.empty());
      CHECK_FALSE(outcome.err.empty());
    }
  }
}

TEST_CASE("every option that takes a number says so by its type") {
  // Options that take text; any other is a number, whose type the test above knows.
  const std::set<std::string> texts = {
      "FORMAT",    "N|row|tensor",   "KIND", "TYPE",  "LAYOUT",    "LIST", "NAME", "FILE",
      "OUT",       "ORIGINAL",       "MODE", "SCOPE", "GLOB",      "DIR",  "WORD", "PREFIX",
      "IMAGE",     "MxNxK",          "TEXT", "SHAPE", "KEY=VALUE", "HEX",  "",     "TYPE|FILE",
      "NAME|FILE", "SHAPE|NAME|FILE"};
  const std::function<void(const CLI::App&)> look = [&](const CLI::App& command) {
    for (const CLI::Option* option : command.get_options()) {
      const std::string type = option->get_type_name();
      const std::string name = type.substr(0, type.find(':'));
      CAPTURE(command.get_name());
      CAPTURE(option->get_name());
      CAPTURE(name);
      CHECK((texts.contains(name) || kWholeTypes.contains(name) || kRealTypes.contains(name)));
    }
    for (const CLI::App* below : command.get_subcommands({})) look(*below);
  };
  CLI::App app;
  Context context;
  MakeCommand(app, context);
  look(app);
}

TEST_CASE("no option and no argument of any command may be empty") {
  size_t seen = 0;
  const std::function<void(CLI::App&)> look = [&](CLI::App& command) {
    for (CLI::Option* option : command.get_options()) {
      if (option->get_expected_max() == 0) continue;  // a flag
      ++seen;
      CAPTURE(command.get_name());
      CAPTURE(option->get_name());
      option->clear();
      option->add_result("");
      std::string says;
      try {
        option->run_callback();
      } catch (const CLI::ValidationError& error) {
        says = error.what();
      }
      CHECK(says.find(option->get_name()) != std::string::npos);
    }
    for (CLI::App* below : command.get_subcommands({})) look(*below);
  };
  CLI::App app;
  Context context;
  MakeCommand(app, context);
  look(app);
  CHECK(seen >= 100);
  // One that would do something else, and would look as if all was well.
  const TempDir dir;
  const Outcome outcome = Run(dir, {"verify", "packed", "--against", ""});
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("--against: must not be empty") != std::string::npos);
}

TEST_CASE("ranges hold at both ends, and zeros in front mean nothing") {
  const CLI::Validator whole = WholeNumber(3, 80);
  for (std::string text : {"3", "80", "008", "0000000000000000000000000080"})
    CHECK(whole(text).empty());
  for (std::string text : {"2", "81", "0", "000"}) CHECK_FALSE(whole(text).empty());
  std::string octal = "010";
  CHECK(whole(octal).empty());
  CHECK(octal == "10");
  const CLI::Validator real = RealNumber(0.5, 2.5);
  for (std::string text : {"0.5", "2.5", "1e0", "25e-1", ".5"}) CHECK(real(text).empty());
  for (std::string text : {"0.49999", "2.50001", "0", "1e3"}) CHECK_FALSE(real(text).empty());
  CHECK(ReadCount("18446744073709551615") == kAnyCount);
}

TEST_CASE("NumberText keeps significant digits") {
  CHECK(NumberText(0) == "0");
  CHECK(NumberText(64) == "64");
  CHECK(NumberText(-3.0) == "-3");
  CHECK(NumberText(1234567.8) == "1234568");
  CHECK(NumberText(12.3456) == "12.35");
  CHECK(NumberText(0.0012345678) == "0.001235");
  CHECK(NumberText(9.99999) == "10.000");
  CHECK(NumberText(1.23456e-7) == "1.235e-07");
  CHECK(NumberText(1.23456e20) == "1.235e+20");
  CHECK(NumberText(-0.05, 2) == "-0.050");
  CHECK(NumberText(std::numeric_limits<double>::infinity()) == "inf");
}
