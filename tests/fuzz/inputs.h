// How a fuzzer's bytes become files.
#ifndef LUTGEMM_TESTS_FUZZ_INPUTS_H_
#define LUTGEMM_TESTS_FUZZ_INPUTS_H_

#include "base/buffer.h"
#include "fuzz/readers.h"
#include "io/little_endian.h"

#include <cstdint>
#include <cstring>
#include <string>

namespace lutgemm::fuzz {

// A copy at an aligned address, of exact size.
inline base::Buffer AlignedCopy(std::string_view bytes) {
  auto buffer = base::Buffer::Allocate(bytes.size());
  Require(buffer.ok());
  if (!bytes.empty()) std::memcpy(buffer->data(), bytes.data(), bytes.size());
  return std::move(*buffer);
}

// Takes the input as "header NUL data" and makes the safetensors file of it, padded so that data
// begins aligned: a fuzzer seldom finds the length that fits its header.
inline std::string Assemble(std::string_view input) {
  const size_t nul = input.find('\0');
  std::string json(input.substr(0, nul));
  json.resize((json.size() + 8 + 63) / 64 * 64 - 8, ' ');
  std::string file;
  io::AppendLittle(file, json.size());
  file += json;
  if (nul != input.npos) file += input.substr(nul + 1);
  return file;
}

inline std::string_view Input(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_INPUTS_H_
