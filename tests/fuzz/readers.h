// What fuzz targets and mutation tests do with a damaged file: read it, and if that went well, read
// every byte that it offers.
#ifndef LUTGEMM_TESTS_FUZZ_READERS_H_
#define LUTGEMM_TESTS_FUZZ_READERS_H_

#include "io/gguf.h"
#include "io/packed_header.h"
#include "io/packed_parse.h"
#include "io/safetensors.h"
#include "io/shard_index.h"

#include <lutgemm/io.hpp>

#include <cstdlib>
#include <span>
#include <string_view>

namespace lutgemm::fuzz {

using Bytes = std::span<const std::byte>;

inline constexpr std::string_view kName = "mutant";

// Keeps the reading from being optimised away.
inline volatile uint64_t sink;

inline void Touch(std::span<const FileTensor> tensors) {
  uint64_t sum = 0;
  for (const FileTensor& tensor : tensors) {
    for (const std::byte b : tensor.bytes) sum = sum * 31 + static_cast<uint64_t>(b);
    if (const auto matrix = tensor.AsMatrix()) sum += matrix->rows * matrix->cols;
  }
  sink = sum;
}

// Stops the process if `condition` is false: what a fuzzer reports as a crash.
inline void Require(bool condition) {
  if (!condition) std::abort();
}

// The parser measured the array, so that it can be read as what it is, or is of another kind.
inline void Touch(const FileArray& array) {
  uint64_t sum = 0;
  const auto strings = array.Strings();
  if (strings.ok()) {
    for (const std::string_view text : *strings) {
      for (const char c : text) sum = sum * 31 + static_cast<unsigned char>(c);
    }
  }
  const auto integers = array.Integers();
  const auto numbers = array.Numbers();
  Require(strings.ok() != numbers.ok());
  Require((strings.ok() ? strings->size() : numbers->size()) == array.size);
  Require(!integers.ok() || integers->size() == array.size);
  sink = sum;
}

// An error is of one of two kinds, names the file and stays short.
inline void RequireClean(const Status& status) {
  if (status.ok()) return;
  Require(status.code() == Code::kCorruptFile || status.code() == Code::kUnsupportedFormat);
  Require(status.text().starts_with(kName) && status.text().size() < 600);
}

inline Status ReadSafetensors(Bytes file) {
  const auto parsed = io::ParseSafetensors(file, kName);
  if (parsed.ok()) Touch(parsed->tensors);
  RequireClean(parsed.status());
  return parsed.status();
}

inline Status ReadGguf(Bytes file) {
  const auto parsed = io::ParseGguf(file, kName);
  if (parsed.ok()) {
    Touch(parsed->tensors);
    for (const auto& [key, array] : parsed->arrays) Touch(array);
  }
  RequireClean(parsed.status());
  return parsed.status();
}

inline Status ReadShardIndex(Bytes file) {
  const auto index = io::ParseShardIndex(file, kName);
  RequireClean(index.status());
  return index.status();
}

// `file` is 64-byte aligned. Weights that pass are unpacked; without checksums they may hold codes
// that do not exist, which Unpack must find.
inline Status ReadPacked(Bytes file, bool verify) {
  const auto parsed = io::ParseSealed(file, kName);
  RequireClean(parsed.status());
  if (!parsed.ok()) return parsed.status();
  const auto contents = io::ParsePacked(parsed->tensors, parsed->metadata, kName);
  RequireClean(contents.status());
  if (!contents.ok()) return contents.status();
  if (verify) {
    const Status status = io::CheckChecksums(*contents, kName);
    RequireClean(status);
    if (!status.ok()) return status;
  }
  Touch(parsed->tensors);
  for (const io::PackedTensor& tensor : contents->packed) {
    const auto weights = PackedWeights::FromBlob(tensor.desc.info, tensor.desc.layout,
                                                 tensor.desc.layout_version, tensor.blob, nullptr);
    Require(weights.ok());
    const auto matrix = Unpack(*weights);
    Require(matrix.ok() || matrix.status().code() == Code::kCorruptFile);
  }
  return {};
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_READERS_H_
