// Standard streams that are closed, full or a pipe without a reader: what the command returns, and
// that no file of its own becomes one of them.
#include "support/sample.h"
#include "tools/kit.h"

#include <array>

#include <functional>

using namespace lutgemm::test::tool;

namespace {

// How a stream is given to the command.
enum class Stream { kFile, kClosed, kFull, kBrokenPipe };

struct Streams {
  Stream in = Stream::kFile, out = Stream::kFile, err = Stream::kFile;
};

// In the child: makes `fd` what it shall be. Files are those of `path`.
void Give(int fd, Stream stream, const std::string& path) {
  int pipes[2] = {-1, -1};
  switch (stream) {
    case Stream::kFile:
      dup2(open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR, 0600), fd);
      break;
    case Stream::kClosed:
      break;  // by the caller
    case Stream::kFull:
      dup2(open("/dev/full", O_WRONLY), fd);
      break;
    case Stream::kBrokenPipe:
      if (pipe(pipes) != 0) _exit(126);
      dup2(pipes[1], fd);
      close(pipes[0]);
      break;
  }
}

Outcome RunWith(const TempDir& dir, const Streams& streams,
                const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(LUTGEMM_COMMAND)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string out = dir / ".out", err = dir / ".err";
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    signal(SIGPIPE, SIG_DFL);
    const std::array given = {streams.in, streams.out, streams.err};
    const std::array paths = {std::string("/dev/null"), out, err};
    for (int fd = 0; fd < 3; ++fd) Give(fd, given[size_t(fd)], paths[size_t(fd)]);
    // Last, because whatever is opened takes the lowest descriptor that is free.
    for (int fd = 0; fd < 64; ++fd) {
      if (fd >= 3 || given[size_t(fd)] == Stream::kClosed) close(fd);
    }
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                  WIFSIGNALED(status) ? WTERMSIG(status) : 0, ReadText(out), ReadText(err)};
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  return outcome;
}

// Command lines of every command that print something and take no time, in text and as JSON. The
// files they read are made in `dir`.
std::vector<std::vector<std::string>> Lines(const TempDir& dir) {
  const std::string in = dir / "in.safetensors", packed = dir / "packed.safetensors";
  WriteSafetensors(in, SmallModel());
  REQUIRE(Run(dir, {"repack", in, "-o", packed}).code == 0);
  WriteText(dir / "p.s", "halt\n");
  std::vector<std::vector<std::string>> lines = {
      {"--help"}, {"--version"}, {"verify", "--help"}, {"dse", "--help"}, {"sim", "bitmod", "-h"}};
  const std::vector<std::vector<std::string>> both = {
      {"cpu"},
      {"explain", "--n", "64", "--k", "64"},
      {"inspect", in},
      {"inspect", packed},
      {"verify", packed},
      {"repack", in, "-o", dir / "unused.safetensors", "--dry-run"},
      {"asm", dir / "p.s"},
      {"disasm", "--word", "0x0100000000000000"},
      {"sim", dir / "p.s"},
      {"sim", "--problem", "1x64x64", "--format", "int2"},
      {"sim", "bitmod", "--dtype", "bitmod3"},
      {"dse", "--paper"},
      {"dse", "--ternary", "1x64x64"},
      {"dse", "--problem", "1x64x64"},
      {"dse", "--macs", "64"}};
  for (const auto& line : both) {
    lines.push_back(line);
    lines.push_back(line);
    lines.back().push_back("--json");
  }
  return lines;
}

std::string Show(const std::vector<std::string>& line) {
  std::string text;
  for (const std::string& word : line) text += word + " ";
  return text;
}

}  // namespace

TEST_CASE("a report that cannot be written is told, and is no success") {
  const TempDir dir;
  for (const auto& line : Lines(dir)) {
    if (!lutgemm::test::Sampled()) continue;
    CAPTURE(Show(line));
    const Outcome full = RunWith(dir, {.out = Stream::kFull}, line);
    CHECK(full.code == 1);
    CHECK(full.err.find("cannot write to stdout: No space left") != std::string::npos);
    const Outcome closed = RunWith(dir, {.out = Stream::kClosed}, line);
    CHECK(closed.code == 1);
    CHECK(closed.err.find("cannot write to stdout: Bad file") != std::string::npos);
    // Whoever reads may stop, as `head` does.
    const Outcome pipe = RunWith(dir, {.out = Stream::kBrokenPipe}, line);
    CHECK(pipe.code == 0);
    CHECK(pipe.err.empty());
    const Outcome mute = RunWith(dir, {Stream::kClosed, Stream::kFile, Stream::kClosed}, line);
    CHECK(mute.code == 0);
    CHECK_FALSE(mute.out.empty());
  }
}

TEST_CASE("an error that cannot be told keeps its exit code") {
  const TempDir dir;
  WriteText(dir / "bad.s", "nonsense\n");
  const std::vector<std::pair<std::vector<std::string>, int>> lines = {
      {{}, 2},
      {{"frobnicate"}, 2},
      {{"explain", "--n", "-5", "--k", "64"}, 2},
      {{"explain", "--n", "64", "--k", "64", "--target", "Z80"}, 2},
      {{"inspect", dir / "absent"}, 3},
      {{"verify", dir / "absent"}, 3},
      {{"asm", dir / "bad.s"}, 3},
      {{"asm", dir / "bad.s", "--json"}, 3},
      {{"sim", dir / "bad.s"}, 3},
      {{"dse", "--problem", "1x64x64", "--machine", dir / "absent.json"}, 3}};
  for (const auto& entry : lines) {
    const std::vector<std::string>& line = entry.first;
    const int code = entry.second;
    CAPTURE(Show(line));
    for (const Stream err : {Stream::kClosed, Stream::kFull, Stream::kBrokenPipe}) {
      for (const Stream out : {Stream::kFile, Stream::kClosed, Stream::kFull}) {
        const Outcome outcome = RunWith(dir, {Stream::kClosed, out, err}, line);
        CHECK(outcome.signal == 0);
        CHECK(outcome.code == code);
      }
    }
  }
}

TEST_CASE("a trace that is lost is no success") {
  const TempDir dir;
  WriteText(dir / "p.s", "halt\n");
  const std::vector<std::string> traced = {"sim", dir / "p.s", "--trace"};
  CHECK(RunWith(dir, {.err = Stream::kFull}, traced).code == 1);
  CHECK(RunWith(dir, {.err = Stream::kClosed}, traced).code == 1);
  CHECK(RunWith(dir, {.err = Stream::kBrokenPipe}, traced).code == 0);
  const Outcome kept = RunWith(dir, {}, traced);
  CHECK(kept.code == 0);
  CHECK(kept.err.find("halt") != std::string::npos);
  CHECK(RunWith(dir, {.err = Stream::kFull}, {"sim", "--problem", "1x64x64", "--trace"}).code == 1);
  CHECK(RunWith(dir, {.err = Stream::kFull}, {"sim", dir / "p.s"}).code == 0);
}

TEST_CASE("a failed check stays one when its report is lost") {
  const TempDir dir;
  const std::string packed = dir / "packed.safetensors";
  WriteSafetensors(dir / "in.safetensors", SmallModel());
  REQUIRE(Run(dir, {"repack", dir / "in.safetensors", "-o", packed}).code == 0);
  std::string bytes = ReadText(packed);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  bytes[static_cast<size_t>(header) + 8 + 100] ^= 1;
  WriteText(packed, bytes);
  for (const Stream out : {Stream::kFull, Stream::kClosed, Stream::kBrokenPipe}) {
    CHECK(RunWith(dir, {.out = out}, {"inspect", packed}).code == 1);
    CHECK(RunWith(dir, {.out = out}, {"verify", packed, "--json"}).code == 1);
  }
}

TEST_CASE("no file of the command becomes a standard stream") {
  const TempDir dir;
  const std::string in = dir / "in.safetensors", out = dir / "out.safetensors";
  WriteSafetensors(in, SmallModel());
  REQUIRE(Run(dir, {"repack", in, "-o", out}).code == 0);
  const std::string right = ReadText(out);
  WriteText(dir / "p.s", "halt\n");
  for (const Streams& streams : {Streams{Stream::kClosed, Stream::kClosed, Stream::kClosed},
                                 Streams{Stream::kFile, Stream::kClosed, Stream::kClosed},
                                 Streams{Stream::kClosed, Stream::kClosed, Stream::kFile},
                                 Streams{Stream::kClosed, Stream::kFull, Stream::kBrokenPipe}}) {
    std::filesystem::remove(out);
    std::filesystem::remove(dir / "p.bin");
    // The report is lost, the file is not.
    CHECK(RunWith(dir, streams, {"repack", in, "-o", out}).code == 1);
    CHECK(ReadText(out) == right);
    CHECK(RunWith(dir, streams, {"asm", dir / "p.s", "-o", dir / "p.bin"}).code == 0);
    CHECK(ReadText(dir / "p.bin").size() == 16);
  }
}
