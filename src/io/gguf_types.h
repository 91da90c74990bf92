// Tensor types of GGUF files: name, and how many elements share how many bytes.
#ifndef LUTGEMM_IO_GGUF_TYPES_H_
#define LUTGEMM_IO_GGUF_TYPES_H_

#include <cstdint>
#include <string_view>

namespace lutgemm::io {

struct GgufTensorType {
  uint32_t id = 0;
  std::string_view name;
  uint32_t block_elements = 1;
  uint32_t block_bytes = 0;
};

// Null for ids that were removed or never given out upstream. Forks reuse some ids for layouts of
// their own; those cannot be told apart here, but their sizes seldom fit.
const GgufTensorType* FindGgufType(uint32_t id) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_GGUF_TYPES_H_
