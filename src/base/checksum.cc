#include "base/checksum.h"

#include <bit>
#include <cstring>

namespace lutgemm::base {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kBlock = kLanes * sizeof(uint64_t);
constexpr uint64_t kMultiplier = 0xd6e8feb86659fd93u;  // odd, so that it can be undone
constexpr uint64_t kSeed = 0x9e3779b97f4a7c15u;

constexpr uint64_t Absorb(uint64_t lane, uint64_t word) {
  const uint64_t x = (lane ^ word) * kMultiplier;
  return x ^ (x >> 32);
}

uint64_t LoadWord(const std::byte* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

void AbsorbBlock(uint64_t (&lanes)[kLanes], const std::byte* block) {
  for (size_t j = 0; j < kLanes; ++j) lanes[j] = Absorb(lanes[j], LoadWord(block + 8 * j));
}

}  // namespace

uint64_t Checksum(std::span<const std::byte> bytes) noexcept {
  uint64_t lanes[kLanes];
  for (size_t j = 0; j < kLanes; ++j) lanes[j] = (j + 1) * kSeed;

  size_t at = 0;
  for (; at + kBlock <= bytes.size(); at += kBlock) AbsorbBlock(lanes, bytes.data() + at);
  if (at < bytes.size()) {
    std::byte tail[kBlock] = {};
    std::memcpy(tail, bytes.data() + at, bytes.size() - at);
    AbsorbBlock(lanes, tail);
  }

  uint64_t hash = bytes.size();
  for (const uint64_t lane : lanes) hash = Absorb(hash, lane);
  return hash;
}

}  // namespace lutgemm::base
