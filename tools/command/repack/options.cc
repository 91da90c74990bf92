// lutgemm repack: quantises and packs the matrices of a checkpoint into one file.
#include "tools/command/commands.h"
#include "tools/command/common/output_file.h"
#include "tools/command/repack/run.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <memory>
#include <span>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nWhich tensors are packed: float matrices (F32, F16, BF16) whose name ends in '.weight' or\n"
    "'_proj', with both sides at least 32, except embeddings (name contains 'embed' or 'embd').\n"
    "Stacked experts, [experts][N][K] by the name of a '_proj', '_exps' or 'experts.' tensor, are\n"
    "packed one by one as NAME[0], NAME[1] and so on. --include replaces that choice by your\n"
    "patterns (any float matrix or stack), --exclude takes away from either. Everything else "
    "passes\n"
    "through unchanged; what is large and does is listed with the reason. Weights too small or\n"
    "too large for the format's own scales get f32 scales, with a note, unless --scale names a\n"
    "type. OUT is a safetensors file that every CPU target reads; it appears only when it is\n"
    "complete.\n\n"
    "Examples:\n"
    "  lutgemm repack model.safetensors -o model.int4.safetensors\n"
    "  lutgemm repack model.safetensors.index.json -o model.int2.safetensors --format int2\n"
    "      --group 64 --asymmetric --scale-search --exclude 'lm_head*'\n"
    "  lutgemm repack bitnet.gguf -o bitnet.ternary.safetensors --format ternary\n"
    "  lutgemm repack model.safetensors -o model.bitmod4.safetensors --format bitmod4 "
    "--scale-grid\n"
    "  lutgemm repack model.safetensors -o model.bfp.safetensors --format bfp6b32 --order global\n"
    "  lutgemm repack model.safetensors -o unused.safetensors --format int3 --dry-run";

struct Sizes {
  uint64_t before = 0, after = 0;
};

Json ToJson(const Repacked& repacked, const Sizes& sizes) {
  Json tensors = Json::array();
  for (const RepackedTensor& tensor : repacked.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"shape", tensor.shape},
                       {"format", Name(tensor.info.format)},
                       {"group", GroupJson(tensor.info.group)},
                       {"scale", Name(tensor.info.scale)},
                       {"bits_per_weight", tensor.bits_per_weight},
                       {"nmse", tensor.nmse}});
  }
  Json passed = Json::array();
  for (const PassedThrough& tensor : repacked.passed) {
    passed.push_back({{"name", tensor.name},
                      {"dtype", tensor.dtype},
                      {"shape", tensor.shape},
                      {"bytes", tensor.bytes},
                      {"reason", tensor.reason},
                      {"large", tensor.large}});
  }
  return {{"tensors", std::move(tensors)},
          {"passed_through", std::move(passed)},
          {"bytes_before", sizes.before},
          {"bytes_after", sizes.after}};
}

// What makes the output large without being packed must not go unnoticed.
void PrintLarge(const Repacked& repacked) {
  Table table({"large, not packed", "<dtype", "shape", "bytes", "<because it"});
  bool any = false;
  for (const PassedThrough& tensor : repacked.passed) {
    if (!tensor.large) continue;
    any = true;
    table.Add({tensor.name, tensor.dtype, ShapeText(tensor.shape), fmt::format("{}", tensor.bytes),
               tensor.reason});
  }
  if (!any) return;
  fmt::print("\n");
  table.Print();
}

void Print(const Repacked& repacked, const Sizes& sizes, const RepackOptions& options) {
  Table table({"tensor", "shape", "<format", "group", "bits/weight", "NMSE"});
  for (const RepackedTensor& tensor : repacked.tensors) {
    table.Add({tensor.name, ShapeText(tensor.shape), std::string(Name(tensor.info.format)),
               GroupText(tensor.info.group), NumberText(tensor.bits_per_weight),
               ErrorText(tensor.nmse)});
  }
  table.Print();
  PrintLarge(repacked);
  uint64_t passed_bytes = 0;
  for (const PassedThrough& tensor : repacked.passed) passed_bytes += tensor.bytes;
  fmt::print("\npacked          {} tensors\npassed through  {} tensors, {}\n",
             repacked.tensors.size(), repacked.passed.size(), BytesText(passed_bytes));
  fmt::print("before          {}\nafter           {}, {} times smaller\n", BytesText(sizes.before),
             BytesText(sizes.after), NumberText(double(sizes.before) / double(sizes.after), 3));
  fmt::print("{}\n", options.dry_run ? "dry run: nothing was written"
                                     : fmt::format("written         {}", options.out));
}

// What is wrong with the patterns, or nothing.
std::string BadPattern(const TensorFile& file, const TensorFilter& filter) {
  for (const std::string& pattern : filter.include) {
    bool found = false;
    for (const FileTensor& tensor : file.tensors()) {
      found = found || (!MatricesOf(tensor).empty() && Matches(pattern, tensor.name));
    }
    if (!found) return fmt::format("--include '{}' matches no float matrix of the input", pattern);
  }
  for (const FileTensor& tensor : file.tensors()) {
    if (filter.Packs(tensor)) return {};
  }
  return "no tensor would be packed; see `lutgemm inspect` for names and choose with --include";
}

int CheckPaths(const RepackOptions& options, std::span<const std::string> files) {
  std::vector<std::string> inputs(files.begin(), files.end());
  inputs.insert(inputs.end(), {options.in, options.weights.format.book_path});
  Status status = CheckNotInput(options.out, inputs);
  if (status.ok() && !options.dry_run) status = CheckOutput(options.out, options.force);
  return status.ok() ? kExitOk : OutputFailed(status);
}

int RunRepack(const RepackOptions& options) {
  Result<QuantSpec> spec = options.weights.Spec();
  if (!spec.ok()) return UsageError(spec.status().text());
  if (spec->format == WeightFormat::kCodebook && !options.weights.format.book) {
    return UsageError("--format codebook needs a file of values: codebook:FILE");
  }
  if (options.head_dim != 0 && options.order == OrderScope::kNone) {
    return UsageError("--head-dim belongs to --order head or --order global");
  }
  spec->scale_search = options.scale_search;
  const Result<TensorFile> file = TensorFile::Open(options.in);
  if (!file.ok()) return FileFailed(file.status());
  if (const int bad = CheckPaths(options, file->paths()); bad != kExitOk) return bad;
  if (IsPacked(*file)) {
    return InputError(
        fmt::format("{}: is packed already; repack the checkpoint it was made from", options.in));
  }
  if (const std::string bad = BadPattern(*file, options.filter); !bad.empty()) {
    return UsageError(bad);
  }
  const Result<ChannelFold> fold = ChannelFold::Make(*file, options.order, options.head_dim);
  if (!fold.ok()) return InputError(fmt::format("{}: {}", options.in, fold.status().text()));
  const Result<uint64_t> before = BytesOfFiles(file->paths());
  if (!before.ok()) return FileFailed(before.status());
  Result<Repacked> repacked = Repack(*file, {options, *spec, *fold});
  if (!repacked.ok()) return FileFailed(repacked.status());
  const Sizes sizes{*before, repacked->writer.file_bytes()};
  if (!options.dry_run) {
    const Status status = repacked->writer.Write(options.out, options.force);
    if (!status.ok()) return OutputFailed(status);
  }
  if (options.json) {
    PrintJson(ToJson(*repacked, sizes));
  } else {
    Print(*repacked, sizes, options);
  }
  return kExitOk;
}

}  // namespace

void AddRepack(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("repack", "Quantise and pack a checkpoint's matrices into one file");
  auto options = std::make_shared<RepackOptions>();
  command
      ->add_option("IN", options->in,
                   "Checkpoint: .safetensors, .safetensors.index.json (shards) or .gguf")
      ->required();
  command->add_option("-o,--output", options->out, "File to write")->required()->type_name("OUT");
  options->weights.AddFormatTo(*command);
  options->weights.AddTo(*command);
  command->add_flag("--scale-search,--scale-grid", options->scale_search,
                    "Search each group's clipping scale for the least squared\n"
                    "error: a grid per format; slower, 10 % better for BitMoD");
  AddParsed(*command, "--order", options->order, &ParseOrderScope,
            "Sort channels by norm, so that blocks of bfp hold like ones, and\n"
            "fold the order into a Llama checkpoint: none, head (values within\n"
            "heads, MLP channels) or global (and the residual stream) [none]")
      ->type_name("SCOPE");
  command
      ->add_option("--head-dim", options->head_dim,
                   "Channels per attention head, for --order [of IN's metadata]")
      ->transform(WholeNumber(1, kMaxK))
      ->type_name("N");
  command
      ->add_option("--include", options->filter.include,
                   "Pack only float matrices whose name matches; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  command
      ->add_option("--exclude", options->filter.exclude,
                   "Do not pack tensors whose name matches; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  AddThreads(*command, options->threads);
  command->add_flag("--dry-run", options->dry_run, "Do everything but write OUT");
  command->add_flag("--force", options->force, "Replace OUT if it exists");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunRepack(*options); });
}

}  // namespace lutgemm::tools
