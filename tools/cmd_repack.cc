// lutgemm repack: quantises and packs the matrices of a checkpoint into one file.
#include "tools/channel_fold.h"
#include "tools/checkpoint.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/report.h"

#include <fmt/core.h>

#include <filesystem>
#include <list>
#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nWhich tensors are packed: float matrices (F32, F16, BF16) whose name ends in '.weight', "
    "with\n"
    "both sides at least 32, except embeddings (name contains 'embed' or 'embd'). --include "
    "replaces\n"
    "that choice by your patterns (any float matrix), --exclude takes away from either. "
    "Everything\n"
    "else passes through unchanged. OUT is a safetensors file that every CPU target reads; it\n"
    "appears only when it is complete.\n\n"
    "Examples:\n"
    "  lutgemm repack model.safetensors -o model.int4.safetensors\n"
    "  lutgemm repack model.safetensors.index.json -o model.int2.safetensors --format int2\n"
    "      --group 64 --asymmetric --scale-search --exclude 'lm_head*'\n"
    "  lutgemm repack bitnet.gguf -o bitnet.ternary.safetensors --format ternary\n"
    "  lutgemm repack model.safetensors -o model.bitmod4.safetensors --format bitmod4 "
    "--scale-grid\n"
    "  lutgemm repack model.safetensors -o model.bfp.safetensors --format bfp6b32 --order global\n"
    "  lutgemm repack model.safetensors -o unused.safetensors --format int3 --dry-run";

struct RepackOptions {
  std::string in, out;
  WeightOptions weights;
  TensorFilter filter;
  OrderScope order = OrderScope::kNone;
  size_t head_dim = 0;
  size_t threads = 0;
  bool scale_search = false, dry_run = false, force = false, json = false;
};

struct RepackedTensor {
  std::string name;
  std::vector<uint64_t> shape;
  WeightInfo info;
  double bits_per_weight = 0.0;
  double nmse = 0.0;
};

struct RepackReport {
  std::vector<RepackedTensor> tensors;
  size_t passed = 0;
  uint64_t passed_bytes = 0;
  uint64_t bytes_before = 0, bytes_after = 0;
};

Json ToJson(const RepackReport& report) {
  Json tensors = Json::array();
  for (const RepackedTensor& tensor : report.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"shape", tensor.shape},
                       {"format", Name(tensor.info.format)},
                       {"group", GroupJson(tensor.info.group)},
                       {"bits_per_weight", tensor.bits_per_weight},
                       {"nmse", tensor.nmse}});
  }
  return {{"tensors", std::move(tensors)},
          {"bytes_before", report.bytes_before},
          {"bytes_after", report.bytes_after}};
}

void Print(const RepackReport& report, const RepackOptions& options) {
  Table table({"tensor", "shape", "<format", "group", "bits/weight", "NMSE"});
  for (const RepackedTensor& tensor : report.tensors) {
    table.Add({tensor.name, ShapeText(tensor.shape), std::string(Name(tensor.info.format)),
               GroupText(tensor.info.group), fmt::format("{:.3f}", tensor.bits_per_weight),
               ErrorText(tensor.nmse)});
  }
  table.Print();
  fmt::print("\npacked          {} tensors\npassed through  {} tensors, {}\n",
             report.tensors.size(), report.passed, BytesText(report.passed_bytes));
  fmt::print("before          {}\nafter           {}, {:.2f} times smaller\n",
             BytesText(report.bytes_before), BytesText(report.bytes_after),
             double(report.bytes_before) / double(report.bytes_after));
  fmt::print("{}\n", options.dry_run ? "dry run: nothing was written"
                                     : fmt::format("written         {}", options.out));
}

// Packs one tensor into the writer; only the packed bytes stay in memory.
Result<RepackedTensor> PackTensor(const FileTensor& tensor, const RepackOptions& options,
                                  const QuantSpec& spec, Threads* threads, PackedWriter& writer) {
  const Tensor2D source = *tensor.AsMatrix();
  const auto named = [&](const Status& status) {
    return Status(status.code(),
                  fmt::format("{}: tensor '{}': {}", options.in, tensor.name, status.text()));
  };
  const Result<QuantizedMatrix> matrix = options.weights.format.Quantize(source, spec, threads);
  if (!matrix.ok()) return named(matrix.status());
  Result<PackedWeights> packed = Pack(*matrix, options.weights.layout, threads);
  if (!packed.ok()) return named(packed.status());
  RepackedTensor row{tensor.name, tensor.shape, packed->info(), packed->bits_per_weight(),
                     WeightNmse(source, *matrix, threads)};
  if (Status status = writer.AddPacked(tensor.name, std::move(*packed)); !status.ok()) {
    return status;
  }
  return row;
}

Status CopyMetadata(const TensorFile& file, PackedWriter& writer) {
  for (const auto& [key, value] : file.metadata()) {
    if (key == "total_size") continue;  // of a shard index: no longer true
    if (Status status = writer.SetMetadata(key, value); !status.ok()) return status;
  }
  return {};
}

// The orders that were folded in, for whoever must undo them.
Status KeepOrders(const ChannelFold& fold, PackedWriter& writer) {
  if (fold.scope() == OrderScope::kNone) return {};
  for (const FileTensor& order : fold.Orders()) {
    if (Status status = writer.AddRaw(order); !status.ok()) return status;
  }
  Status status = writer.SetMetadata(kOrderKey, std::string(Name(fold.scope())));
  if (!status.ok()) return status;
  return writer.SetMetadata(kOrderHeadKey, fmt::format("{}", fold.head_dim()));
}

// The bytes of reordered tensors that pass through, which the writer borrows.
using Rooms = std::list<std::vector<std::byte>>;

struct Repacking {
  const RepackOptions& options;
  const QuantSpec& spec;
  const ChannelFold& fold;
  Rooms& rooms;
};

Status RepackAll(const TensorFile& file, const Repacking& how, PackedWriter& writer,
                 RepackReport& report) {
  const RepackOptions& options = how.options;
  const Result<std::unique_ptr<Threads>> threads = MakeThreads(options.threads);
  if (!threads.ok()) return threads.status();
  uint64_t total = 0, done = 0;
  for (const FileTensor& tensor : file.tensors()) total += tensor.bytes.size();
  Progress progress("repack", total);
  for (const FileTensor& tensor : file.tensors()) {
    progress.Update(done, tensor.name);
    done += tensor.bytes.size();
    std::vector<std::byte> room;
    const Result<FileTensor> ordered = how.fold.Apply(tensor, room);
    if (!ordered.ok()) return ordered.status();
    if (options.filter.Packs(tensor)) {
      Result<RepackedTensor> row = PackTensor(*ordered, options, how.spec, threads->get(), writer);
      if (!row.ok()) return row.status();
      report.tensors.push_back(std::move(*row));
      continue;
    }
    if (!room.empty()) how.rooms.push_back(std::move(room));
    if (Status status = writer.AddRaw(*ordered); !status.ok()) return status;
    ++report.passed;
    report.passed_bytes += tensor.bytes.size();
  }
  Status status = CopyMetadata(file, writer);
  return status.ok() ? KeepOrders(how.fold, writer) : status;
}

// What is wrong with the patterns, or nothing.
std::string BadPattern(const TensorFile& file, const TensorFilter& filter) {
  for (const std::string& pattern : filter.include) {
    bool found = false;
    for (const FileTensor& tensor : file.tensors()) {
      found = found || (tensor.AsMatrix() && Matches(pattern, tensor.name));
    }
    if (!found) return fmt::format("--include '{}' matches no float matrix of the input", pattern);
  }
  for (const FileTensor& tensor : file.tensors()) {
    if (filter.Packs(tensor)) return {};
  }
  return "no tensor would be packed; see `lutgemm inspect` for names and choose with --include";
}

int CheckPaths(const RepackOptions& options, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    if (SameFile(file, options.out)) {
      return UsageError(fmt::format("{} is the input; give OUT another name", options.out));
    }
  }
  if (SameFile(options.in, options.out)) {
    return UsageError(fmt::format("{} is the input; give OUT another name", options.out));
  }
  std::error_code error;
  if (!options.force && !options.dry_run && std::filesystem::exists(options.out, error)) {
    return UsageError(fmt::format("{} already exists; --force replaces it", options.out));
  }
  return kExitOk;
}

int RunRepack(const RepackOptions& options) {
  Result<QuantSpec> spec = options.weights.Spec();
  if (!spec.ok()) return UsageError(spec.status().text());
  if (spec->format == WeightFormat::kCodebook && !options.weights.format.book) {
    return UsageError("--format codebook needs a file of values: codebook:FILE");
  }
  spec->scale_search = options.scale_search;
  const Result<TensorFile> file = TensorFile::Open(options.in);
  if (!file.ok()) return FileFailed(file.status());
  const Result<std::vector<std::string>> files = DataFiles(options.in);
  if (!files.ok()) return FileFailed(files.status());
  if (const int bad = CheckPaths(options, *files); bad != kExitOk) return bad;
  if (IsPacked(*file)) {
    return InputError(
        fmt::format("{}: is packed already; repack the checkpoint it was made from", options.in));
  }
  if (const std::string bad = BadPattern(*file, options.filter); !bad.empty()) {
    return UsageError(bad);
  }
  const Result<ChannelFold> fold = ChannelFold::Make(*file, options.order, options.head_dim);
  if (!fold.ok()) return InputError(fmt::format("{}: {}", options.in, fold.status().text()));
  Rooms rooms;
  PackedWriter writer;
  RepackReport report;
  const Repacking how{options, *spec, *fold, rooms};
  if (Status status = RepackAll(*file, how, writer, report); !status.ok()) {
    return FileFailed(status);
  }
  const Result<uint64_t> before = BytesOfFiles(*files);
  if (!before.ok()) return FileFailed(before.status());
  report.bytes_before = *before;
  report.bytes_after = writer.file_bytes();
  if (!options.dry_run) {
    const Status status = writer.Write(options.out, options.force);
    if (status.code() == Code::kExists) return UsageError(status.text());
    if (!status.ok()) return FileFailed(status);
  }
  if (options.json) {
    PrintJson(ToJson(report));
  } else {
    Print(report, options);
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
