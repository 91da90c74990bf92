// What becomes of every tensor of a checkpoint, found before anything is quantised.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_PLAN_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_PLAN_H_

#include "tools/command/repack/repacker.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

struct PlannedWeights {
  const ImportableWeights* weights = nullptr;
  bool requantise = false;
};

struct RepackPlan {
  std::vector<PlannedWeights> to_import;
  std::vector<const FileTensor*> to_pack;  // float matrices and stacks of them
  uint64_t packed_bytes = 0;               // of both, before
  uint64_t expected_bytes = 0;             // and after
};

// Gives metadata and what passes through to `out`. Errors do not name the file.
Result<RepackPlan> MakeRepackPlan(const TensorFile& file, const RepackJob& job, Repacked& out);

// How much each channel's error counts, channels as the checkpoint has them; or nothing.
Result<std::vector<float>> ImportanceOf(const RepackJob& job, const ImportableWeights& weights);

// The status with the tensor's name before its text.
Status OfTensor(std::string_view tensor, const Status& status);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_PLAN_H_
