// How much the error of each channel counts when a checkpoint is quantised: --importance.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_WEIGHING_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_WEIGHING_H_

#include "tools/command/common/channel_fold.h"
#include "tools/command/common/importance_file.h"

#include <optional>
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

 private:
  std::optional<ImportanceEntries> entries_;
};

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_WEIGHING_H_
