// The 64-bit checksum of packed files of version 1, which are still read, and of what `lutgemm sim`
// prints; files of today have base/digest.h. Its values are stored and never change.
//
// Bytes are read as little-endian 64-bit words, the last 64-byte block padded with zeros. Word i
// goes to lane i % 8, lane = Mix((lane ^ word) * kMultiplier) with Mix(x) = x ^ (x >> 32); lane j
// starts at (j + 1) * kSeed. At the end hash = Mix((hash ^ lane) * kMultiplier) takes in the eight
// lanes in order, hash starting at the number of bytes. Every step is one-to-one in the word and in
// the lane, so damage within a single word is always found.
#ifndef LUTGEMM_BASE_CHECKSUM_H_
#define LUTGEMM_BASE_CHECKSUM_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::base {

uint64_t Checksum(std::span<const std::byte> bytes) noexcept;

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_CHECKSUM_H_
