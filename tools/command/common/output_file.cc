#include "tools/command/common/output_file.h"

#include "io/output_target.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <span>
#include <system_error>
#include <utility>

namespace lutgemm::tools {
namespace {

// Elsewhere "-" means standard output, so that nobody wants a file of that name.
Status CheckName(const std::string& path) {
  if (path != "-") return {};
  return {Code::kBadArgument,
          "'-' names no file, and output files cannot go to standard output; give a file's name"};
}

}  // namespace

Result<OutputFile> OutputFile::Open(const std::string& path, bool force) {
  if (Status status = CheckName(path); !status.ok()) return status;
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

Status OpenIfNamed(const std::string& path, bool force, std::optional<OutputFile>& file) {
  if (path.empty()) return {};
  Result<OutputFile> opened = OutputFile::Open(path, force);
  if (!opened.ok()) return opened.status();
  file.emplace(*std::move(opened));
  return {};
}

Status CheckApart(const std::vector<NamedOutput>& outputs) {
  std::map<std::string, std::string_view> places;
  for (const auto& [option, path] : outputs) {
    if (path.empty()) continue;
    std::error_code ignored;  // a name that leads nowhere stands for itself
    const std::string place = std::filesystem::weakly_canonical(path, ignored).string();
    const auto [other, added] = places.emplace(place.empty() ? path : place, option);
    if (!added) {
      return {Code::kBadArgument, fmt::format("{} and {} name the same file, {}; give each its own",
                                              other->second, option, path)};
    }
  }
  return {};
}

Status CheckNotInput(const std::string& path, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code error;  // what does not exist is no input
    if (!std::filesystem::equivalent(path, input, error) || error) continue;
    return {Code::kBadArgument, fmt::format("{} is the input; give it another name", path)};
  }
  return {};
}

Status CheckOutput(const std::string& path, bool force) {
  const Status status = CheckName(path);
  return status.ok() ? io::ResolveOutput(path, force).status() : status;
}

int OutputFailed(const Status& status) {
  if (status.code() == Code::kExists) {
    return UsageError(fmt::format("{}; --force replaces it", status.text()));
  }
  return status.code() == Code::kBadArgument ? UsageError(status.text()) : FileFailed(status);
}

}  // namespace lutgemm::tools
