// Files in memory and on disk for the tests of src/io.
#ifndef LUTGEMM_TESTS_IO_KIT_H_
#define LUTGEMM_TESTS_IO_KIT_H_

#include "base/buffer.h"
#include "io/little_endian.h"
#include "io/parsed_file.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::io_test {

using test::TempDir;

// A copy of `bytes` at an aligned address and of exact size, so that an over-read is found.
class Aligned {
 public:
  explicit Aligned(std::string_view bytes) {
    auto memory = base::Buffer::Allocate(bytes.size());
    REQUIRE(memory.ok());
    buffer_ = std::move(*memory);
    if (!bytes.empty()) std::memcpy(buffer_.data(), bytes.data(), bytes.size());
  }
  std::span<const std::byte> span() const { return buffer_.span(); }

 private:
  base::Buffer buffer_;
};

inline std::string Little(uint64_t value, int bytes) {
  std::string text;
  io::AppendLittle(text, value);
  return text.substr(0, static_cast<size_t>(bytes));
}

// A safetensors file of a header and its data.
inline std::string Safetensors(std::string_view json, std::string_view data) {
  std::string file = Little(json.size(), 8);
  file += json;
  file += data;
  return file;
}

// One entry of a safetensors header; `shape` and `offsets` as JSON lists.
inline std::string Entry(std::string_view name, std::string_view dtype, std::string_view shape,
                         std::string_view offsets) {
  std::ostringstream json;
  json << "\"" << name << "\":{\"dtype\":\"" << dtype << "\",\"shape\":" << shape
       << ",\"data_offsets\":" << offsets << "}";
  return json.str();
}

// The smallest useful file: a U8 matrix of 1 2 3 4.
inline std::string MinimalSafetensors() {
  return Safetensors("{" + Entry("a", "U8", "[2,2]", "[0,4]") + "} ", "\1\2\3\4");
}

inline std::string GgufString(std::string_view text) {
  std::string bytes = Little(text.size(), 8);
  bytes += text;
  return bytes;
}

struct GgufTensor {
  std::string name = "w";
  std::vector<uint64_t> dims = {32, 2};
  uint32_t type = 2;
  uint64_t offset = 0;
};

inline std::string GgufDeclaration(const GgufTensor& tensor) {
  std::string bytes = GgufString(tensor.name) + Little(tensor.dims.size(), 4);
  for (const uint64_t dim : tensor.dims) bytes += Little(dim, 8);
  return bytes + Little(tensor.type, 4) + Little(tensor.offset, 8);
}

// A GGUF file of finished key-values and declarations; the header is padded to `align`.
struct Gguf {
  std::vector<std::string> keys;
  std::vector<std::string> tensors;
  std::string data;
  size_t align = 32;
  uint32_t version = 3;

  std::string bytes() const {
    std::string file =
        "GGUF" + Little(version, 4) + Little(tensors.size(), 8) + Little(keys.size(), 8);
    for (const std::string& key : keys) file += key;
    for (const std::string& tensor : tensors) file += tensor;
    if (!tensors.empty()) file.resize((file.size() + align - 1) / align * align);
    return file + data;
  }
};

inline std::string GgufKey(std::string_view key, uint32_t type, std::string_view value) {
  std::string bytes = GgufString(key) + Little(type, 4);
  bytes += value;
  return bytes;
}

// The minimal vector: one key, one Q4_0 tensor of 2 rows, 36 bytes at 128.
inline std::string MinimalGguf() {
  Gguf file;
  file.keys = {GgufKey("general.alignment", 4, Little(32, 4))};
  file.tensors = {GgufDeclaration({})};
  for (int i = 0; i < 36; ++i) file.data += static_cast<char>(37 * i + 11);
  return file.bytes();
}

inline uint64_t Sum(std::span<const std::byte> bytes) {
  uint64_t sum = 0;
  for (const std::byte b : bytes) sum = sum * 31 + static_cast<uint64_t>(b);
  return sum;
}

// Reads every byte of every tensor.
inline uint64_t Touch(std::span<const FileTensor> tensors) {
  uint64_t sum = 0;
  for (const FileTensor& tensor : tensors) sum += Sum(tensor.bytes);
  return sum;
}

inline std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// Every beginning of a file is refused as corrupt, in the file's name.
template <class Parse>
void CheckTruncations(const std::string& whole, std::string_view name, const Parse& parse) {
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const Aligned file(whole.substr(0, size));
    const auto parsed = parse(file);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == Code::kCorruptFile);
    CHECK(parsed.status().text().starts_with(std::string(name) + ": "));
  }
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace lutgemm::io_test

#endif  // LUTGEMM_TESTS_IO_KIT_H_
