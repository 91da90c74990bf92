// Files that commands write: one way for all of them.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_OUTPUT_FILE_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_OUTPUT_FILE_H_

#include "io/atomic_file.h"

#include <lutgemm/status.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// Made before the work whose result it takes, so that a name that cannot be written is found then;
// it appears complete or not at all. Names and replacing: io/atomic_file.h.
class OutputFile {
 public:
  // An existing file is kExists unless `force`, and "-" kBadArgument.
  static Result<OutputFile> Open(const std::string& path, bool force);

  // Writes everything and gives the file its name. At most once.
  Status Finish(std::string_view bytes);

 private:
  explicit OutputFile(io::AtomicFile file) : file_(std::move(file)) {}

  io::AtomicFile file_;
};

// Both at once, for what takes no time to make.
Status WriteOutput(const std::string& path, std::string_view bytes, bool force);

// Opens `path` as `file` where it is not empty: for options that may name a file.
Status OpenIfNamed(const std::string& path, bool force, std::optional<OutputFile>& file);

// An option and the name that it gives a file, "" for none.
struct NamedOutput {
  std::string_view option;
  std::string path;
};
// kBadArgument where two of a command's outputs are one file, which the last would leave alone.
Status CheckApart(const std::vector<NamedOutput>& outputs);

// kBadArgument where `path` is one of the files that the command reads, also by another name, which
// --force would replace. Empty names stand for no file.
Status CheckNotInput(const std::string& path, const std::vector<std::string>& inputs);

// Whether `path` could be opened now; makes nothing.
Status CheckOutput(const std::string& path, bool force);

// Prints the error and returns its exit code: a file that exists and a name that is never written
// are wrong command lines (2), what the system refuses is a bad file (3).
int OutputFailed(const Status& status);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_OUTPUT_FILE_H_
