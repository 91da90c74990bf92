#include "tools/command/repack/run.h"

#include "base/names.h"
#include "tools/command/common/import_options.h"
#include "tools/command/common/output_file.h"
#include "tools/command/repack/repacker.h"
#include "tools/command/repack/report.h"

#include <fmt/core.h>

#include <span>

namespace lutgemm::tools {
namespace {

// Whether a pattern matches something that can be packed.
bool Finds(const std::string& pattern, const TensorFile& file, const Importer& importer) {
  for (const ImportableWeights& weights : importer.weights()) {
    if (weights.refusal.empty() && Matches(pattern, std::string(StackName(weights.name)))) {
      return true;
    }
  }
  for (const FileTensor& tensor : file.tensors()) {
    if (!MatricesOf(tensor).empty() && Matches(pattern, tensor.name)) return true;
  }
  return false;
}

// Why no quantised weights are packed, of the first that are not; or nothing where there are none.
std::string WhyQuantised(const RepackJob& job) {
  if (job.importer.weights().empty()) return {};
  const ImportableWeights& weights = job.importer.weights().front();
  const Decision decision = Decide(weights, job.options.filter, job.options.weights.named);
  return fmt::format(": weights '{}' ({}) and others pass through: {}", weights.name, weights.type,
                     InOptions(decision.reason));
}

// What is wrong with the patterns, or nothing.
std::string BadPattern(const TensorFile& file, const RepackJob& job) {
  for (const std::string& pattern : job.options.filter.include) {
    if (Finds(pattern, file, job.importer)) continue;
    return fmt::format("--include '{}' matches no float matrix{}", pattern,
                       job.importer.weights().empty() ? "" : " and no quantised weights");
  }
  for (const ImportableWeights& weights : job.importer.weights()) {
    const Decision decision = Decide(weights, job.options.filter, job.options.weights.named);
    if (decision.fate != Fate::kPass) return {};
  }
  for (const FileTensor& tensor : file.tensors()) {
    if (WhyNotPacked(job, tensor).empty()) return {};
  }
  const std::string quantised = WhyQuantised(job);
  return "no tensor would be packed" +
         (quantised.empty() ? "; see `lutgemm inspect` for names and choose with --include"
                            : quantised);
}

// What in the options means nothing for a checkpoint with quantised weights, or nothing.
std::string BadOptions(const RepackOptions& options, const Importer& importer) {
  if (importer.weights().empty()) return {};
  if (options.order != OrderScope::kNone) {
    return "--order sorts channels of float weights, and this checkpoint has quantised ones; "
           "leave it out";
  }
  const WeightOptions& weights = options.weights;
  const bool any = weights.group || weights.asymmetric || weights.zero || weights.scale ||
                   options.scale_search || !options.importance.empty();
  if (weights.named || !any) return {};
  return "quantised weights keep their own format, and floats beside them pass through; --group, "
         "--asymmetric, --zero, --scale, --scale-search and --importance belong to --format";
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
  if (!IsPacked(file)) return kExitOk;
  return InputError(fmt::format("{}: is packed already; repack the checkpoint it was made from",
                                base::Shown(options.in)));
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
  const Result<Importer> importer = OpenImporter(*file, options.import);
  if (!importer.ok()) return FileFailed(importer.status());
  if (const std::string bad = BadOptions(options, *importer); !bad.empty()) {
    return UsageError(fmt::format("{}: {}", base::Shown(options.in), bad));
  }
  const Result<ChannelFold> fold = ChannelFold::Make(*file, options.order, options.head_dim);
  if (!fold.ok()) {
    return InputError(fmt::format("{}: {}", base::Shown(options.in), fold.status().text()));
  }
  const Result<Weighing> weighing = Weighing::Read(options.importance);
  if (!weighing.ok()) return FileFailed(weighing.status());
  const RepackJob job{options, *importer, *spec, *fold, *weighing};
  if (const std::string bad = BadPattern(*file, job); !bad.empty()) {
    return UsageError(fmt::format("{}: {}", base::Shown(options.in), bad));
  }
  const Result<uint64_t> before = BytesOfFiles(file->paths());
  if (!before.ok()) return FileFailed(before.status());
  Result<Repacked> repacked = Repack(*file, job);
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
