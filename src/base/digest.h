// XXH3 of some bytes, 64 bits with seed 0: finds damaged files, and does not resist forgery. Packed
// files store its values, so the function behind this name never changes.
#ifndef LUTGEMM_BASE_DIGEST_H_
#define LUTGEMM_BASE_DIGEST_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::base {

uint64_t Digest(std::span<const std::byte> bytes) noexcept;

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_DIGEST_H_
