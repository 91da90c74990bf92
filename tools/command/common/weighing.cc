#include "tools/command/common/weighing.h"

#include "tools/command/common/quantised.h"

#include <algorithm>
#include <utility>

namespace lutgemm::tools {

Result<Weighing> Weighing::Read(const std::string& path) {
  Weighing weighing;
  if (path.empty()) return weighing;
  Result<ImportanceEntries> entries = ReadImportance(path);
  if (!entries.ok()) return entries.status();
  weighing.entries_ = *std::move(entries);
  return weighing;
}

Result<std::vector<float>> Weighing::Of(const FileTensor& tensor, size_t index,
                                        const ChannelFold& fold) const {
  if (!entries_) return std::vector<float>();
  ImportanceQuery query{tensor.name, index};
  if (tensor.shape.size() == 3) query.matrices = static_cast<size_t>(tensor.shape[0]);
  query.k = static_cast<size_t>(tensor.shape.back());
  const auto columns = FindImportance(*entries_, query);
  if (!columns.ok()) return columns.status();
  return fold.ApplyToColumns(tensor.name, {columns->begin(), columns->end()});
}

Result<std::vector<float>> Weighing::Of(const ImportableWeights& weights, const Importer& importer,
                                        const ChannelFold& fold) const {
  const std::string_view stack = StackName(weights.name);
  FileTensor like{std::string(stack), "F32", {weights.info.n, weights.info.k}, {}, {}};
  size_t index = 0;
  if (stack != weights.name) {
    const std::string& codes = weights.tensors.front();
    uint64_t experts = 0;
    for (const ImportableWeights& other : importer.weights()) {
      if (other.tensors.front() != codes) continue;
      if (other.name == weights.name) index = experts;
      ++experts;
    }
    like.shape.insert(like.shape.begin(), experts);
  }
  return Of(like, index, fold);
}

std::vector<float> InActOrder(std::vector<float> columns, std::span<const uint32_t> order) {
  std::vector<float> ordered = columns;
  for (size_t i = 0; i < std::min(columns.size(), order.size()); ++i) {
    ordered[i] = columns[order[i]];
  }
  return ordered;
}

}  // namespace lutgemm::tools
