#include "tools/command/inspect/run.h"

#include "tools/command/common/checkpoint.h"
#include "tools/command/common/import_options.h"
#include "tools/command/inspect/report.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools {
namespace {

Inspected Read(io::PackedContents tensors) {
  Inspected contents;
  contents.tensors = std::move(tensors);
  for (const io::PackedTensor& tensor : contents.tensors.packed) {
    contents.by_name[tensor.name] = {&tensor, tensor.ChecksumFits()};
  }
  for (const io::PassedTensor& tensor : contents.tensors.passed) {
    InspectedTensor& found = contents.by_name[tensor.name];
    if (tensor.checksum) found.checksum_ok = tensor.ChecksumFits();
  }
  return contents;
}

}  // namespace

int RunInspect(const InspectOptions& options) {
  const Result<TensorFile> file = TensorFile::Open(options.file);
  if (!file.ok()) return FileFailed(file.status());
  const Result<uint64_t> bytes = BytesOfFiles(file->paths());
  if (!bytes.ok()) return FileFailed(bytes.status());
  Inspected contents;
  if (IsPacked(*file)) {
    auto tensors = io::ParsePacked(file->tensors(), file->metadata(), options.file);
    if (!tensors.ok()) return FileFailed(tensors.status());
    contents = Read(*std::move(tensors));
  } else {
    Result<Importer> importer = OpenImporter(*file, options.import);
    if (importer.status().code() == Code::kOutOfMemory) return FileFailed(importer.status());
    if (importer.ok()) {
      contents.importer = *std::move(importer);
    } else {
      contents.unreadable = importer.status().text();
    }
  }
  if (options.json) {
    PrintJson(InspectJson(options, *file, *bytes, contents));
  } else {
    PrintInspect(options, *file, *bytes, contents);
  }
  for (const auto& [name, found] : contents.by_name) {
    if (found.checksum_ok.value_or(true)) continue;
    return CheckFailed(fmt::format("{}: tensor '{}': checksum does not match; the file is damaged",
                                   options.file, name));
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
