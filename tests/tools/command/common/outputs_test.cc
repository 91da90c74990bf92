// Files that commands write: never over something else, and refused before the work is done.
#include "tools/kit.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>

using namespace lutgemm::test::tool;
using Names = std::set<std::string>;

namespace {

// Every command that writes a file, with all it needs but the file's name.
struct Writer {
  std::vector<std::string> arguments;
  std::string option;
};

std::vector<Writer> Writers(const TempDir& dir) {
  WriteSafetensors(dir / "in", SmallModel());
  WriteText(dir / "p.s", "halt\n");
  return {{{"repack", dir / "in"}, "-o"},
          {{"tune", "--formats", "int2", "--shapes", "64x64", "--tokens", "1", "--min-time", "1"},
           "-o"},
          {{"asm", dir / "p.s"}, "-o"},
          {{"sim", dir / "p.s", "--global-bytes", "64"}, "--dump"}};
}

std::vector<std::string> With(const Writer& writer, const std::string& path, bool force) {
  std::vector<std::string> arguments = writer.arguments;
  arguments.insert(arguments.end(), {writer.option, path});
  if (force) arguments.push_back("--force");
  return arguments;
}

void CheckRefused(const TempDir& dir, const Writer& writer, const std::string& path,
                  const std::string& reason) {
  for (const bool force : {false, true}) {
    const Outcome outcome = Run(dir, With(writer, path, force));
    CAPTURE(writer.arguments[0]);
    CAPTURE(outcome.err);
    CHECK(outcome.code != 0);
    CHECK(outcome.err.find(reason) != std::string::npos);
    CHECK(outcome.out.empty());
  }
}

}  // namespace

TEST_CASE("no command replaces a file without --force, and with it a file keeps its mode") {
  const TempDir dir;
  for (const Writer& writer : Writers(dir)) {
    CAPTURE(writer.arguments[0]);
    const std::string path = dir / "out";
    WriteText(path, "my only checkpoint");
    REQUIRE(chmod(path.c_str(), 0444) == 0);
    const Outcome refused = Run(dir, With(writer, path, false));
    CHECK(refused.code == 2);
    CHECK(refused.err.find("--force") != std::string::npos);
    CHECK(ReadText(path) == "my only checkpoint");
    const Outcome forced = Run(dir, With(writer, path, true));
    CHECK_MESSAGE(forced.code == 0, forced.err);
    CHECK(ReadText(path) != "my only checkpoint");
    struct stat facts = {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0444);
    std::filesystem::remove(path);
    CHECK(dir.Names() == Names{"in", "p.s"});
  }
}

TEST_CASE("no command replaces links to open files, pipes or folders") {
  const TempDir dir;
  const std::vector<Writer> writers = Writers(dir);
  // A link of the test's own stands for the machine's /dev/stdout, which leads to the same place.
  std::filesystem::create_symlink("/proc/self/fd/1", dir / "link");
  REQUIRE(mkfifo((dir / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("gone", dir / "dangling");
  for (const Writer& writer : writers) {
    const bool tune = writer.arguments[0] == "tune";
    CheckRefused(dir, writer, dir / "link", tune ? "" : "open files of a process");
    CheckRefused(dir, writer, dir / "pipe", "regular file");
    CheckRefused(dir, writer, dir.path(), tune ? "regular file" : "is a directory");
    CheckRefused(dir, writer, dir / "dangling", "does not exist");
  }
  CHECK(std::filesystem::is_symlink(dir / "link"));
  CHECK(std::filesystem::is_fifo(dir / "pipe"));
  CHECK(std::filesystem::is_symlink(dir / "dangling"));
}

TEST_CASE("a link to a file stays, and the file is replaced") {
  const TempDir dir;
  const std::vector<Writer> writers = Writers(dir);
  std::filesystem::create_symlink("real", dir / "link");
  for (const Writer& writer : writers) {
    CAPTURE(writer.arguments[0]);
    WriteText(dir / "real", "old");
    CHECK(Run(dir, With(writer, dir / "link", true)).code == 0);
    CHECK(std::filesystem::is_symlink(dir / "link"));
    CHECK(ReadText(dir / "real") != "old");
  }
}

// The work would take minutes: whatever can be found wrong without it is.
TEST_CASE("repack finds out before it quantises") {
  const TempDir dir;
  std::vector<Tensor> model = {RandomTensor("a.weight", 1024, 1024)};
  WriteSafetensors(dir / "in", model);
  WriteText(dir / "file", "");
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> slow = {"--format", "bitmod4", "--scale-grid"};
  const auto refused = [&](const std::string& out) {
    std::vector<std::string> arguments = {"repack", dir / "in", "-o", out};
    arguments.insert(arguments.end(), slow.begin(), slow.end());
    return Run(dir, arguments).code;
  };
  CHECK(refused(dir / "no/such/folder/out") == 3);
  CHECK(refused(dir / "file/out") == 3);
  const auto took = std::chrono::steady_clock::now() - start;
  const auto work = std::chrono::steady_clock::now();
  CHECK(refused(dir / "out") == 0);
  CHECK(took < (std::chrono::steady_clock::now() - work) / 2);
}

TEST_CASE("a limit on the size of files ends with a message") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  rlimit before = {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{1024, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const Process process(dir, {"repack", dir / "in", "-o", dir / "out"});
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  const Outcome outcome = process.Wait();
  CHECK(outcome.signal == 0);
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("at most 1024 bytes") != std::string::npos);
  CHECK(dir.Names() == Names{"in"});
}
