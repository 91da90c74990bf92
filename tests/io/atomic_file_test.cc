#include "io/atomic_file.h"

#include "kit.h"

#include <sys/wait.h>

#include <csignal>

namespace lutgemm::io {
namespace {

using io_test::Contains;
using io_test::TempDir;
using Names = std::set<std::string>;

Status Put(AtomicFile& file, std::string_view text) {
  return file.Write(std::as_bytes(std::span(text)));
}

TEST_CASE("atomic file: appears when committed, in every mode") {
  for (const bool unnamed : {true, false}) {
    for (const bool overwrite : {true, false}) {
      CAPTURE(unnamed);
      CAPTURE(overwrite);
      const TempDir dir;
      auto file = AtomicFile::Create(dir / "f", {overwrite, 6, unnamed});
      REQUIRE_MESSAGE(file.ok(), file.status().text());
      if (!unnamed) CHECK_FALSE(file->unnamed());
      CHECK(dir.Names().size() == (file->unnamed() ? 0u : 1u));
      REQUIRE(Put(*file, "abc").ok());
      REQUIRE(Put(*file, "").ok());
      REQUIRE(Put(*file, "def").ok());
      CHECK_FALSE(std::filesystem::exists(dir / "f"));
      REQUIRE(file->Commit().ok());
      CHECK(io_test::ReadFile(dir / "f") == "abcdef");
      CHECK(dir.Names() == Names{"f"});
    }
  }
}

TEST_CASE("atomic file: given up, it leaves nothing") {
  for (const bool unnamed : {true, false}) {
    const TempDir dir;
    {
      auto file = AtomicFile::Create(dir / "f", {false, 0, unnamed});
      REQUIRE(file.ok());
      REQUIRE(Put(*file, "abc").ok());
    }
    CHECK(dir.Names().empty());
  }
}

TEST_CASE("atomic file: a name taken meanwhile is not replaced") {
  for (const bool unnamed : {true, false}) {
    const TempDir dir;
    {
      auto file = AtomicFile::Create(dir / "f", {false, 0, unnamed});
      REQUIRE(file.ok());
      REQUIRE(Put(*file, "mine").ok());
      dir.Put("f", "theirs");
      CHECK(file->Commit().code() == Code::kExists);
    }
    CHECK(io_test::ReadFile(dir / "f") == "theirs");
    CHECK(dir.Names() == Names{"f"});
  }
}

TEST_CASE("atomic file: a dangling link is taken too") {
  const TempDir dir;
  std::filesystem::create_symlink("nowhere", dir / "f");
  CHECK(AtomicFile::Create(dir / "f", {}).status().code() == Code::kExists);
}

TEST_CASE("atomic file: replacing needs a target that can be replaced") {
  for (const bool unnamed : {true, false}) {
    const TempDir dir;
    {
      auto file = AtomicFile::Create(dir / "f", {true, 0, unnamed});
      REQUIRE(file.ok());
      std::filesystem::create_directory(dir / "f");
      const Status status = file->Commit();
      CHECK(status.code() == Code::kIo);
      CHECK_MESSAGE(Contains(status.text(), "cannot replace"), status.text());
    }
    CHECK(dir.Names() == Names{"f"});
  }
}

TEST_CASE("atomic file: names without a directory mean the current one") {
  const TempDir dir;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  auto file = AtomicFile::Create("f", {});
  const bool ok = file.ok() && Put(*file, "abc").ok() && file->Commit().ok();
  std::filesystem::current_path(before);
  CHECK(ok);
  CHECK(dir.Names() == Names{"f"});
}

TEST_CASE("atomic file: a killed process leaves nothing where unnamed files exist") {
  const TempDir dir;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto file = AtomicFile::Create(dir / "f", {});
    if (!file.ok() || !Put(*file, std::string(100000, 'x')).ok()) _exit(99);
    if (!file->unnamed()) _exit(77);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status)) {
    // The file system has only named temporaries; those a kill leaves behind.
    CHECK(WEXITSTATUS(status) == 77);
    CHECK_FALSE(std::filesystem::exists(dir / "f"));
  } else {
    CHECK(dir.Names().empty());
  }
}

TEST_CASE("atomic file: a size that no disk has is refused early") {
  const TempDir dir;
  AtomicFile::Options options;
  options.expected_bytes = uint64_t{1} << 62;
  const auto file = AtomicFile::Create(dir / "f", options);
  if (!file.ok()) {  // file systems that cannot reserve find out later
    CHECK(file.status().code() == Code::kIo);
    CHECK(Contains(file.status().text(), "no room for"));
  }
  CHECK_FALSE(std::filesystem::exists(dir / "f"));
}

}  // namespace
}  // namespace lutgemm::io
