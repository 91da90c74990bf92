// Blocks of GGUF from codes and scales: the way back from lutgemm_import_blocks, for hosts that ask
// for the bytes that they gave.
#ifndef LUTGEMM_INTEGRATIONS_GGML_ENCODE_H_
#define LUTGEMM_INTEGRATIONS_GGML_ENCODE_H_

#include <lutgemm/lutgemm.h>

#include <cstddef>
#include <cstdint>

namespace lutgemm_ggml {

// Writes lutgemm_gguf_bytes(type, 1, codes.k) bytes: the blocks of a row of what was imported from
// this type. They are those that were read, unless some of their bits did not count: unused digits
// of TQ1_0, signs of NVFP4's scales.
void EncodeRow(uint32_t type, const lutgemm_codes& codes, size_t row, uint8_t* out);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_ENCODE_H_
