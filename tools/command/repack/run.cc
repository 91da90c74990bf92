#include "tools/command/repack/run.h"

#include "base/names.h"
#include "io/dtype.h"
#include "tools/command/common/output_file.h"
#include "tools/command/repack/repacker.h"
#include "tools/command/repack/report.h"

#include <fmt/core.h>

#include <span>

namespace lutgemm::tools {
namespace {

// Whether it is because ggml quantised them that no tensors can be packed, in words; or nothing.
std::string WhyQuantised(const TensorFile& file) {
  for (const FileTensor& tensor : file.tensors()) {
    if (!tensor.elem && io::FindDtype(tensor.dtype) == nullptr) {
      return fmt::format(
          ": '{}' and others are quantised already ({}); a GGUF of F16 or BF16 tensors can be "
          "packed",
          tensor.name, tensor.dtype);
    }
  }
  return {};
}

// What is wrong with the patterns, or nothing.
std::string BadPattern(const TensorFile& file, const TensorFilter& filter) {
  for (const std::string& pattern : filter.include) {
    bool found = false;
    for (const FileTensor& tensor : file.tensors()) {
      found = found || (!MatricesOf(tensor).empty() && Matches(pattern, tensor.name));
    }
    if (!found) return fmt::format("--include '{}' matches no float matrix", pattern);
  }
  for (const FileTensor& tensor : file.tensors()) {
    if (filter.Packs(tensor)) return {};
  }
  const std::string quantised = WhyQuantised(file);
  return "no tensor would be packed" +
         (quantised.empty() ? "; see `lutgemm inspect` for names and choose with --include"
                            : quantised);
}

int CheckPaths(const RepackOptions& options, std::span<const std::string> files) {
  std::vector<std::string> inputs(files.begin(), files.end());
  inputs.insert(inputs.end(), {options.in, options.weights.format.book_path, options.importance});
  Status status = CheckNotInput(options.out, inputs);
  if (status.ok() && !options.dry_run) status = CheckOutput(options.out, options.force);
  return status.ok() ? kExitOk : OutputFailed(status);
}

int CheckInput(const RepackOptions& options, const TensorFile& file) {
  if (const int bad = CheckPaths(options, file.paths()); bad != kExitOk) return bad;
  if (IsPacked(file)) {
    return InputError(fmt::format("{}: is packed already; repack the checkpoint it was made from",
                                  base::Shown(options.in)));
  }
  const std::string bad = BadPattern(file, options.filter);
  return bad.empty() ? kExitOk : UsageError(fmt::format("{}: {}", base::Shown(options.in), bad));
}

// How weights are stored, or what in the options is wrong.
Result<QuantSpec> SpecOf(const RepackOptions& options) {
  Result<QuantSpec> spec = options.weights.Spec();
  if (!spec.ok()) return spec;
  if (spec->format == WeightFormat::kCodebook && !options.weights.format.book) {
    return Status(Code::kBadArgument, "--format codebook needs a file of values: codebook:FILE");
  }
  if (options.head_dim != 0 && options.order == OrderScope::kNone) {
    return Status(Code::kBadArgument, "--head-dim belongs to --order head or --order global");
  }
  spec->scale_search = options.scale_search || !options.importance.empty();
  return spec;
}

}  // namespace

int RunRepack(const RepackOptions& options) {
  const Result<QuantSpec> spec = SpecOf(options);
  if (!spec.ok()) return UsageError(spec.status().text());
  const Result<TensorFile> file = TensorFile::Open(options.in);
  if (!file.ok()) return FileFailed(file.status());
  if (const int bad = CheckInput(options, *file); bad != kExitOk) return bad;
  const Result<ChannelFold> fold = ChannelFold::Make(*file, options.order, options.head_dim);
  if (!fold.ok()) {
    return InputError(fmt::format("{}: {}", base::Shown(options.in), fold.status().text()));
  }
  const Result<Weighing> weighing = Weighing::Read(options.importance);
  if (!weighing.ok()) return FileFailed(weighing.status());
  const Result<uint64_t> before = BytesOfFiles(file->paths());
  if (!before.ok()) return FileFailed(before.status());
  Result<Repacked> repacked = Repack(*file, {options, *spec, *fold, *weighing});
  if (!repacked.ok()) return FileFailed(repacked.status());
  const RepackSizes sizes{*before, repacked->writer.file_bytes()};
  if (!options.dry_run) {
    const Status status = repacked->writer.Write(options.out, options.force);
    if (!status.ok()) return OutputFailed(status);
  }
  if (options.json) {
    PrintJson(RepackJson(options, *repacked, sizes));
  } else {
    PrintRepack(options, *repacked, sizes);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
