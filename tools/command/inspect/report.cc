#include "tools/command/inspect/report.h"

#include "tools/command/inspect/quantised.h"

#include <fmt/core.h>

#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

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
  Json json = FormatJson(info);
  json.update({{"shape", {info.n, info.k}},
               {"layout", Name(packed.desc.layout)},
               {"layout_version", packed.desc.layout_version},
               {"bits_per_weight", BitsPerWeight(packed)},
               {"checksum_ok", checksum_ok}});
  return json;
}

void PrintPacked(const TensorFile& file, const Inspected& contents) {
  Table table({"packed tensor", "shape", "<format", "group", "<layout", "<scale", "<zero",
               "bits/weight", "bytes", "<checksum"});
  for (const FileTensor& tensor : file.tensors()) {
    const io::PackedTensor* packed = contents.Packed(tensor.name);
    if (packed == nullptr) continue;
    const io::PackedDesc& desc = packed->desc;
    table.Add({tensor.name, ShapeText({desc.info.n, desc.info.k}),
               std::string(Name(desc.info.format)), GroupsText(desc.info), LayoutText(desc),
               ScalesText(desc.info), std::string(Name(desc.info.zero)),
               NumberText(BitsPerWeight(*packed)), fmt::format("{}", tensor.bytes.size()),
               ChecksumText(contents.ChecksumOk(tensor.name))});
  }
  table.Print();
}

void PrintPlain(const TensorFile& file, const Inspected& contents) {
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

}  // namespace

Json InspectJson(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
                 const Inspected& contents) {
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
  Json report = {
      {"file", options.file},     {"container", file.container()}, {"bytes", bytes},
      {"packed", IsPacked(file)}, {"tensors", std::move(tensors)}, {"metadata", file.metadata()}};
  if (contents.importer) report["quantised"] = QuantisedJson(file, *contents.importer);
  if (!contents.unreadable.empty()) report["unreadable"] = contents.unreadable;
  return report;
}

void PrintInspect(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
                  const Inspected& contents) {
  const size_t packed = contents.tensors.packed.size();
  fmt::print("file       {}\ncontainer  {}{}\nsize       {}\ntensors    {}, {} of them packed\n\n",
             options.file, file.container(), IsPacked(file) ? ", packed by lutgemm" : "",
             BytesText(bytes), file.tensors().size(), packed);
  if (packed != 0) PrintPacked(file, contents);
  if (packed != 0 && packed < file.tensors().size()) fmt::print("\n");
  if (packed < file.tensors().size()) PrintPlain(file, contents);
  if (contents.importer) PrintQuantised(file, *contents.importer);
  if (!contents.unreadable.empty()) {
    fmt::print("\nquantised weights cannot be told: {}\n", Printable(contents.unreadable));
  }
  bool heading = false;
  for (const auto& [key, value] : file.metadata()) {
    if (key.starts_with(io::kTensorPrefix) || key.starts_with(io::kPassedPrefix))
      continue;  // shown above
    fmt::print("{}  {} = {}\n", heading ? "" : "\nmetadata\n", Printable(key), ShortValue(value));
    heading = true;
  }
}

}  // namespace lutgemm::tools
