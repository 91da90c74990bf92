#include "io/atomic_file.h"

#include "base/text.h"
#include "kit.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

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

// Writes `text` to the name, or says why not.
Status PutFile(const std::string& path, std::string_view text, bool overwrite = true) {
  auto file = AtomicFile::Create(path, {overwrite, text.size(), true});
  if (!file.ok()) return file.status();
  if (Status status = Put(*file, text); !status.ok()) return status;
  return file->Commit();
}

void CheckRefused(const std::string& path, std::string_view reason) {
  for (const bool overwrite : {false, true}) {
    const Status status = PutFile(path, "new", overwrite);
    CHECK(status.code() == Code::kBadArgument);
    CHECK_MESSAGE(Contains(status.text(), reason), status.text());
  }
}

TEST_CASE("atomic file: a link stays, and the file that it leads to is replaced") {
  const TempDir dir;
  std::filesystem::create_directory(dir / "d");
  dir.Put("d/file", "old");
  std::filesystem::create_symlink("file", dir / "d/near");
  std::filesystem::create_symlink("d/near", dir / "f");
  CHECK(PutFile(dir / "f", "new", false).code() == Code::kExists);
  REQUIRE(PutFile(dir / "f", "new").ok());
  CHECK(std::filesystem::read_symlink(dir / "f") == "d/near");
  CHECK(std::filesystem::read_symlink(dir / "d/near") == "file");
  CHECK(io_test::ReadFile(dir / "d/file") == "new");
  CHECK(dir.Names() == Names{"d", "f"});
  // A link among the folders is only a way.
  std::filesystem::create_directory_symlink("d", dir / "way");
  REQUIRE(PutFile(dir / "way/file", "newer").ok());
  CHECK(io_test::ReadFile(dir / "d/file") == "newer");
  CHECK(std::filesystem::is_symlink(dir / "way"));
}

TEST_CASE("atomic file: links to nothing, round in circles, and to a folder are refused") {
  const TempDir dir;
  std::filesystem::create_symlink("nowhere", dir / "dangling");
  CheckRefused(dir / "dangling", "nowhere, which does not exist");
  std::filesystem::create_symlink("b", dir / "a");
  std::filesystem::create_symlink("a", dir / "b");
  CheckRefused(dir / "a", "links");
  std::filesystem::create_directory_symlink(".", dir / "here");
  CheckRefused(dir / "here", "is a directory");
  CheckRefused(dir / "..", "is a directory");
  CHECK(dir.Names() == Names{"dangling", "a", "b", "here"});
}

// Names in /proc are how the system spells open files: /dev/stdout is a link to one.
TEST_CASE("atomic file: open files are no names, however they are reached") {
  const TempDir dir;
  const std::string path = dir.Put("open", "old");
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(fd.ok());
  const std::string name = base::Cat("/proc/self/fd/", fd.get());
  CheckRefused(name, "open files of a process");
  CheckRefused(base::Cat("/proc/", getpid(), "/fd/", fd.get()), "open files of a process");
  std::filesystem::create_symlink(name, dir / "f");
  CheckRefused(dir / "f", "open files of a process");
  std::filesystem::create_symlink("/proc/self/fd", dir / "way");
  CheckRefused(base::Cat(dir / "way/", fd.get()), "open files of a process");
  CHECK(io_test::ReadFile(path) == "old");
  CHECK(std::filesystem::is_symlink(dir / "f"));
}

TEST_CASE("atomic file: what the process prints to is not replaced") {
  const TempDir dir;
  const std::string path = dir.Put("out", "");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int fd = open(path.c_str(), O_WRONLY);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) _exit(99);
    const Status status = PutFile(path, "new");
    _exit(status.code() == Code::kBadArgument && Contains(status.text(), "standard output") ? 0
                                                                                            : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(io_test::ReadFile(path).empty());
}

TEST_CASE("atomic file: sockets, pipes and devices are refused") {
  const TempDir dir;
  REQUIRE(mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CheckRefused(dir / "pipe", "not a regular file");
  std::filesystem::create_symlink("pipe", dir / "link");
  CheckRefused(dir / "link", "not a regular file");
  CHECK(std::filesystem::is_fifo(dir / "pipe"));
  CHECK(std::filesystem::is_symlink(dir / "link"));
}

TEST_CASE("atomic file: a file that is replaced hands on its permissions") {
  for (const mode_t mode : {0600, 0444, 0751}) {
    CAPTURE(mode);
    const TempDir dir;
    const std::string path = dir.Put("f", "old");
    REQUIRE(chmod(path.c_str(), mode) == 0);
    REQUIRE(PutFile(path, "new").ok());
    struct stat facts = {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == mode);
    CHECK(io_test::ReadFile(path) == "new");
  }
}

// Access lists as the system has them: a version, then tag, permissions and id of each entry.
struct AclEntry {
  uint16_t tag, permissions;
  uint32_t id;
};
std::string AclBytes(const std::vector<AclEntry>& entries) {
  const uint32_t version = 2;
  std::string bytes(reinterpret_cast<const char*>(&version), sizeof(version));
  for (const AclEntry& entry : entries) {
    bytes.append(reinterpret_cast<const char*>(&entry), sizeof(entry));
  }
  return bytes;
}
constexpr uint32_t kNoId = 0xffffffff;
// Owner, user 65534, group, mask, others.
std::string ListWithUser(uint16_t user, uint16_t mask) {
  return AclBytes(
      {{1, 6, kNoId}, {2, user, 65534}, {4, 0, kNoId}, {16, mask, kNoId}, {32, 0, kNoId}});
}

TEST_CASE("atomic file: the folder's list for new files does not open one that is replaced") {
  const TempDir dir;
  const std::string path = dir.Put("f", "old");
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  const std::string folder = std::filesystem::path(path).parent_path();
  const std::string list = ListWithUser(6, 6);
  if (setxattr(folder.c_str(), "system.posix_acl_default", list.data(), list.size(), 0) != 0) {
    MESSAGE("this file system has no access lists");
    return;
  }
  REQUIRE(PutFile(path, "new").ok());
  CHECK(getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) < 0);
  struct stat facts = {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0640);
  // A list of its own is handed on.
  const std::string own = ListWithUser(4, 4);
  REQUIRE(setxattr(path.c_str(), "system.posix_acl_access", own.data(), own.size(), 0) == 0);
  REQUIRE(PutFile(path, "newer").ok());
  std::string got(own.size(), '\0');
  REQUIRE(getxattr(path.c_str(), "system.posix_acl_access", got.data(), got.size()) ==
          static_cast<ssize_t>(own.size()));
  CHECK(got == own);
}

TEST_CASE("atomic file: a name that became a link meanwhile is not written through") {
  const TempDir dir;
  dir.Put("other", "theirs");
  dir.Put("f", "old");
  auto file = AtomicFile::Create(dir / "f", {true, 0, true});
  REQUIRE(file.ok());
  REQUIRE(Put(*file, "mine").ok());
  std::filesystem::remove(dir / "f");
  std::filesystem::create_symlink("other", dir / "f");
  CHECK(Contains(file->Commit().text(), "nothing is replaced"));
  CHECK(io_test::ReadFile(dir / "other") == "theirs");
  CHECK(std::filesystem::is_symlink(dir / "f"));
}

// The signal that such a write sends would end the process.
TEST_CASE("atomic file: nothing is written beyond the process's limit") {
  const TempDir dir;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit limit{100, 100};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(99);
    const auto early = AtomicFile::Create(dir / "e", {false, 101, true});
    if (early.status().code() != Code::kIo) _exit(1);
    auto file = AtomicFile::Create(dir / "f", {});
    if (!file.ok() || !Put(*file, std::string(100, 'x')).ok()) _exit(2);
    const Status status = Put(*file, "y");
    if (status.code() != Code::kIo || !Contains(status.text(), "at most 100 bytes")) _exit(3);
    _exit(file->Commit().ok() ? 0 : 4);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(io_test::ReadFile(dir / "f").size() == 100);
}

TEST_CASE("atomic file: replacing needs a target that can be replaced") {
  for (const bool unnamed : {true, false}) {
    const TempDir dir;
    {
      auto file = AtomicFile::Create(dir / "f", {true, 0, unnamed});
      REQUIRE(file.ok());
      std::filesystem::create_directory(dir / "f");
      const Status status = file->Commit();
      CHECK(status.code() == Code::kBadArgument);
      CHECK_MESSAGE(Contains(status.text(), "is a directory"), status.text());
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
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().code() == Code::kIo);
  CHECK(Contains(file.status().text(), "no room for"));
  CHECK_FALSE(std::filesystem::exists(dir / "f"));
}

}  // namespace
}  // namespace lutgemm::io
