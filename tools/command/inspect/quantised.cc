#include "tools/command/inspect/quantised.h"

#include "tools/command/common/import_options.h"

#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

namespace lutgemm::tools {
namespace {

// One matrix as the report shows it.
struct Shown {
  std::vector<uint64_t> shape;  // of what is refused, that of its first tensor
  double bits_there = 0.0, bits_here = 0.0;
  std::string reason;  // why it passes through, or nothing
};

Shown Look(const TensorFile& file, const ImportableWeights& weights) {
  Shown shown;
  shown.reason = InOptions(Decide(weights, TensorFilter(), false).reason);
  const WeightInfo& info = weights.info;
  if (weights.refusal.empty()) {
    shown.shape = {info.n, info.k};
    shown.bits_there = BitsThere(weights);
    shown.bits_here =
        8.0 * double(PackedBytes(info, DefaultLayout(info))) / (double(info.n) * double(info.k));
    return shown;
  }
  if (const FileTensor* tensor = file.Find(weights.tensors.front())) shown.shape = tensor->shape;
  double count = 1.0;
  for (const uint64_t size : shown.shape) count *= double(size);
  // Only a GGUF's shape is that of the weights.
  if (file.container() == "gguf" && count > 0) shown.bits_there = 8 * double(weights.bytes) / count;
  return shown;
}

std::string BitsText(double bits) { return bits == 0.0 ? "-" : NumberText(bits); }

}  // namespace

Json QuantisedJson(const TensorFile& file, const Importer& importer) {
  Json list = Json::array();
  for (const ImportableWeights& weights : importer.weights()) {
    const Shown shown = Look(file, weights);
    Json row = {{"name", weights.name},
                {"convention", Name(weights.convention)},
                {"type", weights.type},
                {"shape", shown.shape},
                {"tensors", weights.tensors},
                {"bytes", weights.bytes},
                {"bits_per_weight", shown.bits_there},
                {"repack", shown.reason.empty() ? "exact" : "passes through"}};
    if (shown.reason.empty()) {
      row.update(FormatJson(weights.info));
      row["packed_bits_per_weight"] = shown.bits_here;
    } else {
      row["reason"] = shown.reason;
    }
    if (!weights.note.empty()) row["note"] = weights.note;
    list.push_back(std::move(row));
  }
  return list;
}

void PrintQuantised(const TensorFile& file, const Importer& importer) {
  if (importer.weights().empty()) return;
  fmt::print("\nconvention {}\n", Name(importer.weights().front().convention));
  Table table({"quantised weights", "shape", "<type", "bits/weight", "<format", "group", "<scale",
               "<zero", "packed", "<repack"});
  for (const ImportableWeights& weights : importer.weights()) {
    const Shown shown = Look(file, weights);
    const bool packs = shown.reason.empty();
    const WeightInfo& info = weights.info;
    table.Add({weights.name, ShapeText(shown.shape), weights.type, BitsText(shown.bits_there),
               packs ? std::string(Name(info.format)) : "-", packs ? GroupsText(info) : "-",
               packs ? ScalesText(info) : "-", packs ? std::string(Name(info.zero)) : "-",
               BitsText(shown.bits_here),
               packs ? (weights.note.empty() ? "exact" : weights.note)
                     : "passes through: " + shown.reason});
  }
  table.Print();
}

}  // namespace lutgemm::tools
