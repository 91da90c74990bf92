// Quantises and packs the matrices of a checkpoint.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_REPACKER_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_REPACKER_H_

#include "tools/command/repack/options.h"
#include "tools/command/repack/weighing.h"

#include <lutgemm/io.hpp>

#include <list>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct RepackedTensor {
  std::string name;
  std::vector<uint64_t> shape;
  WeightInfo info;
  double bits_per_weight = 0.0;
  double nmse = 0.0;
  bool weighed = false;  // by importance
};

// A tensor that is in the output as it was.
struct PassedThrough {
  std::string name, dtype;
  std::vector<uint64_t> shape;
  uint64_t bytes = 0;
  std::string reason;  // why it was not packed
  bool large = false;  // a MiB, or a hundredth of the whole model
};

struct Repacked {
  PackedWriter writer;  // of the whole output, not yet written
  std::vector<RepackedTensor> tensors;
  std::vector<PassedThrough> passed;
  // The bytes of reordered tensors that pass through, which the writer borrows.
  std::list<std::vector<std::byte>> rooms;
};

struct RepackJob {
  const RepackOptions& options;
  const QuantSpec& spec;
  const ChannelFold& fold;
  const Weighing& weighing;
};
// Everything that can be found wrong without quantising is found before it, the output's place and
// room included.
Result<Repacked> Repack(const TensorFile& file, const RepackJob& job);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_REPACKER_H_
