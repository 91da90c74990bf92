#include "tools/command/repack/weighing.h"

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

}  // namespace lutgemm::tools
