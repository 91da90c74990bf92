// Tensor types of GGUF files: name, and how many elements share how many bytes.
#ifndef LUTGEMM_IO_GGUF_TYPES_H_
#define LUTGEMM_IO_GGUF_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lutgemm::io {

struct GgufTensorType {
  uint32_t id = 0;
  std::string_view name;
  uint32_t block_elements = 1;
  uint32_t block_bytes = 0;
};

// Null for ids that were removed or never given out upstream.
const GgufTensorType* FindGgufType(uint32_t id) noexcept;

// What a fork means by an id, of its own or one that upstream has given out since. Such tensors are
// not made of blocks.
struct GgufForkType {
  uint32_t id = 0;
  std::string_view name;
  // Bytes of a tensor, of which dimension 0 is that of K; nothing where it cannot have that shape.
  std::optional<size_t> (*bytes)(std::span<const uint64_t> dims) = nullptr;
};
// Null for ids that no known fork uses: bitnet.cpp has I2_S, I8_S, TL1 and, by two numbers, TL2.
const GgufForkType* FindGgufForkType(uint32_t id) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_GGUF_TYPES_H_
