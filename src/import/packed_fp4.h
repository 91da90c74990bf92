// Rows of 4-bit floats, the low half of a byte first, with a scale of one byte for each group.
#ifndef LUTGEMM_IMPORT_PACKED_FP4_H_
#define LUTGEMM_IMPORT_PACKED_FP4_H_

#include "import/tensors.h"

#include <cstddef>

namespace lutgemm::importing {

// A matrix in tensors that may hold several: it begins at these bytes of them.
struct PackedFp4 {
  WeightInfo info;  // kMxfp4 or kNvfp4
  const FileTensor* codes = nullptr;
  const FileTensor* scales = nullptr;
  size_t code_offset = 0;
  size_t scale_offset = 0;
  float factor = 1;  // kNvfp4
};

Result<ImportedWeights> ReadFp4(const PackedFp4& packed, Threads* threads);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_PACKED_FP4_H_
