// A packed file beside the checkpoint that it was made from.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_ORIGINAL_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_ORIGINAL_H_

#include "io/packed_parse.h"
#include "tools/command/common/channel_fold.h"
#include "tools/command/common/weighing.h"
#include "tools/command/verify/report.h"

#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>

#include <string>

namespace lutgemm::tools {

// The checkpoint that was packed, with the channel orders that were folded in.
struct Original {
  TensorFile file;
  ChannelFold fold;
  Importer importer;  // its quantised weights
  Weighing weighing;  // what --importance names
};

// Compares a tensor's weights with the checkpoint's; what is wrong, or nothing. Sets the tensor's
// weight_nmse.
std::string CompareWeights(const Original& original, const QuantizedMatrix& matrix,
                           Threads* threads, VerifiedTensor& tensor);

// Tensors that were not packed must be the same in both files, and orders of channels what the
// quantised weights need.
void ComparePassed(const TensorFile& file, const Original& original, VerifyReport& report);

// Nothing may have been added but the channel orders that `repack --order` keeps.
void FindAdded(const io::PackedContents& contents, const Original& original, VerifyReport& report);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_ORIGINAL_H_
