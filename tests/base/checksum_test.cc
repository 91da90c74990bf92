#include "base/checksum.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <vector>

namespace lutgemm::base {
namespace {

std::vector<std::byte> Ramp(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + 3);
  return bytes;
}

// The header's definition, byte by byte.
uint64_t ByDefinition(std::vector<std::byte> bytes) {
  uint64_t hash = bytes.size();
  bytes.resize((bytes.size() + 63) / 64 * 64);
  const auto absorb = [](uint64_t state, uint64_t word) {
    const uint64_t x = (state ^ word) * 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
  };
  for (uint64_t j = 0; j < 8; ++j) {
    uint64_t lane = (j + 1) * 0x9e3779b97f4a7c15u;
    for (size_t at = 8 * j; at < bytes.size(); at += 64) {
      uint64_t word = 0;
      for (size_t b = 8; b-- > 0;) word = word << 8 | static_cast<uint64_t>(bytes[at + b]);
      lane = absorb(lane, word);
    }
    hash = absorb(hash, lane);
  }
  return hash;
}

TEST_CASE("pinned values: they are stored in files") {
  CHECK(Checksum({}) == 0x3329303c69884817u);
  CHECK(Checksum(Ramp(1)) == 0xeb36ba83b847b11cu);
  CHECK(Checksum(Ramp(64)) == 0xcc57c63a78b9708bu);
  CHECK(Checksum(Ramp(1000)) == 0x50dab1e0f4b7c02eu);
}

TEST_CASE("agrees with the definition at every length around the block size") {
  for (size_t count = 0; count <= 260; ++count) {
    CAPTURE(count);
    CHECK(Checksum(Ramp(count)) == ByDefinition(Ramp(count)));
  }
}

TEST_CASE("every single-bit change and every length gives another value") {
  std::vector<std::byte> bytes = Ramp(200);
  std::set<uint64_t> seen = {Checksum(bytes)};
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    CHECK(seen.insert(Checksum(bytes)).second);
    bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
  }
  const std::vector<std::byte> zeros(300);
  for (size_t count = 0; count <= zeros.size(); ++count) {
    CHECK(seen.insert(Checksum({zeros.data(), count})).second);
  }
}

}  // namespace
}  // namespace lutgemm::base
