// Blocks with bits that do not count: unused digits of TQ1_0, signs of NVFP4's scales, signs of
// ternary types' scales where all of these are zero.
#ifndef LUTGEMM_INTEGRATIONS_GGML_SETTLED_H_
#define LUTGEMM_INTEGRATIONS_GGML_SETTLED_H_

#include <cstddef>
#include <cstdint>

namespace lutgemm_ggml {

// Whether EncodeRow makes these very blocks of the codes that they become.
bool IsSettled(uint32_t type, const uint8_t* blocks, size_t bytes);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_SETTLED_H_
