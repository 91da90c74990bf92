// What a KvCache holds. Blocks lie one after the other, each with all of its tokens: a product
// walks one block over the tokens with its part of the query, or of the output.
#ifndef LUTGEMM_ATTENTION_KV_BLOCKS_H_
#define LUTGEMM_ATTENTION_KV_BLOCKS_H_

#include "base/buffer.h"
#include "kernels/registry.h"

#include <lutgemm/kv_cache.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lutgemm {

class KvCacheImpl {
 public:
  // Positions of the order that share an exponent.
  struct Block {
    size_t begin = 0;
    size_t length = 0;
    size_t bytes = 0;   // of one token
    size_t offset = 0;  // of token 0
  };

  // Fails as KvCache::Make does. May throw std::bad_alloc.
  static Result<std::unique_ptr<KvCacheImpl>> Make(const KvCacheSpec& spec);

  size_t ChannelAt(size_t position) const {
    return spec.order.size() == 0 ? position : spec.order.from[position];
  }
  const uint8_t* At(const Block& block, size_t token) const {
    return reinterpret_cast<const uint8_t*>(memory.data()) + block.offset + token * block.bytes;
  }
  kernels::CacheBlock KernelBlock(const Block& block) const {
    return {At(block, 0), block.bytes, block.length, spec.bits, units.data()};
  }
  // Whether some channel of the head lies in the block.
  bool Holds(const Block& block, size_t head) const;
  // Quantises a row behind the others; there is room for it.
  void AppendRow(std::span<const float> row);
  // The query's values at the block's positions, 0 at those of other heads.
  void GatherQuery(const Block& block, size_t head, std::span<const float> query, float* to) const;

  KvCacheSpec spec;
  const kernels::TargetKernels* target = nullptr;
  std::array<float, 256> units{};  // what 1 is worth, by exponent
  std::vector<Block> blocks;
  base::Buffer memory;
  size_t token_bytes = 0;
  size_t tokens = 0;

 private:
  // Heads have blocks of their own unless the order crosses them.
  size_t SectionLength() const;
  Status PlaceBlocks();
};

}  // namespace lutgemm

#endif  // LUTGEMM_ATTENTION_KV_BLOCKS_H_
