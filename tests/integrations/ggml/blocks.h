// Random blocks of every type that the back end takes.
#ifndef LUTGEMM_INTEGRATIONS_GGML_TEST_BLOCKS_H_
#define LUTGEMM_INTEGRATIONS_GGML_TEST_BLOCKS_H_

#include "support/random.h"

#include <lutgemm/lutgemm.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace lutgemm::test {

struct BlockKind {
  uint32_t type;
  size_t bytes;
  std::vector<size_t> halves;  // where f16 scales are
};

inline const std::vector<BlockKind>& BlockKinds() {
  static const std::vector<BlockKind> kinds = {
      {LUTGEMM_GGUF_Q4_0, 18, {0}},     {LUTGEMM_GGUF_Q4_1, 20, {0, 2}},
      {LUTGEMM_GGUF_Q5_0, 22, {0}},     {LUTGEMM_GGUF_Q5_1, 24, {0, 2}},
      {LUTGEMM_GGUF_Q8_0, 34, {0}},     {LUTGEMM_GGUF_Q2_K, 84, {80, 82}},
      {LUTGEMM_GGUF_Q3_K, 110, {108}},  {LUTGEMM_GGUF_Q4_K, 144, {0, 2}},
      {LUTGEMM_GGUF_Q5_K, 176, {0, 2}}, {LUTGEMM_GGUF_Q6_K, 210, {208}},
      {LUTGEMM_GGUF_IQ4_NL, 18, {0}},   {LUTGEMM_GGUF_IQ4_XS, 136, {0}},
      {LUTGEMM_GGUF_MXFP4, 17, {}},     {LUTGEMM_GGUF_NVFP4, 36, {}},
      {LUTGEMM_GGUF_TQ1_0, 54, {52}},   {LUTGEMM_GGUF_TQ2_0, 66, {64}},
      {LUTGEMM_GGUF_Q1_0, 18, {0}},     {LUTGEMM_GGUF_Q2_0, 18, {0}}};
  return kinds;
}

// All bits at random, scales of both signs between 2^-7 and 2^-3; now and then a small one.
inline std::vector<uint8_t> RandomBlocks(const BlockKind& kind, size_t bytes, Random& random) {
  std::vector<uint8_t> data(bytes);
  for (uint8_t& byte : data) byte = static_cast<uint8_t>(random.Bits());
  for (size_t block = 0; block < bytes; block += kind.bytes) {
    for (const size_t at : kind.halves) {
      auto half = static_cast<uint16_t>(random.Int(0x2000, 0x2fff) | random.Int(0, 1) << 15);
      if (random.Below(16) == 0) half = static_cast<uint16_t>(random.Int(0, 0x0fff));
      std::memcpy(&data[block + at], &half, 2);
    }
    if (kind.type == LUTGEMM_GGUF_MXFP4) data[block] = static_cast<uint8_t>(random.Int(118, 124));
    for (size_t i = 0; i < 4 && kind.type == LUTGEMM_GGUF_NVFP4; ++i) {
      if (data[block + i] == 0xff) data[block + i] = 0x30;
    }
  }
  return data;
}

// Values of n rows of k weights, as the type's definition has them.
inline std::vector<double> ValuesOf(uint32_t type, size_t n, size_t k,
                                    const std::vector<uint8_t>& data) {
  lutgemm_blocks blocks = LUTGEMM_BLOCKS_INIT;
  blocks.type = type;
  blocks.n = n;
  blocks.k = k;
  blocks.data = data.data();
  blocks.bytes = data.size();
  lutgemm_quantized* quantized = nullptr;
  std::vector<double> values(n * k);
  if (lutgemm_import_blocks(&blocks, nullptr, &quantized) != LUTGEMM_OK) return {};
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = lutgemm_quantized_value(quantized, i / k, i % k);
  }
  lutgemm_quantized_free(quantized);
  return values;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_INTEGRATIONS_GGML_TEST_BLOCKS_H_
