#include "tools/command/repack/report.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools {
namespace {

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
  Json report = {{"tensors", std::move(tensors)},
                 {"passed_through", std::move(passed)},
                 {"bytes_before", sizes.before},
                 {"bytes_after", sizes.after}};
  if (!options.importance.empty()) report["without_importance"] = Unweighed(options, repacked);
  return report;
}

void PrintRepack(const RepackOptions& options, const Repacked& repacked, const RepackSizes& sizes) {
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
  PrintUnweighed(options, repacked);
  fmt::print("before          {}\nafter           {}, {} times smaller\n", BytesText(sizes.before),
             BytesText(sizes.after), NumberText(double(sizes.before) / double(sizes.after), 3));
  fmt::print("{}\n", options.dry_run ? "dry run: nothing was written"
                                     : fmt::format("written         {}", options.out));
}

}  // namespace lutgemm::tools
