#include "tools/command/dse/plot.h"

#include "tools/command/common/share.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration): not in every <unistd.h>

namespace lutgemm::tools {
namespace {

// Exit code of a program, its standard output thrown away; -1 where it could not run. `input` is a
// file to read from or -1; `quiet` throws away its errors, too.
int RunProgram(const std::vector<std::string>& arguments, int input, bool quiet) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return -1;
  if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (quiet) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return -1;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// A file without a name that holds `text`, to be read from its start.
File TextToRead(std::string_view text) {
  File file(std::tmpfile(), &std::fclose);
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fseek(file.get(), 0, SEEK_SET) != 0) {
    return File(nullptr, &std::fclose);
  }
  return file;
}

// A folder of our own for files of another program; it goes away with everything in it.
class TempFolder {
 public:
  TempFolder() {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / "lutgemm_XXXXXX").string();
    ok_ = !error && mkdtemp(path_.data()) != nullptr;
  }
  ~TempFolder() {
    std::error_code ignored;
    if (ok_) std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  bool ok() const { return ok_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool ok_ = false;
};

}  // namespace

Result<std::string> FindPlotter() {
  // The first python3 on the path need not be the system's, which has the packages.
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    if (RunProgram({python, "-c", "import matplotlib"}, -1, true) == 0) return std::string(python);
  }
  return Status(Code::kNotFound,
                "--plot needs Python's matplotlib, which is not installed; on Debian: apt-get "
                "install python3-matplotlib");
}

Result<std::string> PlotSweep(const std::string& python, std::string_view json,
                              const std::string& kind) {
  const Status failed(Code::kIo, "the plot could not be drawn");
  const TempFolder folder;
  const File input = TextToRead(json);
  if (!folder.ok() || input == nullptr) return failed;
  const std::string image = folder.path() + "/plot." + kind;
  const std::string script = SharePath("tools/command/dse/plot_dse.py");
  if (RunProgram({python, script, "-", image}, fileno(input.get()), false) != 0) return failed;
  std::ifstream file(image, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file || bytes.empty()) return failed;
  return bytes;
}

}  // namespace lutgemm::tools
