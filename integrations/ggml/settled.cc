#include "ggml/settled.h"

#include <lutgemm/lutgemm.h>

#include <array>

namespace lutgemm_ggml {
namespace {

// Bytes of trits that PutDigits of encode.cc makes: bit 0 for five digits, bit 1 for four, whose
// fifth is 0.
constexpr std::array<uint8_t, 256> kDigitBytes = [] {
  std::array<uint8_t, 256> made{};
  for (unsigned number = 0; number < 243; ++number) {
    made[(number * 256 + 242) / 243] |= static_cast<uint8_t>(number % 3 == 0 ? 3 : 1);
  }
  return made;
}();

bool IsSettledTq1(const uint8_t* block) {
  unsigned all = 3;
  for (size_t i = 0; i < 48; ++i) all &= kDigitBytes[block[i]] | 2u;
  for (size_t i = 48; i < 52; ++i) all &= kDigitBytes[block[i]];
  return (all & 3) == 3;
}

// Neither a sign nor the scale that is read as 0.
bool IsSettledNvfp4(const uint8_t* block) {
  return block[0] < 0x7f && block[1] < 0x7f && block[2] < 0x7f && block[3] < 0x7f;
}

// The one scale of a tensor has the sign of the first block's.
bool ZerosAgree(const uint8_t* half, size_t step, size_t count) {
  const uint8_t sign = half[1];
  for (; count > 0; --count, half += step) {
    if (half[0] == 0 && (half[1] & 0x7f) == 0 && half[1] != sign) return false;
  }
  return true;
}

struct Kind {
  uint32_t type;
  size_t bytes;
  size_t scale;  // where the f16 scale of a ternary type lies
  bool (*settled)(const uint8_t* block);
};
constexpr size_t kNone = ~size_t{0};
constexpr Kind kKinds[] = {{LUTGEMM_GGUF_TQ1_0, 54, 52, IsSettledTq1},
                           {LUTGEMM_GGUF_TQ2_0, 66, 64, nullptr},
                           {LUTGEMM_GGUF_Q2_0, 18, 0, nullptr},
                           {LUTGEMM_GGUF_NVFP4, 36, kNone, IsSettledNvfp4}};

}  // namespace

bool IsSettled(uint32_t type, const uint8_t* blocks, size_t bytes) {
  for (const Kind& kind : kKinds) {
    if (kind.type != type) continue;
    for (size_t at = 0; kind.settled != nullptr && at < bytes; at += kind.bytes) {
      if (!kind.settled(blocks + at)) return false;
    }
    return kind.scale == kNone || ZerosAgree(blocks + kind.scale, kind.bytes, bytes / kind.bytes);
  }
  return true;
}

}  // namespace lutgemm_ggml
