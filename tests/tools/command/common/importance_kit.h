// Importance matrices in memory, of both kinds, written here as their formats are described.
#ifndef LUTGEMM_TESTS_TOOLS_COMMAND_COMMON_IMPORTANCE_KIT_H_
#define LUTGEMM_TESTS_TOOLS_COMMAND_COMMON_IMPORTANCE_KIT_H_

#include "fuzz/importance_reader.h"
#include "io/kit.h"
#include "tools/command/common/importance_file.h"

#include <bit>
#include <string>
#include <utility>
#include <vector>

namespace lutgemm::test::importance {

using io_test::Little;

inline std::string Floats(const std::vector<float>& numbers) {
  std::string bytes;
  for (const float number : numbers) bytes += Little(std::bit_cast<uint32_t>(number), 4);
  return bytes;
}

// One entry of the older file.
struct BinaryEntry {
  std::string name;
  uint32_t calls = 1;
  std::vector<float> sums;

  std::string bytes() const {
    return Little(name.size(), 4) + name + Little(calls, 4) + Little(sums.size(), 4) + Floats(sums);
  }
};
inline std::string Binary(const std::vector<BinaryEntry>& entries, const std::string& rest = "") {
  std::string bytes = Little(entries.size(), 4);
  for (const BinaryEntry& entry : entries) bytes += entry.bytes();
  return bytes + rest;
}

// A tensor of floats; dimensions as GGUF orders them, the innermost first.
struct GgufFloats {
  std::string name;
  std::vector<uint64_t> dims;
  std::vector<float> values;
};
inline std::string Gguf(const std::vector<GgufFloats>& tensors,
                        const std::string& type = "imatrix") {
  io_test::Gguf file;
  if (!type.empty()) {
    file.keys = {io_test::GgufKey("general.type", 8, io_test::GgufString(type)),
                 io_test::GgufKey("imatrix.chunk_count", 4, Little(7, 4))};
  }
  for (const GgufFloats& tensor : tensors) {
    file.tensors.push_back(
        io_test::GgufDeclaration({tensor.name, tensor.dims, 0, file.data.size()}));
    file.data += Floats(tensor.values);
    file.data.resize((file.data.size() + 31) / 32 * 32);
  }
  return file.bytes();
}

inline Result<tools::ImportanceEntries> Parse(const std::string& bytes) {
  const io_test::Aligned file(bytes);
  return tools::ParseImportance(file.span(), fuzz::kName);
}

inline void CheckRefused(const std::string& bytes, const std::string& text) {
  CAPTURE(text);
  const auto parsed = Parse(bytes);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.status().code() == Code::kCorruptFile);
  CHECK_MESSAGE(io_test::Contains(parsed.status().text(), text), parsed.status().text());
}

}  // namespace lutgemm::test::importance

#endif  // LUTGEMM_TESTS_TOOLS_COMMAND_COMMON_IMPORTANCE_KIT_H_
