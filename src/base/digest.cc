#include "base/digest.h"

// The header holds all of xxHash: compiled in here, the library needs no other to be there when it
// is linked or run. Its vector code is that of the compiler's baseline.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace lutgemm::base {

uint64_t Digest(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace lutgemm::base
