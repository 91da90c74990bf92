// Little-endian integers in files, read and written byte by byte: any alignment, any host.
#ifndef LUTGEMM_IO_LITTLE_ENDIAN_H_
#define LUTGEMM_IO_LITTLE_ENDIAN_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lutgemm::io {

template <std::unsigned_integral T>
T LoadLittle(const std::byte* bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes[i]) << (8 * i)));
  }
  return value;
}

inline void AppendLittle(std::string& bytes, uint64_t value) {
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_LITTLE_ENDIAN_H_
