// lutgemm inspect: what is in a file.
#include "tools/checkpoint.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/report.h"

#include "io/packed_parse.h"

#include <fmt/core.h>

#include <map>
#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nFILE may be any checkpoint that `repack` reads, or a file that it wrote. Of packed tensors "
    "it\n"
    "shows format, layout, group, scale type, zero points, bits per weight with everything "
    "counted,\n"
    "and whether the stored checksum fits (exit code 1 if one does not).\n\n"
    "Examples:\n"
    "  lutgemm inspect model.safetensors\n"
    "  lutgemm inspect model.int4.safetensors --json";

struct InspectOptions {
  std::string file;
  bool json = false;
};

using PackedByName = std::map<std::string, io::PackedTensor>;

bool ChecksumOk(const io::PackedTensor& packed) {
  return io::PackedChecksum(packed.name, packed.desc, packed.blob) == packed.desc.checksum;
}

double BitsPerWeight(const io::PackedTensor& packed) {
  return 8.0 * double(packed.blob.size()) /
         (double(packed.desc.info.n) * double(packed.desc.info.k));
}

std::string LayoutText(const io::PackedDesc& desc) {
  return fmt::format("{} v{}", Name(desc.layout), desc.layout_version);
}

Json PackedJson(const io::PackedTensor& packed) {
  const WeightInfo& info = packed.desc.info;
  return {{"format", Name(info.format)},
          {"shape", {info.n, info.k}},
          {"layout", Name(packed.desc.layout)},
          {"layout_version", packed.desc.layout_version},
          {"group", GroupJson(info.group)},
          {"scale", Name(info.scale)},
          {"zero", Name(info.zero)},
          {"bits_per_weight", BitsPerWeight(packed)},
          {"checksum_ok", ChecksumOk(packed)}};
}

Json ToJson(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
            const PackedByName& packed) {
  Json tensors = Json::array();
  for (const FileTensor& tensor : file.tensors()) {
    Json row = {{"name", tensor.name},
                {"dtype", tensor.dtype},
                {"shape", tensor.shape},
                {"bytes", tensor.bytes.size()}};
    const auto found = packed.find(tensor.name);
    row["packed"] = found != packed.end() ? PackedJson(found->second) : Json(nullptr);
    tensors.push_back(std::move(row));
  }
  return {
      {"file", options.file},     {"container", file.container()}, {"bytes", bytes},
      {"packed", IsPacked(file)}, {"tensors", std::move(tensors)}, {"metadata", file.metadata()}};
}

void PrintPacked(const TensorFile& file, const PackedByName& packed) {
  Table table({"packed tensor", "shape", "<format", "group", "<layout", "<scale", "<zero",
               "bits/weight", "bytes", "<checksum"});
  for (const FileTensor& tensor : file.tensors()) {
    const auto found = packed.find(tensor.name);
    if (found == packed.end()) continue;
    const io::PackedDesc& desc = found->second.desc;
    table.Add({tensor.name, ShapeText({desc.info.n, desc.info.k}),
               std::string(Name(desc.info.format)), GroupText(desc.info.group), LayoutText(desc),
               std::string(Name(desc.info.scale)), std::string(Name(desc.info.zero)),
               NumberText(BitsPerWeight(found->second)), fmt::format("{}", tensor.bytes.size()),
               ChecksumOk(found->second) ? "ok" : "BAD"});
  }
  table.Print();
}

void PrintPlain(const TensorFile& file, const PackedByName& packed) {
  Table table({"tensor", "<dtype", "shape", "bytes"});
  for (const FileTensor& tensor : file.tensors()) {
    if (packed.contains(tensor.name)) continue;
    table.Add({tensor.name, tensor.dtype, ShapeText(tensor.shape),
               fmt::format("{}", tensor.bytes.size())});
  }
  table.Print();
}

// One line of a value, as files may hold whole templates and vocabularies.
std::string ShortValue(const std::string& value) {
  constexpr size_t kLongest = 80;
  std::string line = value.substr(0, value.find('\n'));
  if (line.size() > kLongest) line.resize(kLongest);
  return line.size() == value.size() ? line : line + " ...";
}

void Print(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
           const PackedByName& packed) {
  fmt::print("file       {}\ncontainer  {}{}\nsize       {}\ntensors    {}, {} of them packed\n\n",
             options.file, file.container(), IsPacked(file) ? ", packed by lutgemm" : "",
             BytesText(bytes), file.tensors().size(), packed.size());
  if (!packed.empty()) PrintPacked(file, packed);
  if (!packed.empty() && packed.size() < file.tensors().size()) fmt::print("\n");
  if (packed.size() < file.tensors().size()) PrintPlain(file, packed);
  bool heading = false;
  for (const auto& [key, value] : file.metadata()) {
    if (key.starts_with(io::kTensorPrefix)) continue;  // shown above
    fmt::print("{}  {} = {}\n", heading ? "" : "\nmetadata\n", key, ShortValue(value));
    heading = true;
  }
}

int RunInspect(const InspectOptions& options) {
  const Result<TensorFile> file = TensorFile::Open(options.file);
  if (!file.ok()) return FileFailed(file.status());
  const Result<std::vector<std::string>> files = DataFiles(options.file);
  if (!files.ok()) return FileFailed(files.status());
  const Result<uint64_t> bytes = BytesOfFiles(*files);
  if (!bytes.ok()) return FileFailed(bytes.status());
  PackedByName packed;
  if (IsPacked(*file)) {
    const auto tensors = io::ParsePacked(file->tensors(), file->metadata(), options.file, false);
    if (!tensors.ok()) return FileFailed(tensors.status());
    for (const io::PackedTensor& tensor : *tensors) packed.emplace(tensor.name, tensor);
  }
  if (options.json) {
    PrintJson(ToJson(options, *file, *bytes, packed));
  } else {
    Print(options, *file, *bytes, packed);
  }
  for (const auto& [name, tensor] : packed) {
    if (ChecksumOk(tensor)) continue;
    return CheckFailed(fmt::format("{}: tensor '{}': checksum does not match; the file is damaged",
                                   options.file, name));
  }
  return kExitOk;
}

}  // namespace

void AddInspect(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("inspect", "Show the tensors and metadata of a file");
  auto options = std::make_shared<InspectOptions>();
  command
      ->add_option("FILE", options->file, "A .safetensors, .safetensors.index.json or .gguf file")
      ->required();
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunInspect(*options); });
}

}  // namespace lutgemm::tools
