// Codes of a few bits, lowest first in a stream of bits, to one byte each: what GPTQ, AWQ,
// compressed-tensors and the 4-bit floats have in common.
#ifndef LUTGEMM_IMPORT_SPREAD_H_
#define LUTGEMM_IMPORT_SPREAD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lutgemm::importing {

inline constexpr size_t kSpread = 8;  // codes that one step takes, from as many bytes as a code has
                                      // bits

// The lowest 8 codes of a stream, each in a byte of its own: halves are drawn apart, then quarters,
// then eighths.
template <unsigned kBits>
constexpr uint64_t Spread8(uint64_t stream) {
  static_assert(kBits >= 1 && kBits <= 8);
  constexpr uint64_t kHalf = (uint64_t{1} << (4 * kBits)) - 1;
  constexpr uint64_t kQuarter = ((uint64_t{1} << (2 * kBits)) - 1) * 0x0000000100000001u;
  constexpr uint64_t kEighth = ((uint64_t{1} << kBits) - 1) * 0x0001000100010001u;
  uint64_t x = (stream & kHalf) | (stream >> (4 * kBits) & kHalf) << 32;
  x = (x & kQuarter) | (x & kQuarter << (2 * kBits)) << (16 - 2 * kBits);
  return (x & kEighth) | (x & kEighth << kBits) << (8 - kBits);
}

inline uint64_t Load64(const void* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}
inline uint32_t Load32(const void* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// The two halves of each byte: a loop that compilers make vectors of.
inline void SpreadHalves(const std::byte* stream, size_t bytes, uint8_t* out) {
  for (size_t i = 0; i < bytes; ++i) {
    const auto byte = std::to_integer<uint8_t>(stream[i]);
    out[2 * i] = byte & 15;
    out[2 * i + 1] = static_cast<uint8_t>(byte >> 4);
  }
}

// Spreads out.size() codes of a stream that holds them all. Reads no byte past the stream.
template <unsigned kBits>
void SpreadBits(std::span<const std::byte> stream, std::span<uint8_t> out) {
  const size_t steps = out.size() / kSpread;
  size_t done = stream.size() < 8 ? 0 : std::min(steps, (stream.size() - 8) / kBits + 1);
  if constexpr (kBits == 4) {
    done = steps;
    SpreadHalves(stream.data(), steps * kBits, out.data());
  } else if constexpr (kBits == 8) {
    done = steps;
    std::memcpy(out.data(), stream.data(), steps * kSpread);
  } else {
    for (size_t i = 0; i < done; ++i) {
      const uint64_t codes = Spread8<kBits>(Load64(stream.data() + i * kBits));
      std::memcpy(out.data() + i * kSpread, &codes, kSpread);
    }
  }
  for (size_t i = done * kSpread; i < out.size(); i += kSpread) {
    const size_t at = i / kSpread * kBits;
    std::byte last[8] = {};
    std::memcpy(last, stream.data() + at, std::min<size_t>(8, stream.size() - at));
    const uint64_t codes = Spread8<kBits>(Load64(last));
    std::memcpy(out.data() + i, &codes, std::min(kSpread, out.size() - i));
  }
}

// Calls f with bits 2, 3, 4, 5, 6 or 8 as a constant: f.template operator()<kBits>().
template <class F>
decltype(auto) WithBits(unsigned bits, const F& f) {
  switch (bits) {
    case 2:
      return f.template operator()<2>();
    case 3:
      return f.template operator()<3>();
    case 5:
      return f.template operator()<5>();
    case 6:
      return f.template operator()<6>();
    case 8:
      return f.template operator()<8>();
    default:
      return f.template operator()<4>();
  }
}

inline void SpreadBits(unsigned bits, std::span<const std::byte> stream, std::span<uint8_t> out) {
  WithBits(bits, [&]<unsigned kBits>() { SpreadBits<kBits>(stream, out); });
}

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_SPREAD_H_
