#include "tools/command/tune/run.h"

#include "plan/active_profile.h"
#include "tools/command/common/output_file.h"
#include "tools/command/tune/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

// The file to write, and the profile that it begins with.
struct Target {
  std::string path;
  plan::Profile profile;
  std::optional<OutputFile> file;  // none in a dry run
};

// What is there is merged, or replaced: in the default place anything, elsewhere only with --force
// what is no profile of this machine and version.
Status ReadOld(const TuneOptions& options, Target& target) {
  Result<plan::Profile> old = plan::LoadProfile(target.path);
  const Code code = old.status().code();
  if (old.ok()) {
    target.profile = *std::move(old);
  } else if (code == Code::kIo) {
    return old.status();
  } else if (code != Code::kNotFound && !options.dry_run) {
    if (!options.output.empty() && !options.force) return {Code::kExists, old.status().text()};
    Note(fmt::format("{}; it is replaced", old.status().text()));
  }
  return {};
}

Status MakeFolder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return {Code::kIo, fmt::format("{}: cannot make the folder: {}", path, error.message())};
}

// Before anything is measured.
Result<Target> OpenTarget(const TuneOptions& options) {
  Target target;
  target.path = options.output.empty() ? plan::DefaultProfilePath() : options.output;
  if (target.path.empty()) {
    return Status(Code::kBadArgument,
                  "neither XDG_CACHE_HOME nor HOME names a folder for the profile: use --output");
  }
  if (Status status = ReadOld(options, target); !status.ok()) return status;
  if (options.dry_run) return target;
  if (Status status = MakeFolder(target.path); !status.ok()) return status;
  // What was read is part of the new profile, so that replacing the old one loses nothing.
  Result<OutputFile> file = OutputFile::Open(target.path, true);
  if (!file.ok()) return file.status();
  target.file.emplace(*std::move(file));
  return target;
}

using WeightsList = std::vector<TuneSpec::Weights>;

Result<WeightsList> ListedWeights(const TuneOptions& options) {
  WeightsList list;
  for (const ListedFormat& format : options.formats) {
    for (const TuneOptions::Shape& shape : options.shapes) {
      const Result<WeightInfo> info = format.Info(options.weights, shape.n, shape.k);
      if (!info.ok()) return info.status();
      list.push_back({*info, options.weights.layout});
    }
  }
  return list;
}

// One entry of a profile holds for both, and one time.
bool Alike(const TuneSpec::Weights& weights, const WeightInfo& b, LayoutId layout) {
  const WeightInfo& a = weights.info;
  return weights.layout == layout && a.format == b.format && a.zero == b.zero && a.n == b.n &&
         a.k == b.k && a.group == b.group && a.super_group == b.super_group;
}

// In the order of the file, each of those that are alike once.
Result<WeightsList> PackedFileWeights(const std::string& path) {
  const Result<PackedFile> file = PackedFile::Open(path, false);
  if (!file.ok()) return file.status();
  WeightsList list;
  for (const std::string& name : file->names()) {
    const Result<PackedWeights> weights = file->Get(name);
    if (!weights.ok()) return weights.status();
    const auto same = [&](const TuneSpec::Weights& other) {
      return Alike(other, weights->info(), weights->layout());
    };
    if (std::ranges::none_of(list, same)) list.push_back({weights->info(), weights->layout()});
  }
  if (!list.empty()) return list;
  return Status(Code::kUnsupportedFormat, fmt::format("{}: has no packed weights", path));
}

Result<TuneSpec> SpecOf(const TuneOptions& options) {
  TuneSpec spec = options.spec;
  spec.threads = ThreadCount(spec.threads);
  spec.working_set = options.working_set_mib << 20;
  spec.time = {options.min_time_ms / 1000.0, 5, 1};
  Result<WeightsList> weights =
      options.packed.empty() ? ListedWeights(options) : PackedFileWeights(options.packed);
  if (!weights.ok()) return weights.status();
  spec.weights = *std::move(weights);
  return spec;
}

}  // namespace

int RunTune(TuneOptions options) {
  Result<TuneSpec> spec = SpecOf(options);
  if (!spec.ok() && !options.packed.empty()) return FileFailed(spec.status());
  if (!spec.ok()) return OptionsFailed(spec.status());
  options.spec = *spec;
  Result<Target> target = OpenTarget(options);
  if (!target.ok()) return OutputFailed(target.status());
  const Result<std::unique_ptr<Threads>> threads = ThreadsToMeasure(spec->threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  Progress bar("tune", spec->weights.size() * spec->modes.size() * spec->tokens.size());
  const auto results = Tune(*spec, threads->get(),
                            [&](size_t done, std::string_view what) { bar.Update(done, what); });
  if (!results.ok()) return OptionsFailed(results.status());
  AddTo(target->profile, *results, spec->threads);
  if (!options.dry_run) {
    Status status = target->file->Finish(target->profile.ToText());
    if (!status.ok()) return OutputFailed(status);
  }
  const TunedProfile written{target->path, target->profile.entries().size()};
  if (options.json) {
    PrintJson(TuneJson(options, written, *results));
  } else {
    PrintTune(options, written, *results);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
