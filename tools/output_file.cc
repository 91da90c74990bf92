#include "tools/output_file.h"

#include "io/output_target.h"
#include "tools/report.h"

#include <fmt/core.h>

#include <span>
#include <utility>

namespace lutgemm::tools {

Result<OutputFile> OutputFile::Open(const std::string& path, bool force) {
  io::AtomicFile::Options options;
  options.overwrite = force;
  Result<io::AtomicFile> file = io::AtomicFile::Create(path, options);
  if (!file.ok()) return file.status();
  return OutputFile(*std::move(file));
}

Status OutputFile::Finish(std::string_view bytes) {
  const Status status = file_.Write(std::as_bytes(std::span(bytes.data(), bytes.size())));
  return status.ok() ? file_.Commit() : status;
}

Status WriteOutput(const std::string& path, std::string_view bytes, bool force) {
  Result<OutputFile> file = OutputFile::Open(path, force);
  return file.ok() ? file->Finish(bytes) : file.status();
}

Status CheckOutput(const std::string& path, bool force) {
  return io::ResolveOutput(path, force).status();
}

int OutputFailed(const Status& status) {
  if (status.code() == Code::kExists) {
    return UsageError(fmt::format("{}; --force replaces it", status.text()));
  }
  return status.code() == Code::kBadArgument ? UsageError(status.text()) : FileFailed(status);
}

}  // namespace lutgemm::tools
