// Quantises and packs the matrices of a checkpoint.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_REPACKER_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_REPACKER_H_

#include "tools/command/common/quantised.h"
#include "tools/command/common/weighing.h"
#include "tools/command/repack/options.h"

#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>

#include <list>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct RepackedTensor {
  std::string name;
  std::vector<uint64_t> shape;
  std::string source;  // its type in the checkpoint: "F32", "Q4_K", "gptq 4 bit"
  double bits_there = 0.0;
  WeightInfo info;
  LayoutId layout = LayoutId::kDefault;
  double bits_per_weight = 0.0;
  double nmse = 0.0;
  bool weighed = false;    // by importance
  bool exact = false;      // kept with the values that they have
  bool act_order = false;  // a tensor beside it says where its channels stand
  std::string note;        // ImportableWeights::note
};

// A tensor that is in the output as it was.
struct PassedThrough {
  std::string name, dtype;
  std::vector<uint64_t> shape;
  uint64_t bytes = 0;
  std::string reason;  // why it was not packed
  bool large = false;  // a MiB, or a hundredth of the whole model
  bool quantised =
      false;  // weights, or part of them, that have no format here or were not asked for
};

struct Repacked {
  PackedWriter writer;  // of the whole output, not yet written
  std::vector<RepackedTensor> tensors;
  std::vector<PassedThrough> passed;
  // The bytes of new tensors that pass through, such as orders, which the writer borrows.
  std::list<std::vector<std::byte>> rooms;
};

struct RepackJob {
  const RepackOptions& options;
  const Importer& importer;
  const QuantSpec& spec;
  const ChannelFold& fold;
  const Weighing& weighing;
};
// Why a tensor that is no quantised weight passes through, or nothing where it is packed.
std::string WhyNotPacked(const RepackJob& job, const FileTensor& tensor);
// Everything that can be found wrong without quantising is found before it, the output's place and
// room included.
Result<Repacked> Repack(const TensorFile& file, const RepackJob& job);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_REPACKER_H_
