// Checkpoints of safetensors for the tests of src/import, written to a folder of their own.
#ifndef LUTGEMM_TESTS_IMPORT_CHECKPOINT_H_
#define LUTGEMM_TESTS_IMPORT_CHECKPOINT_H_

#include "format/fp.h"
#include "io/kit.h"

#include <lutgemm/import.hpp>
#include <lutgemm/threads.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lutgemm::import_test {

using io_test::Contains;

inline std::string Words(const std::vector<uint32_t>& words) {
  std::string bytes;
  for (const uint32_t word : words) bytes += io_test::Little(word, 4);
  return bytes;
}
inline std::string Floats(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) bytes += io_test::Little(std::bit_cast<uint32_t>(value), 4);
  return bytes;
}
inline std::string Halves(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) bytes += io_test::Little(format::F32ToF16(value), 2);
  return bytes;
}
inline std::string Brains(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) bytes += io_test::Little(format::F32ToBf16(value), 2);
  return bytes;
}
inline std::string Longs(const std::vector<uint64_t>& values) {
  std::string bytes;
  for (const uint64_t value : values) bytes += io_test::Little(value, 8);
  return bytes;
}

// A file in the making.
class Checkpoint {
 public:
  Checkpoint& Add(std::string name, std::string_view dtype, std::vector<uint64_t> shape,
                  const std::string& bytes) {
    entries_.push_back({std::move(name), std::string(dtype), std::move(shape), bytes});
    return *this;
  }
  // Another content of a tensor, or without it.
  Checkpoint With(std::string_view name, std::string_view dtype, std::vector<uint64_t> shape,
                  const std::string& bytes) const {
    Checkpoint other = Without(name);
    other.Add(std::string(name), dtype, std::move(shape), bytes);
    return other;
  }
  Checkpoint Without(std::string_view name) const {
    Checkpoint other = *this;
    std::erase_if(other.entries_, [&](const auto& entry) { return entry.name == name; });
    return other;
  }
  // The same bytes under another type of as many, or behind a dimension of 1.
  Checkpoint OfType(std::string_view name, std::string_view dtype) const {
    return Changed(name, [&](Entry& entry) { entry.dtype = dtype; });
  }
  Checkpoint Deeper(std::string_view name) const {
    return Changed(name, [](Entry& entry) { entry.shape.insert(entry.shape.begin(), 1); });
  }
  // Names with types, in the order of the file.
  std::vector<std::pair<std::string, std::string>> Tensors() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Entry& entry : entries_) all.emplace_back(entry.name, entry.dtype);
    return all;
  }
  Checkpoint Configured(std::string text, std::string name = "config.json") const {
    Checkpoint other = *this;
    other.configs_.emplace_back(std::move(name), std::move(text));
    return other;
  }

  // The file's own metadata, as `"key":"value"` with commas between.
  Checkpoint& Metadata(std::string pairs) {
    metadata_ = std::move(pairs);
    return *this;
  }

  std::string Bytes() const {
    std::string json = "{", data;
    if (!metadata_.empty()) json += "\"__metadata__\":{" + metadata_ + "}";
    for (const Entry& entry : entries_) {
      std::string shape = "[";
      for (const uint64_t size : entry.shape) {
        shape += (shape.size() > 1 ? "," : "") + std::to_string(size);
      }
      const std::string offsets = "[" + std::to_string(data.size()) + "," +
                                  std::to_string(data.size() + entry.bytes.size()) + "]";
      json += (json.size() > 1 ? "," : "") +
              io_test::Entry(entry.name, entry.dtype, shape + "]", offsets);
      data += entry.bytes;
    }
    return io_test::Safetensors(json + "}", data);
  }

  Result<Importer> Open(const ImportOptions& options = {}) const {
    const test::TempDir folder;
    for (const auto& [name, text] : configs_) folder.Put(name, text);
    const Result<TensorFile> file = TensorFile::Open(folder.Put("model.safetensors", Bytes()));
    REQUIRE_MESSAGE(file.ok(), file.status().text());
    return Importer::Open(*file, options);
  }

 private:
  struct Entry {
    std::string name, dtype;
    std::vector<uint64_t> shape;
    std::string bytes;
  };
  template <class Change>
  Checkpoint Changed(std::string_view name, const Change& change) const {
    Checkpoint other = *this;
    for (Entry& entry : other.entries_) {
      if (entry.name == name) change(entry);
    }
    return other;
  }

  std::vector<Entry> entries_;
  std::string metadata_;
  std::vector<std::pair<std::string, std::string>> configs_;
};

// What is imported, which the library must take as it is.
inline ImportedWeights Imported(const Result<Importer>& importer, std::string_view name,
                                Threads* threads = nullptr) {
  REQUIRE_MESSAGE(importer.ok(), importer.status().text());
  const ImportableWeights* listed = importer->Find(name);
  REQUIRE(listed != nullptr);
  CHECK(listed->refusal == "");
  Result<ImportedWeights> imported = importer->Import(name, threads);
  REQUIRE_MESSAGE(imported.ok(), imported.status().text());
  const Status valid = Validate(imported->matrix);
  CHECK_MESSAGE(valid.ok(), valid.text());
  CHECK(imported->matrix.info.format == listed->info.format);
  CHECK(imported->matrix.info.zero == listed->info.zero);
  CHECK(imported->matrix.info.scale == listed->info.scale);
  CHECK(imported->matrix.info.n == listed->info.n);
  CHECK(imported->matrix.info.k == listed->info.k);
  CHECK(imported->matrix.info.group == listed->info.group);
  return std::move(*imported);
}

// The only matrix is refused when the file is opened, with a text that has these parts.
inline void CheckRefused(const Result<Importer>& importer, Code code,
                         const std::vector<std::string_view>& parts) {
  REQUIRE_MESSAGE(importer.ok(), importer.status().text());
  REQUIRE(importer->weights().size() == 1);
  const ImportableWeights& listed = importer->weights()[0];
  for (const std::string_view part : parts) {
    CHECK_MESSAGE(Contains(listed.refusal, part), listed.refusal);
  }
  const auto imported = importer->Import(listed.name);
  REQUIRE_FALSE(imported.ok());
  CHECK(imported.status().code() == code);
  CHECK_MESSAGE(imported.status().text().ends_with("/model.safetensors: " + listed.refusal),
                imported.status().text());
}

// It is listed, and then something of its content is refused.
inline void CheckFails(const Result<Importer>& importer, Code code,
                       const std::vector<std::string_view>& parts) {
  REQUIRE_MESSAGE(importer.ok(), importer.status().text());
  REQUIRE(importer->weights().size() == 1);
  CHECK(importer->weights()[0].refusal == "");
  const auto imported = importer->Import(importer->weights()[0].name);
  REQUIRE_FALSE(imported.ok());
  CHECK(imported.status().code() == code);
  const std::string text = imported.status().text();
  CHECK_MESSAGE(Contains(text, "/model.safetensors: "), text);
  for (const std::string_view part : parts) CHECK_MESSAGE(Contains(text, part), text);
}

// Bits [at, at + count) of words, the lowest bit of the first word first.
template <class WordAt>
unsigned BitsAt(const WordAt& word_at, size_t at, unsigned count) {
  unsigned value = 0;
  for (unsigned i = 0; i < count; ++i) {
    value |= (word_at((at + i) / 32) >> (at + i) % 32 & 1u) << i;
  }
  return value;
}

class Random {
 public:
  explicit Random(uint64_t seed) : random_(seed) {}
  uint32_t Word() { return static_cast<uint32_t>(random_()); }
  size_t Below(size_t limit) { return random_() % limit; }
  std::vector<uint32_t> WordsOf(size_t count) {
    std::vector<uint32_t> words(count);
    for (uint32_t& word : words) word = Word();
    return words;
  }
  std::string Bytes(size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(Word());
    return bytes;
  }
  // Such as f16 and bf16 hold, of both signs.
  std::vector<float> Scales(size_t count) {
    std::vector<float> scales(count);
    for (float& scale : scales) scale = (static_cast<float>(Below(256)) - 127) / 4096;
    return scales;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace lutgemm::import_test

#endif  // LUTGEMM_TESTS_IMPORT_CHECKPOINT_H_
