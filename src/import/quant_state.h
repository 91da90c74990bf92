// The JSON that bitsandbytes keeps beside 4-bit weights.
#ifndef LUTGEMM_IMPORT_QUANT_STATE_H_
#define LUTGEMM_IMPORT_QUANT_STATE_H_

#include <lutgemm/io.hpp>

#include <cstdint>
#include <vector>

namespace lutgemm::importing {

struct QuantState {
  uint64_t block = 0;           // "blocksize": weights that share a scale, along flattened rows
  std::vector<uint64_t> shape;  // of the weights
  uint64_t nested_block = 0;    // "nested_blocksize": scales that share another; 0 for none
  float nested_offset = 0;      // what is added to each
};

// From the bytes of a tensor `...quant_state.bitsandbytes__nf4`. Fails with kCorruptFile for what
// is no such JSON, kNotFinite for an offset that is no number.
Result<QuantState> ParseQuantState(const FileTensor& tensor);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_QUANT_STATE_H_
