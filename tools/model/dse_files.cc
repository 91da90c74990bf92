#include "tools/model/dse_files.h"

#include "tools/share.h"

#include "io/atomic_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <span>
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

}  // namespace

Status WriteTextFile(const std::string& path, std::string_view text, bool overwrite) {
  io::AtomicFile::Options options;
  options.overwrite = overwrite;
  Result<io::AtomicFile> file = io::AtomicFile::Create(path, options);
  if (!file.ok()) return file.status();
  const Status written = file->Write(std::as_bytes(std::span(text.data(), text.size())));
  return written.ok() ? file->Commit() : written;
}

Result<std::string> FindPlotter() {
  // The first python3 on the path need not be the system's, which has the packages.
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    if (RunProgram({python, "-c", "import matplotlib"}, -1, true) == 0) return std::string(python);
  }
  return Status(Code::kNotFound,
                "--plot needs Python's matplotlib, which is not installed; on Debian: apt-get "
                "install python3-matplotlib");
}

Status PlotSweep(const std::string& python, std::string_view json, const std::string& image_path) {
  const File input = TextToRead(json);
  if (input != nullptr && RunProgram({python, SharePath("tools/plot_dse.py"), "-", image_path},
                                     fileno(input.get()), false) == 0) {
    return {};
  }
  return {Code::kIo, fmt::format("{}: the plot could not be drawn", image_path)};
}

}  // namespace lutgemm::tools
