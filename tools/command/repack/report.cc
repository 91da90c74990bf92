#include "tools/command/repack/report.h"

#include "tools/command/common/import_options.h"

#include <fmt/core.h>

#include <map>
#include <utility>

namespace lutgemm::tools {
namespace {

// What makes the output large without being packed must not go unnoticed.
void PrintLarge(const Repacked& repacked) {
  Table table({"large, not packed", "<dtype", "shape", "bytes", "<because it"});
  bool any = false;
  for (const PassedThrough& tensor : repacked.passed) {
    if (!tensor.large || tensor.quantised) continue;
    any = true;
    table.Add({tensor.name, tensor.dtype, ShapeText(tensor.shape), fmt::format("{}", tensor.bytes),
               tensor.reason});
  }
  if (!any) return;
  fmt::print("\n");
  table.Print();
}

// Weights that a reader may have expected to be packed, whatever their size.
void PrintRefused(const Repacked& repacked) {
  Table table({"quantised, not packed", "<type", "shape", "bytes", "<because"});
  bool any = false;
  for (const PassedThrough& tensor : repacked.passed) {
    if (!tensor.quantised) continue;
    any = true;
    table.Add({tensor.name, tensor.dtype, ShapeText(tensor.shape), fmt::format("{}", tensor.bytes),
               InOptions(tensor.reason)});
  }
  if (!any) return;
  fmt::print("\n");
  table.Print();
}

// In what packed values are not quite the checkpoint's: each note once.
void PrintNotes(const Repacked& repacked) {
  std::map<std::string, size_t> notes;
  for (const RepackedTensor& tensor : repacked.tensors) {
    if (!tensor.note.empty()) ++notes[tensor.note];
  }
  for (const auto& [note, count] : notes) fmt::print("of {} tensors: {}\n", count, note);
}

// Bits per weight of all packed tensors, in the checkpoint and here.
void PrintBits(const Repacked& repacked) {
  double weights = 0, there = 0, here = 0;
  for (const RepackedTensor& tensor : repacked.tensors) {
    const double count = double(tensor.info.n) * double(tensor.info.k);
    weights += count;
    there += count * tensor.bits_there;
    here += count * tensor.bits_per_weight;
  }
  fmt::print("bits/weight     {} there, {} here\n", NumberText(there / weights),
             NumberText(here / weights));
}

// Names of packed matrices that importance was asked for and has no entry of.
std::vector<std::string> Unweighed(const RepackOptions& options, const Repacked& repacked) {
  std::vector<std::string> names;
  if (options.importance.empty()) return names;
  for (const RepackedTensor& tensor : repacked.tensors) {
    if (!tensor.weighed) names.push_back(tensor.name);
  }
  return names;
}

void PrintUnweighed(const RepackOptions& options, const Repacked& repacked) {
  const std::vector<std::string> names = Unweighed(options, repacked);
  if (options.importance.empty()) return;
  fmt::print("importance      of {} tensors; not in {}: {}\n",
             repacked.tensors.size() - names.size(), options.importance, names.size());
  for (const std::string& name : names) fmt::print("  {}\n", Printable(name));
}

}  // namespace

Json RepackJson(const RepackOptions& options, const Repacked& repacked, const RepackSizes& sizes) {
  Json tensors = Json::array();
  for (const RepackedTensor& tensor : repacked.tensors) {
    Json row = {{"name", tensor.name},
                {"shape", tensor.shape},
                {"source", tensor.source},
                {"source_bits_per_weight", tensor.bits_there}};
    row.update(FormatJson(tensor.info));
    row.update({{"layout", Name(tensor.layout)},
                {"bits_per_weight", tensor.bits_per_weight},
                {"exact", tensor.exact},
                {"nmse", tensor.nmse},
                {"act_order", tensor.act_order}});
    if (!tensor.note.empty()) row["note"] = tensor.note;
    tensors.push_back(std::move(row));
  }
  Json passed = Json::array();
  for (const PassedThrough& tensor : repacked.passed) {
    passed.push_back({{"name", tensor.name},
                      {"dtype", tensor.dtype},
                      {"shape", tensor.shape},
                      {"bytes", tensor.bytes},
                      {"reason", InOptions(tensor.reason)},
                      {"large", tensor.large},
                      {"quantised", tensor.quantised}});
  }
  Json report = {{"tensors", std::move(tensors)},
                 {"passed_through", std::move(passed)},
                 {"bytes_before", sizes.before},
                 {"bytes_after", sizes.after}};
  if (!options.importance.empty()) report["without_importance"] = Unweighed(options, repacked);
  return report;
}

void PrintRepack(const RepackOptions& options, const Repacked& repacked, const RepackSizes& sizes) {
  Table table({"tensor", "shape", "<source", "<format", "group", "<layout", "bits there",
               "bits here", "NMSE"});
  for (const RepackedTensor& tensor : repacked.tensors) {
    table.Add(
        {tensor.name, ShapeText(tensor.shape), tensor.source, std::string(Name(tensor.info.format)),
         GroupsText(tensor.info), std::string(Name(tensor.layout)), NumberText(tensor.bits_there),
         NumberText(tensor.bits_per_weight), tensor.exact ? "exact" : ErrorText(tensor.nmse)});
  }
  table.Print();
  PrintLarge(repacked);
  PrintRefused(repacked);
  uint64_t passed_bytes = 0;
  for (const PassedThrough& tensor : repacked.passed) passed_bytes += tensor.bytes;
  fmt::print("\npacked          {} tensors\npassed through  {} tensors, {}\n",
             repacked.tensors.size(), repacked.passed.size(), BytesText(passed_bytes));
  PrintNotes(repacked);
  PrintUnweighed(options, repacked);
  PrintBits(repacked);
  fmt::print("before          {}\nafter           {}, {} times smaller\n", BytesText(sizes.before),
             BytesText(sizes.after), NumberText(double(sizes.before) / double(sizes.after), 3));
  fmt::print("{}\n", options.dry_run ? "dry run: nothing was written"
                                     : fmt::format("written         {}", options.out));
}

}  // namespace lutgemm::tools
