// How much the error of each channel counts when a checkpoint is quantised: --importance.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_WEIGHING_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_WEIGHING_H_

#include "tools/command/common/channel_fold.h"
#include "tools/command/common/importance_file.h"

#include <lutgemm/import.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::tools {

class Weighing {
 public:
  // Everything counts alike where `path` is empty. Fails as ReadImportance.
  static Result<Weighing> Read(const std::string& path);

  bool on() const { return entries_.has_value(); }
  // Of matrix `index` of a tensor's, for each of its columns in the order that `fold` gives them;
  // empty where there is no entry for it. kBadShape where the file's has another size.
  Result<std::vector<float>> Of(const FileTensor& tensor, size_t index,
                                const ChannelFold& fold) const;
  // Of weights that the checkpoint has quantised; `importer` is the one that lists them.
  Result<std::vector<float>> Of(const ImportableWeights& weights, const Importer& importer,
                                const ChannelFold& fold) const;

 private:
  std::optional<ImportanceEntries> entries_;
};

// The numbers of columns as these stand by act order: at place i that of column order[i]. An empty
// order leaves them as they are.
std::vector<float> InActOrder(std::vector<float> columns, std::span<const uint32_t> order);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_WEIGHING_H_
