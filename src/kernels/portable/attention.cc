#include "format/bfp_block.h"
#include "kernels/portable/portable.h"

namespace lutgemm::kernels::portable {

void BlockScores(const CacheBlock& block, const float* query, size_t count, float* scores) {
  float key[format::kMaxBfpBlock];
  for (size_t t = 0; t < count; ++t) {
    const uint8_t* token = block.tokens + t * block.token_bytes;
    format::UnpackBfpBlock(block.bits, block.length, token, key);
    float sum[format::kBfpFields] = {};
    for (size_t i = 0; i < block.length; i += format::kBfpFields) {
      for (size_t j = 0; j < format::kBfpFields; ++j) sum[j] += key[i + j] * query[i + j];
    }
    for (size_t half = format::kBfpFields / 2; half > 0; half /= 2) {
      for (size_t j = 0; j < half; ++j) sum[j] += sum[j + half];
    }
    scores[t] += sum[0] * block.units[*token];
  }
}

void BlockSums(const CacheBlock& block, const float* probabilities, size_t count, float* sums) {
  float value[format::kMaxBfpBlock];
  for (size_t t = 0; t < count; ++t) {
    const uint8_t* token = block.tokens + t * block.token_bytes;
    format::UnpackBfpBlock(block.bits, block.length, token, value);
    const float factor = probabilities[t] * block.units[*token];
    for (size_t i = 0; i < block.length; ++i) sums[i] += factor * value[i];
  }
}

}  // namespace lutgemm::kernels::portable
