#include "packed_kit.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace lutgemm::io {
namespace {

using io_test::BiasTensor;
using io_test::Contains;
using io_test::Info;
using io_test::Packed;
using io_test::SmallWriter;
using io_test::TempDir;

const WeightInfo kInfo = Info(WeightFormat::kInt2, 4, 8, kWholeRow);

void CheckRefused(const Status& status, Code code, std::string_view part) {
  CHECK(status.code() == code);
  CHECK_MESSAGE(Contains(status.text(), part), status.text());
}

TEST_CASE("writer: names are unique and plain") {
  PackedWriter writer;
  REQUIRE(writer.AddPacked("w", Packed(kInfo)).ok());
  CheckRefused(writer.AddPacked("w", Packed(kInfo)), Code::kBadArgument, "'w': was added already");
  FileTensor bias = BiasTensor();
  bias.name = "w";
  CheckRefused(writer.AddRaw(bias), Code::kBadArgument, "'w': was added already");
  for (const char* name : {"__metadata__", "a\nb", "\xff", "\x7f"}) {
    CAPTURE(name);
    CheckRefused(writer.AddPacked(name, Packed(kInfo)), Code::kBadArgument, "name must be");
  }
}

TEST_CASE("writer: tensors that a file cannot hold") {
  PackedWriter writer;
  CheckRefused(writer.AddPacked("w", PackedWeights()), Code::kBadArgument, "no packed weights");
  FileTensor bias = BiasTensor();
  bias.dtype = "Q4_0";
  CheckRefused(writer.AddRaw(bias), Code::kUnsupportedFormat, "dtype 'Q4_0'");
  bias = BiasTensor();
  bias.shape = {4};
  CheckRefused(writer.AddRaw(bias), Code::kBadShape, "do not fit its shape");
  bias.shape = {~uint64_t{0}, 4};
  CheckRefused(writer.AddRaw(bias), Code::kBadShape, "do not fit its shape");
  bias.shape.assign(65, 1);
  CheckRefused(writer.AddRaw(bias), Code::kBadShape, "do not fit its shape");
}

TEST_CASE("writer: more than a header holds is refused with the file's name") {
  const TempDir dir;
  PackedWriter writer;
  REQUIRE(writer.SetMetadata("key", std::string(kMaxSafetensorsHeader, 'x')).ok());
  const Status status = writer.Write(dir / "long", false);
  CheckRefused(status, Code::kBadShape, "are too long for a header");
  CHECK(status.text().starts_with(dir / "long"));
  CHECK(dir.Names().empty());
}

TEST_CASE("writer: a refused tensor leaves no trace") {
  const TempDir dir;
  PackedWriter writer;
  const uint64_t before = writer.file_bytes();
  FileTensor bias = BiasTensor();
  bias.shape = {4};
  CHECK_FALSE(writer.AddRaw(bias).ok());
  CHECK_FALSE(writer.AddPacked("\n", Packed(kInfo)).ok());
  CHECK(writer.file_bytes() == before);
  REQUIRE(writer.AddRaw(BiasTensor()).ok());
  REQUIRE(writer.Write(dir / "p", false).ok());
  CHECK(TensorFile::Open(dir / "p")->tensors().size() == 1);
}

TEST_CASE("writer: metadata is text and keeps off the library's own keys") {
  const TempDir dir;
  PackedWriter writer;
  CheckRefused(writer.SetMetadata("lutgemm.version", "2"), Code::kBadArgument, "'lutgemm.version'");
  CheckRefused(writer.SetMetadata("lutgemm.tensor.w", "{}"), Code::kBadArgument, "lutgemm.");
  CheckRefused(writer.SetMetadata("a\xff", "x"), Code::kBadArgument, "UTF-8");
  CheckRefused(writer.SetMetadata("a", "\xff"), Code::kBadArgument, "UTF-8");
  const std::string nasty("\"\\\n\0\x1f\xc3\xa9", 7);
  REQUIRE(writer.SetMetadata("a", "first").ok());
  REQUIRE(writer.SetMetadata("a", nasty).ok());
  REQUIRE(writer.SetMetadata(nasty, "b").ok());
  REQUIRE(writer.Write(dir / "p", false).ok());
  const auto file = PackedFile::Open(dir / "p");
  REQUIRE(file.ok());
  CHECK(file->file().metadata().at("a") == nasty);
  CHECK(file->file().metadata().at(nasty) == "b");
  CHECK(file->names().empty());
}

TEST_CASE("writer: names with quotes and of other scripts come back") {
  const TempDir dir;
  PackedWriter writer;
  const std::string kNames[] = {"a\"b\\c", "\xe9\x87\x8d\xe3\x81\xbf", "", "lutgemm.version"};
  for (const std::string& name : kNames) REQUIRE(writer.AddPacked(name, Packed(kInfo)).ok());
  REQUIRE(writer.Write(dir / "p", false).ok());
  const auto file = PackedFile::Open(dir / "p");
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  for (const std::string& name : kNames) CHECK(file->Get(name).ok());
}

TEST_CASE("writer: an existing file stays without overwrite") {
  const TempDir dir;
  const std::string path = dir.Put("p", "precious");
  CheckRefused(SmallWriter().Write(path, false), Code::kExists, "p: already exists");
  CHECK(io_test::ReadFile(path) == "precious");
  CHECK(dir.Names() == std::set<std::string>{"p"});
  REQUIRE(SmallWriter().Write(path, true).ok());
  CHECK(PackedFile::Open(path).ok());
  CHECK(dir.Names() == std::set<std::string>{"p"});
  REQUIRE(SmallWriter().Write(dir / "q", true).ok());
  CHECK(dir.Names() == std::set<std::string>{"p", "q"});
}

TEST_CASE("writer: an input may be overwritten while it is mapped") {
  const TempDir dir;
  REQUIRE(SmallWriter().Write(dir / "p", false).ok());
  const auto input = PackedFile::Open(dir / "p");
  REQUIRE(input.ok());
  PackedWriter writer;
  REQUIRE(writer.AddPacked("w4", *input->Get("w4")).ok());
  REQUIRE(writer.AddRaw(*input->file().Find("bias")).ok());
  REQUIRE(writer.Write(dir / "p", true).ok());
  CHECK(PackedFile::Open(dir / "p")->names().size() == 1);
  CHECK(io_test::Touch(input->file().tensors()) != 0);
}

TEST_CASE("writer: a writer that was moved from") {
  PackedWriter writer = SmallWriter();
  const PackedWriter other = std::move(writer);
  CHECK(writer.file_bytes() == 0);  // NOLINT(bugprone-use-after-move)
  CheckRefused(writer.AddRaw(BiasTensor()), Code::kBadArgument, "moved from");
  CheckRefused(writer.AddPacked("w", Packed(kInfo)), Code::kBadArgument, "moved from");
  CheckRefused(writer.SetMetadata("a", "b"), Code::kBadArgument, "moved from");
  CheckRefused(writer.Write("p", false), Code::kBadArgument, "moved from");
  CHECK(other.file_bytes() > 0);
}

// Runs `body` in a process of its own; its answer is the exit status, or -1 where it was killed.
template <class Body>
int InChild(const Body& body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(body());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("writer: a write that fails midway leaves nothing") {
  for (const bool overwrite : {false, true}) {
    const TempDir dir;
    if (overwrite) dir.Put("p", "old");
    const PackedWriter writer = SmallWriter();
    // Files may not grow past this size: a write beyond it would kill the process.
    const int code = InChild([&] {
      const rlimit limit{900, 900};
      if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 99;
      const Status status = writer.Write(dir / "p", overwrite);
      return Contains(status.text(), "p: no room for ") ? static_cast<int>(status.code()) : 98;
    });
    CHECK(code == static_cast<int>(Code::kIo));
    CHECK(dir.Names() == (overwrite ? std::set<std::string>{"p"} : std::set<std::string>{}));
    if (overwrite) CHECK(io_test::ReadFile(dir / "p") == "old");
  }
}

TEST_CASE("writer: reserved early, a place is found bad before there is anything to write") {
  const TempDir dir;
  PackedWriter writer;
  CheckRefused(writer.Reserve(dir / "none/p", false, 1), Code::kIo, "none/p: cannot create");
  dir.Put("old", "precious");
  CheckRefused(writer.Reserve(dir / "old", false, 1), Code::kExists, "already exists");
  CheckRefused(writer.Reserve(dir / "huge", false, uint64_t{1} << 62), Code::kIo, "no room for");
  REQUIRE(writer.Reserve(dir / "p", false, 1 << 20).ok());
  CHECK_FALSE(std::filesystem::exists(dir / "p"));
  REQUIRE(writer.AddPacked("w", Packed(kInfo)).ok());
  // Another name, or another rule for existing files, is a file of its own.
  REQUIRE(writer.Write(dir / "q", false).ok());
  REQUIRE(writer.Write(dir / "p", false).ok());
  CHECK(io_test::ReadFile(dir / "p") == io_test::ReadFile(dir / "q"));
  struct stat facts = {};
  REQUIRE(stat((dir / "p").c_str(), &facts) == 0);
  CHECK(facts.st_blocks * 512 < 1 << 20);  // what was not needed went back
  {
    PackedWriter given_up;
    REQUIRE(given_up.Reserve(dir / "r", false, 1000).ok());
  }
  CHECK(dir.Names() == std::set<std::string>{"old", "p", "q"});
  REQUIRE(writer.Reserve(dir / "old", true, 10).ok());
  REQUIRE(writer.Write(dir / "old", true).ok());
  CHECK(io_test::ReadFile(dir / "old") == io_test::ReadFile(dir / "q"));
}

TEST_CASE("writer: places that cannot be written") {
  const TempDir dir;
  const PackedWriter writer = SmallWriter();
  CheckRefused(writer.Write(dir / "none/p", false), Code::kIo, "none/p: cannot create");
  CheckRefused(writer.Write(dir.path(), true), Code::kBadArgument, "not a regular file");
  CheckRefused(writer.Write(dir.path(), false), Code::kBadArgument, "is a directory");
  CheckRefused(writer.Write(dir.path() + "/", false), Code::kBadArgument, "not a file name");
  // A pipe of the test's own stands for devices: replacing one of those would harm the machine.
  REQUIRE(mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CheckRefused(writer.Write(dir / "pipe", true), Code::kBadArgument, "not a regular file");
  CHECK(std::filesystem::is_fifo(dir / "pipe"));
  CheckRefused(writer.Write("", false), Code::kBadArgument, "not a file name");
  CheckRefused(writer.Write(dir / std::string_view("a\0b", 3), false), Code::kBadArgument,
               "not a file name");
  CheckRefused(writer.Write(dir / std::string(300, 'x'), false), Code::kIo, "name");
  CHECK(dir.Names() == std::set<std::string>{"pipe"});
}

}  // namespace
}  // namespace lutgemm::io
