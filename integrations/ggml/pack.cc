#include "ggml/pack.h"

#include "ggml/encode.h"
#include "ggml/options.h"
#include "ggml/settled.h"
#include "ggml/source.h"
#include "ggml/summary.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lutgemm_ggml {
namespace {

struct FreeQuantized {
  void operator()(lutgemm_quantized* quantized) const { lutgemm_quantized_free(quantized); }
};
using Quantized = std::unique_ptr<lutgemm_quantized, FreeQuantized>;

// The pool that packs: made by the first tensor, asleep once all are packed. Null, which is the
// calling thread alone, where there is no memory for one.
lutgemm_threads* PackingThreads() {
  static std::once_flag once;
  static lutgemm_threads* threads = nullptr;
  std::call_once(once, [] { lutgemm_threads_create(ThisOptions().threads, &threads); });
  return threads;
}

size_t PackedBytes(lutgemm_weight_info info, uint32_t format, uint32_t zero, uint32_t group) {
  info.format = format;
  info.zero = zero;
  info.group = group;
  return lutgemm_packed_bytes(&info);
}

Packed Failed(const BlocksOf& blocks) {
  Say("cannot pack " + std::to_string(blocks.n) + " x " + std::to_string(blocks.k) +
      " weights of GGUF type " + std::to_string(blocks.type) + ": " + lutgemm_last_error());
  return {};
}

}  // namespace

size_t MostPackedBytes(const BlocksOf& blocks) {
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  if (lutgemm_gguf_info(blocks.type, blocks.n, blocks.k, &info) != LUTGEMM_OK) return 0;
  size_t most = lutgemm_packed_bytes(&info);
  if (most == 0 || info.format != LUTGEMM_TERNARY) return most;
  // What is ternary depends on what is in the blocks.
  const uint32_t none = LUTGEMM_ZERO_NONE;
  most = std::max(most, PackedBytes(info, LUTGEMM_TERNARY, none, LUTGEMM_WHOLE_TENSOR));
  return std::max(most, PackedBytes(info, LUTGEMM_INT2, LUTGEMM_ZERO_INTEGER, info.group));
}

Packed PackBlocks(const BlocksOf& blocks, const uint8_t* data, const PackMemory& memory) {
  lutgemm_blocks from = LUTGEMM_BLOCKS_INIT;
  from.type = blocks.type;
  from.n = blocks.n;
  from.k = blocks.k;
  from.data = data;
  from.bytes = lutgemm_gguf_bytes(blocks.type, blocks.n, blocks.k);
  lutgemm_pack_memory to = LUTGEMM_PACK_MEMORY_INIT;
  to.blob = memory.data;
  to.bytes = memory.bytes;
  to.threads = PackingThreads();
  Packed packed;
  if (lutgemm_pack_blocks_into(&from, &to, &packed.packed) != LUTGEMM_OK) return Failed(blocks);
  packed.exact = IsSettled(blocks.type, data, from.bytes);
  LeavePages(data, from.bytes);
  NotePacked(blocks, packed);
  return packed;
}

bool UnpackBlocks(uint32_t type, const lutgemm_packed* packed, uint8_t* out) {
  lutgemm_quantized* made = nullptr;
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  const bool done = lutgemm_unpack(packed, &made) == LUTGEMM_OK &&
                    lutgemm_quantized_codes(made, &codes) == LUTGEMM_OK;
  const Quantized quantized(made);
  if (!done) {
    Say(std::string("cannot give weights back: ") + lutgemm_last_error());
    return false;
  }
  const size_t row_bytes = lutgemm_gguf_bytes(type, 1, codes.k);
  for (size_t row = 0; row < codes.n; ++row) EncodeRow(type, codes, row, out + row * row_bytes);
  return true;
}

}  // namespace lutgemm_ggml
