#include "import/spread.h"

#include "checkpoint.h"

namespace lutgemm::importing {
namespace {

using import_test::BitsAt;
using import_test::Random;

// Every number of codes and of bytes behind them, from memory of exact size.
TEST_CASE("spread: codes of a stream") {
  Random random(3);
  for (const unsigned bits : {2u, 3u, 4u, 5u, 6u, 8u}) {
    for (size_t count = 1; count < 70; ++count) {
      for (size_t extra = 0; extra < 10; ++extra) {
        const std::string bytes = random.Bytes((count * bits + 7) / 8 + extra);
        const io_test::Aligned stream(bytes);
        std::vector<uint8_t> codes(count);
        SpreadBits(bits, stream.span(), codes);
        const auto word = [&](size_t i) {
          uint32_t value = 0;
          for (size_t b = 0; b < 4 && 4 * i + b < bytes.size(); ++b) {
            value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[4 * i + b])) << (8 * b);
          }
          return value;
        };
        for (size_t i = 0; i < count; ++i) REQUIRE(codes[i] == BitsAt(word, i * bits, bits));
      }
    }
  }
}

// 32 codes i mod 8 of 3 bits, as three words.
TEST_CASE("spread: a known stream of 3 bits") {
  const uint32_t words[] = {0x88fac688, 0xc688fac6, 0xfac688fa};
  std::vector<uint8_t> codes(32);
  SpreadBits(3, std::as_bytes(std::span(words)), codes);
  for (size_t i = 0; i < 32; ++i) CHECK(codes[i] == i % 8);
}

}  // namespace
}  // namespace lutgemm::importing
