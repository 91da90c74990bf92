// lutgemm inspect: what is in a file.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/checkpoint.h"
#include "tools/console/report.h"

#include "io/packed_parse.h"

#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nFILE may be any checkpoint that `repack` reads, or a file that it wrote. Of packed tensors "
    "it\n"
    "shows format, layout, group, scale type, zero points, bits per weight with everything "
    "counted,\n"
    "and of every tensor whether its stored checksum fits (exit code 1 if one does not).\n\n"
    "Examples:\n"
    "  lutgemm inspect model.safetensors\n"
    "  lutgemm inspect model.int4.safetensors --json";

struct InspectOptions {
  std::string file;
  bool json = false;
};

// A tensor of a packed file and whether its checksum fits.
struct Found {
  const io::PackedTensor* packed = nullptr;  // null: passed through
  std::optional<bool> checksum_ok;           // none: version 1 has none for these
};
struct Contents {
  io::PackedContents tensors;
  std::map<std::string, Found> by_name;  // points into `tensors`

  const io::PackedTensor* Packed(const std::string& name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second.packed;
  }
  std::optional<bool> ChecksumOk(const std::string& name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? std::nullopt : found->second.checksum_ok;
  }
};

Contents Read(io::PackedContents tensors) {
  Contents contents{std::move(tensors), {}};
  for (const io::PackedTensor& tensor : contents.tensors.packed) {
    contents.by_name[tensor.name] = {&tensor, tensor.ChecksumFits()};
  }
  for (const io::PassedTensor& tensor : contents.tensors.passed) {
    Found& found = contents.by_name[tensor.name];
    if (tensor.checksum) found.checksum_ok = tensor.ChecksumFits();
  }
  return contents;
}

std::string ChecksumText(std::optional<bool> ok) { return !ok ? "none" : *ok ? "ok" : "BAD"; }

double BitsPerWeight(const io::PackedTensor& packed) {
  return 8.0 * double(packed.blob.size()) /
         (double(packed.desc.info.n) * double(packed.desc.info.k));
}

std::string LayoutText(const io::PackedDesc& desc) {
  return fmt::format("{} v{}", Name(desc.layout), desc.layout_version);
}

Json PackedJson(const io::PackedTensor& packed, bool checksum_ok) {
  const WeightInfo& info = packed.desc.info;
  return {{"format", Name(info.format)},
          {"shape", {info.n, info.k}},
          {"layout", Name(packed.desc.layout)},
          {"layout_version", packed.desc.layout_version},
          {"group", GroupJson(info.group)},
          {"scale", Name(info.scale)},
          {"zero", Name(info.zero)},
          {"bits_per_weight", BitsPerWeight(packed)},
          {"checksum_ok", checksum_ok}};
}

Json ToJson(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
            const Contents& contents) {
  Json tensors = Json::array();
  for (const FileTensor& tensor : file.tensors()) {
    Json row = {{"name", tensor.name},
                {"dtype", tensor.dtype},
                {"shape", tensor.shape},
                {"bytes", tensor.bytes.size()}};
    const io::PackedTensor* packed = contents.Packed(tensor.name);
    const std::optional<bool> ok = contents.ChecksumOk(tensor.name);
    row["packed"] = packed != nullptr ? PackedJson(*packed, *ok) : Json(nullptr);
    row["checksum_ok"] = ok ? Json(*ok) : Json(nullptr);
    tensors.push_back(std::move(row));
  }
  return {
      {"file", options.file},     {"container", file.container()}, {"bytes", bytes},
      {"packed", IsPacked(file)}, {"tensors", std::move(tensors)}, {"metadata", file.metadata()}};
}

void PrintPacked(const TensorFile& file, const Contents& contents) {
  Table table({"packed tensor", "shape", "<format", "group", "<layout", "<scale", "<zero",
               "bits/weight", "bytes", "<checksum"});
  for (const FileTensor& tensor : file.tensors()) {
    const io::PackedTensor* packed = contents.Packed(tensor.name);
    if (packed == nullptr) continue;
    const io::PackedDesc& desc = packed->desc;
    table.Add({tensor.name, ShapeText({desc.info.n, desc.info.k}),
               std::string(Name(desc.info.format)), GroupText(desc.info.group), LayoutText(desc),
               std::string(Name(desc.info.scale)), std::string(Name(desc.info.zero)),
               NumberText(BitsPerWeight(*packed)), fmt::format("{}", tensor.bytes.size()),
               ChecksumText(contents.ChecksumOk(tensor.name))});
  }
  table.Print();
}

void PrintPlain(const TensorFile& file, const Contents& contents) {
  const bool checked = IsPacked(file);
  std::vector<std::string> headers = {"tensor", "<dtype", "shape", "bytes"};
  if (checked) headers.push_back("<checksum");
  Table table(headers);
  for (const FileTensor& tensor : file.tensors()) {
    if (contents.Packed(tensor.name) != nullptr) continue;
    std::vector<std::string> row = {tensor.name, tensor.dtype, ShapeText(tensor.shape),
                                    fmt::format("{}", tensor.bytes.size())};
    if (checked) row.push_back(ChecksumText(contents.ChecksumOk(tensor.name)));
    table.Add(row);
  }
  table.Print();
}

// One line of a value, as files may hold whole templates and vocabularies.
std::string ShortValue(const std::string& value) {
  constexpr size_t kLongest = 80;
  std::string line = value.substr(0, value.find('\n'));
  if (line.size() > kLongest) {
    // Not within a character.
    size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
    line.resize(end);
  }
  return line.size() == value.size() ? Printable(line) : Printable(line) + " ...";
}

void Print(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
           const Contents& contents) {
  const size_t packed = contents.tensors.packed.size();
  fmt::print("file       {}\ncontainer  {}{}\nsize       {}\ntensors    {}, {} of them packed\n\n",
             options.file, file.container(), IsPacked(file) ? ", packed by lutgemm" : "",
             BytesText(bytes), file.tensors().size(), packed);
  if (packed != 0) PrintPacked(file, contents);
  if (packed != 0 && packed < file.tensors().size()) fmt::print("\n");
  if (packed < file.tensors().size()) PrintPlain(file, contents);
  bool heading = false;
  for (const auto& [key, value] : file.metadata()) {
    if (key.starts_with(io::kTensorPrefix) || key.starts_with(io::kPassedPrefix))
      continue;  // shown above
    fmt::print("{}  {} = {}\n", heading ? "" : "\nmetadata\n", Printable(key), ShortValue(value));
    heading = true;
  }
}

int RunInspect(const InspectOptions& options) {
  const Result<TensorFile> file = TensorFile::Open(options.file);
  if (!file.ok()) return FileFailed(file.status());
  const Result<uint64_t> bytes = BytesOfFiles(file->paths());
  if (!bytes.ok()) return FileFailed(bytes.status());
  Contents contents;
  if (IsPacked(*file)) {
    auto tensors = io::ParsePacked(file->tensors(), file->metadata(), options.file);
    if (!tensors.ok()) return FileFailed(tensors.status());
    contents = Read(*std::move(tensors));
  }
  if (options.json) {
    PrintJson(ToJson(options, *file, *bytes, contents));
  } else {
    Print(options, *file, *bytes, contents);
  }
  for (const auto& [name, found] : contents.by_name) {
    if (found.checksum_ok.value_or(true)) continue;
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
