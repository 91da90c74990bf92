// A cursor over untrusted bytes: every read is checked against what is left.
#ifndef LUTGEMM_IO_BYTE_READER_H_
#define LUTGEMM_IO_BYTE_READER_H_

#include "io/little_endian.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lutgemm::io {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  std::span<const std::byte> rest() const { return bytes_.subspan(at_); }

  // Each answers false, without moving, where the bytes are not there.
  template <std::unsigned_integral T>
  bool Read(T* value) {
    if (left() < sizeof(T)) return false;
    *value = LoadLittle<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return true;
  }
  bool ReadText(uint64_t count, std::string_view* text) {
    if (left() < count) return false;
    *text = {reinterpret_cast<const char*>(bytes_.data()) + at_, static_cast<size_t>(count)};
    at_ += static_cast<size_t>(count);
    return true;
  }
  // `bytes` bytes, up to 8, as one integer, the lowest first.
  bool ReadBits(unsigned bytes, uint64_t* bits) {
    std::string_view raw;
    if (!ReadText(bytes, &raw)) return false;
    *bits = 0;
    for (size_t i = 0; i < raw.size(); ++i) {
      *bits |= uint64_t{static_cast<unsigned char>(raw[i])} << (8 * i);
    }
    return true;
  }
  bool Skip(uint64_t count) {
    std::string_view skipped;
    return ReadText(count, &skipped);
  }

 private:
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
};

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_BYTE_READER_H_
