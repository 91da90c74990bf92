// lutgemm tune: times the kernels that could run a product, and writes the best into a profile.
#include "plan/active_profile.h"
#include "tools/command/commands.h"
#include "tools/command/common/output_file.h"
#include "tools/command/tune/run.h"
#include "tools/console/lists.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nFor every format, mode, K and number of tokens all kernels that can run are timed as\n"
    "by `lutgemm bench`, and the fastest is written into the profile; the default choice stands\n"
    "unless another kernel is faster by more than 3 %. A choice holds for that K and any N, since\n"
    "weights that read the same activations share tables only if they take the same kernel: times\n"
    "of several N are added up. It holds up to twice and down to half as many tokens.\n\n"
    "Programs follow a profile if the environment variable LUTGEMM_PROFILE is 'default' or a path\n"
    "when they make their first plan. One of another CPU or version is ignored; `lutgemm cpu`\n"
    "tells. Choices that the file has for other products stay.\n\n"
    "Examples:\n"
    "  lutgemm tune\n"
    "  lutgemm tune --formats int2,ternary:row --shapes 4096x4096,14336x4096,4096x14336\n"
    "  lutgemm tune --formats int3 --tokens 1,4,16 --mode both --dry-run --json\n"
    "  LUTGEMM_PROFILE=default lutgemm explain --n 4096 --k 4096 --format int2";

struct TuneOptions {
  std::vector<ListedFormat> formats;
  WeightOptions weights;
  TuneSpec spec;
  size_t working_set_mib = 64;
  double min_time_ms = 50;
  std::string output;  // empty: the default
  bool force = false, dry_run = false, json = false;
};

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

Json ResultJson(const TuneResult& result, size_t threads) {
  Json rows = Json::array();
  for (const KernelTime& time : result.times) {
    rows.push_back({{"kernel", time.kernel}, {"time_us", time.seconds * 1e6}});
  }
  return {{"format", Name(result.key.format)},
          {"group", GroupJson(result.key.group)},
          {"zero", Name(result.key.zero)},
          {"layout", Name(result.key.layout)},
          {"mode", Name(result.key.mode)},
          {"m", result.m},
          {"n", result.outputs},
          {"k", result.key.k},
          {"threads", threads},
          {"target", result.key.target},
          {"kernel", result.kernel},
          {"default_kernel", result.default_kernel},
          {"kernels", std::move(rows)}};
}

Json ToJson(const TuneOptions& options, const Target& target,
            const std::vector<TuneResult>& results) {
  Json list = Json::array();
  for (const TuneResult& result : results) {
    list.push_back(ResultJson(result, options.spec.threads));
  }
  return {{"file", target.path},
          {"written", !options.dry_run},
          {"entries", target.profile.entries().size()},
          {"results", std::move(list)}};
}

// "lut4_gemv_fast_b2 91.3, dot_gemm_planes_b2 120.4"
std::string TimesText(const TuneResult& result) {
  std::vector<std::string> texts;
  for (const KernelTime& time : result.times) {
    texts.push_back(fmt::format("{} {}", time.kernel, NumberText(time.seconds * 1e6, 3)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void Print(const TuneOptions& options, const Target& target,
           const std::vector<TuneResult>& results) {
  Table table({"format", "group", "<mode", "K", "N", "M", "<kernel", "speed-up", "<times us"});
  for (const TuneResult& result : results) {
    const bool choice = result.times.size() > 1;
    const double gain = result.SecondsOf(result.default_kernel) / result.SecondsOf(result.kernel);
    table.Add({std::string(Name(result.key.format)), GroupText(result.key.group),
               std::string(Name(result.key.mode)), fmt::format("{}", result.key.k),
               fmt::format("{}", fmt::join(result.outputs, ",")), fmt::format("{}", result.m),
               std::string(result.kernel),
               result.kernel == result.default_kernel ? "-" : NumberText(gain),
               choice ? TimesText(result) : "the only kernel"});
  }
  table.Print();
  fmt::print("\n{} {}: {} measured choices\n", options.dry_run ? "not written:" : "profile",
             target.path, target.profile.entries().size());
  if (!options.dry_run) {
    fmt::print("followed where LUTGEMM_PROFILE={}\n",
               options.output.empty() ? "default" : target.path);
  }
}

Result<TuneSpec> SpecOf(const TuneOptions& options) {
  TuneSpec spec = options.spec;
  spec.threads = ThreadCount(spec.threads);
  spec.layout = options.weights.layout;
  spec.working_set = options.working_set_mib << 20;
  spec.time = {options.min_time_ms / 1000.0, 5, 1};
  for (const ListedFormat& format : options.formats) {
    Result<QuantSpec> one = format.Spec(options.weights);
    if (!one.ok()) return one.status();
    spec.formats.push_back(*one);
  }
  return spec;
}

int RunTune(TuneOptions options) {
  Result<TuneSpec> spec = SpecOf(options);
  if (!spec.ok()) return OptionsFailed(spec.status());
  options.spec = *spec;
  Result<Target> target = OpenTarget(options);
  if (!target.ok()) return OutputFailed(target.status());
  const Result<std::unique_ptr<Threads>> threads = ThreadsToMeasure(spec->threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  Progress bar("tune", spec->formats.size() * spec->shapes.size() * spec->modes.size() *
                           spec->tokens.size());
  const auto results = Tune(*spec, threads->get(),
                            [&](size_t done, std::string_view what) { bar.Update(done, what); });
  if (!results.ok()) return OptionsFailed(results.status());
  AddTo(target->profile, *results, spec->threads);
  if (!options.dry_run) {
    Status status = target->file->Finish(target->profile.ToText());
    if (!status.ok()) return OutputFailed(status);
  }
  if (options.json) {
    PrintJson(ToJson(options, *target, *results));
  } else {
    Print(options, *target, *results);
  }
  return kExitOk;
}

std::vector<TuneSpec::Shape> ParseShapes(const std::string& text) {
  std::vector<TuneSpec::Shape> shapes;
  for (const auto& dims : ParseDims(text, {"--shapes", "NxK, as 4096x14336,", 2})) {
    shapes.push_back({dims[0], dims[1]});
  }
  return shapes;
}

std::vector<size_t> ParseTokens(const std::string& text) {
  std::vector<size_t> tokens;
  for (const auto& dims : ParseDims(text, {"--tokens", "a number of tokens,", 1})) {
    tokens.push_back(dims[0]);
  }
  return tokens;
}

void AddLists(CLI::App& command, TuneOptions& options) {
  const auto add = [&](const char* name, auto& value, auto parse, const char* help,
                       const char* type) {
    command
        .add_option_function<std::string>(
            name, [&value, parse](const std::string& text) { value = parse(text); }, help)
        ->type_name(type);
  };
  add("--formats", options.formats, &ParseFormats,
      "Comma-separated formats, each with a group of its own if you\n"
      "like: int2,int3:32,ternary:row [int1,int2,int3,int4,ternary]",
      "LIST");
  add("--shapes", options.spec.shapes, &ParseShapes,
      "Comma-separated NxK: outputs x summed dimension [4096x4096]", "LIST");
  add("--tokens", options.spec.tokens, &ParseTokens,
      "Comma-separated M [1,2,4,8,16,32,64,128,256,512]", "LIST");
  add("--mode", options.spec.modes, &ParseModes,
      "fast (8-bit tables), exact (integer product) or both [fast]", "MODE");
}

void AddOptions(CLI::App& command, TuneOptions& options) {
  AddLists(command, options);
  AddThreads(command, options.spec.threads);
  command
      .add_option("--working-set", options.working_set_mib,
                  "MiB of weights to rotate through; at least one copy [64]")
      ->transform(WholeNumber(1, 1 << 20))
      ->type_name("MiB");
  command.add_option("--target", options.spec.target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
  options.weights.AddTo(command);
  command
      .add_option("--min-time", options.min_time_ms,
                  "Milliseconds per measurement, at least five rounds [50]")
      ->transform(RealNumber(1.0, 600000.0))
      ->type_name("MS");
  command.add_option("--seed", options.spec.seed, "Seed of the random weights and activations [1]")
      ->transform(WholeNumber(0))
      ->type_name("N");
  command
      .add_option("-o,--output", options.output,
                  "Profile to write [lutgemm/profile below $XDG_CACHE_HOME or\n"
                  "~/.cache]")
      ->type_name("FILE");
  command.add_flag("--force", options.force,
                   "Replace a FILE that is no profile of this machine and version");
  command.add_flag("--dry-run", options.dry_run, "Measure, but write nothing");
  AddJson(command, options.json);
}

}  // namespace

void AddTune(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("tune", "Time the kernels that could run, and remember the fastest");
  auto options = std::make_shared<TuneOptions>();
  options->formats = ParseFormats("int1,int2,int3,int4,ternary");
  options->spec.shapes = {{4096, 4096}};
  options->spec.tokens = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  options->spec.modes = {Mode::kFast};
  AddOptions(*command, *options);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunTune(*options); });
}

}  // namespace lutgemm::tools
