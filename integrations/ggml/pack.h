// Blocks of GGUF to packed weights and back.
#ifndef LUTGEMM_INTEGRATIONS_GGML_PACK_H_
#define LUTGEMM_INTEGRATIONS_GGML_PACK_H_

#include <lutgemm/lutgemm.h>

#include <cstddef>
#include <cstdint>

namespace lutgemm_ggml {

// n rows of k weights.
struct BlocksOf {
  uint32_t type;
  size_t n;
  size_t k;
};

// 64-byte aligned memory for packed weights.
struct PackMemory {
  uint8_t* data;
  size_t bytes;
};

struct Packed {
  lutgemm_packed* packed = nullptr;  // null: a line to the error stream says why
  bool exact = false;                // UnpackBlocks gives the very bytes
};

// The most bytes that packed weights of such blocks take, whatever is in them; 0 where they cannot
// be packed.
size_t MostPackedBytes(const BlocksOf& blocks);

// Packs into `memory`, of MostPackedBytes, on as many threads as the process has cores.
Packed PackBlocks(const BlocksOf& blocks, const uint8_t* data, const PackMemory& memory);

// The blocks of packed weights. False, after a line to the error stream, where memory ends.
bool UnpackBlocks(uint32_t type, const lutgemm_packed* packed, uint8_t* out);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_PACK_H_
