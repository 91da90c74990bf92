// Random blocks of GGUF, and what is checked of a matrix made of them.
#ifndef LUTGEMM_TESTS_IMPORT_GGUF_KIT_H_
#define LUTGEMM_TESTS_IMPORT_GGUF_KIT_H_

#include "gguf_decoder.h"
#include "support/random.h"

#include <lutgemm/import.hpp>
#include <lutgemm/threads.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lutgemm::test {

inline void SetHalf(std::vector<std::byte>& bytes, size_t at, uint16_t bits) {
  bytes[at] = static_cast<std::byte>(bits & 255);
  bytes[at + 1] = static_cast<std::byte>(bits >> 8);
}

struct BlockKind {
  bool wild = false;  // any finite scale, subnormal ones and -0 included; else 2^-8 to 2^-4
  uint64_t seed = 0;
};

inline std::vector<std::byte> Blocks(const GgufCase& one, size_t n, size_t k, BlockKind kind) {
  Random random(kind.seed);
  std::vector<std::byte> bytes(n * k / one.elements * one.bytes);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.Bits());
  for (size_t at = 0; at < bytes.size(); at += one.bytes) {
    for (const size_t half : one.halves) {
      auto bits = static_cast<uint16_t>(random.Bits());
      if (!kind.wild) bits = static_cast<uint16_t>(0x1c00 + bits % 0x1000);
      if ((bits & 0x7c00) == 0x7c00) bits = 0x8000;
      SetHalf(bytes, at + half, bits);
    }
    if (one.type == GgufType::kMxfp4) bytes[at] = static_cast<std::byte>(random.Below(253));
    if (one.type != GgufType::kNvfp4) continue;
    for (size_t s = 0; s < 4; ++s) {
      if (bytes[at + s] == std::byte{0xff}) bytes[at + s] = std::byte{0x7f};
    }
  }
  return bytes;
}

// Every value is the decoder's, as f32; 0 and -0 are equal.
inline void CheckValues(const GgufCase& one, const std::vector<std::byte>& bytes,
                        const QuantizedMatrix& matrix) {
  const auto* blocks = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t wrong = 0;
  for (size_t row = 0; row < matrix.info.n; ++row) {
    for (size_t col = 0; col < matrix.info.k; ++col) {
      const size_t block = (row * matrix.info.k + col) / one.elements;
      const double want = DecodeGguf(one.type, blocks + block * one.bytes, col % one.elements);
      wrong += static_cast<float>(matrix.Value(row, col)) != static_cast<float>(want);
    }
  }
  CHECK(wrong == 0);
}

inline void CheckSame(const QuantizedMatrix& a, const QuantizedMatrix& b) {
  CHECK(a.codes == b.codes);
  CHECK(a.scales == b.scales);
  CHECK(a.zeros == b.zeros);
  CHECK(a.offsets == b.offsets);
  CHECK(a.factors == b.factors);
  CHECK(a.offset_factors == b.offset_factors);
  CHECK(a.book == b.book);
}

// Packed and unpacked again the matrix is the same, and rows are its values.
inline void CheckPacked(const QuantizedMatrix& matrix) {
  const auto packed = Pack(matrix);
  REQUIRE_MESSAGE(packed.ok(), packed.status().text());
  const auto unpacked = Unpack(*packed);
  REQUIRE(unpacked.ok());
  CheckSame(matrix, *unpacked);
  const size_t n = matrix.info.n, k = matrix.info.k;
  std::vector<float> rows(n * k);
  REQUIRE(UnpackRows(*packed, 0, n, rows).ok());
  size_t wrong = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    wrong += rows[i] != static_cast<float>(matrix.Value(i / k, i % k));
  }
  CHECK(wrong == 0);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_IMPORT_GGUF_KIT_H_
