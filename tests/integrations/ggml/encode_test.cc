// Blocks from codes are those that the codes came from.
#include "ggml/encode.h"
#include "ggml/settled.h"
#include "integrations/ggml/blocks.h"

#include <doctest/doctest.h>

namespace lutgemm::test {
namespace {

constexpr size_t kN = 9, kK = 512;

std::vector<uint8_t> ThereAndBack(uint32_t type, const std::vector<uint8_t>& data) {
  lutgemm_blocks blocks = LUTGEMM_BLOCKS_INIT;
  blocks.type = type;
  blocks.n = kN;
  blocks.k = kK;
  blocks.data = data.data();
  blocks.bytes = data.size();
  lutgemm_quantized* quantized = nullptr;
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  REQUIRE(lutgemm_import_blocks(&blocks, nullptr, &quantized) == LUTGEMM_OK);
  REQUIRE(lutgemm_quantized_codes(quantized, &codes) == LUTGEMM_OK);
  std::vector<uint8_t> made(data.size(), 0xa5);
  const size_t row = lutgemm_gguf_bytes(type, 1, kK);
  for (size_t i = 0; i < kN; ++i) lutgemm_ggml::EncodeRow(type, codes, i, made.data() + i * row);
  lutgemm_quantized_free(quantized);
  return made;
}

}  // namespace

TEST_CASE("blocks of random bits are made again, bit by bit") {
  Random random(11);
  for (const BlockKind& kind : BlockKinds()) {
    CAPTURE(kind.type);
    const size_t bytes = lutgemm_gguf_bytes(kind.type, kN, kK);
    for (int round = 0; round < 8; ++round) {
      const std::vector<uint8_t> data = RandomBlocks(kind, bytes, random);
      const std::vector<uint8_t> made = ThereAndBack(kind.type, data);
      CHECK(lutgemm_ggml::IsSettled(kind.type, data.data(), bytes) == (made == data));
      CHECK(lutgemm_ggml::IsSettled(kind.type, made.data(), bytes));
      // Some bits of these do not count; without them the blocks are settled.
      if (kind.type == LUTGEMM_GGUF_TQ1_0 || kind.type == LUTGEMM_GGUF_NVFP4) {
        CHECK(ValuesOf(kind.type, kN, kK, made) == ValuesOf(kind.type, kN, kK, data));
        CHECK(ThereAndBack(kind.type, made) == made);
      } else {
        CHECK(made == data);
      }
    }
  }
}

TEST_CASE("blocks are settled but for one byte") {
  for (const BlockKind& kind : BlockKinds()) {
    if (kind.type != LUTGEMM_GGUF_TQ1_0 && kind.type != LUTGEMM_GGUF_NVFP4) continue;
    CAPTURE(kind.type);
    Random random(13);
    const size_t bytes = lutgemm_gguf_bytes(kind.type, kN, kK);
    const auto made = ThereAndBack(kind.type, RandomBlocks(kind, bytes, random));
    const size_t last = bytes - kind.bytes;
    for (size_t at = last; at < last + (kind.type == LUTGEMM_GGUF_TQ1_0 ? 52 : 4); ++at) {
      CAPTURE(at - last);
      for (unsigned byte = 0; byte < 255; ++byte) {
        std::vector<uint8_t> data = made;
        data[at] = static_cast<uint8_t>(byte);
        REQUIRE(lutgemm_ggml::IsSettled(kind.type, data.data(), bytes) ==
                (ThereAndBack(kind.type, data) == data));
      }
    }
  }
}

TEST_CASE("zeros of both signs are no one scale") {
  for (const BlockKind& kind : BlockKinds()) {
    if (kind.type != LUTGEMM_GGUF_TQ2_0 && kind.type != LUTGEMM_GGUF_Q2_0) continue;
    CAPTURE(kind.type);
    std::vector<uint8_t> data(lutgemm_gguf_bytes(kind.type, kN, kK));
    CHECK(lutgemm_ggml::IsSettled(kind.type, data.data(), data.size()));
    data[data.size() - kind.bytes + kind.halves[0] + 1] = 0x80;
    CHECK_FALSE(ThereAndBack(kind.type, data) == data);
    CHECK_FALSE(lutgemm_ggml::IsSettled(kind.type, data.data(), data.size()));
  }
}

TEST_CASE("ternary blocks with one scale are made again") {
  Random random(12);
  for (const BlockKind& kind : BlockKinds()) {
    if (kind.type != LUTGEMM_GGUF_TQ2_0 && kind.type != LUTGEMM_GGUF_Q2_0) continue;
    CAPTURE(kind.type);
    std::vector<uint8_t> data(lutgemm_gguf_bytes(kind.type, kN, kK));
    const uint16_t scale = 0x2c01;
    for (uint8_t& byte : data) {
      byte = static_cast<uint8_t>(random.Below(3) | random.Below(3) << 2 | random.Below(3) << 4 |
                                  random.Below(3) << 6);
    }
    for (size_t at = kind.halves[0]; at < data.size(); at += kind.bytes) {
      std::memcpy(&data[at], &scale, 2);
    }
    CHECK(ThereAndBack(kind.type, data) == data);
  }
}

}  // namespace lutgemm::test
