// Products with blocks of the key and value cache: what crosses into target code.
#ifndef LUTGEMM_KERNELS_ATTENTION_CACHE_BLOCK_H_
#define LUTGEMM_KERNELS_ATTENTION_CACHE_BLOCK_H_

#include <cstddef>
#include <cstdint>

namespace lutgemm::kernels {

// A block of a key or value cache: the same channels of every token, as format/bfp_block.h has
// them.
struct CacheBlock {
  const uint8_t* tokens = nullptr;  // token 0
  size_t token_bytes = 0;           // from one token to the next: the block's bytes
  size_t length = 0;                // channels
  unsigned bits = 0;
  const float* units = nullptr;  // what 1 is worth, for each of the 256 exponents
};
// scores[t] += the block's channels of token t times query, for t in [0, count). query is padded
// with zeros to a multiple of eight; eight sums of products, each rounded, end in a tree.
using BlockScoresFn = void (*)(const CacheBlock&, const float* query, size_t count, float* scores);
// sums[i] += the sum of probabilities[t] * channel i of token t over t in [0, count), token by
// token; sums is padded as the query is.
using BlockSumsFn = void (*)(const CacheBlock&, const float* probabilities, size_t count,
                             float* sums);

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_ATTENTION_CACHE_BLOCK_H_
