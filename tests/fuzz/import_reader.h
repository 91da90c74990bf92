// What the fuzz target and the mutation test of importing do: import whatever a damaged file or
// damaged blocks offer, and pack and unpack it.
#ifndef LUTGEMM_TESTS_FUZZ_IMPORT_READER_H_
#define LUTGEMM_TESTS_FUZZ_IMPORT_READER_H_

#include "fuzz/readers.h"

#include <lutgemm/import.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace lutgemm::fuzz {

// Imported weights are sound: they pack, come back the same, and are numbers.
inline void RequireSound(const QuantizedMatrix& matrix) {
  Require(Validate(matrix).ok());
  const auto packed = Pack(matrix);
  Require(packed.ok());
  const auto unpacked = Unpack(*packed);
  Require(unpacked.ok() && unpacked->codes == matrix.codes && unpacked->scales == matrix.scales);
  double sum = 0;
  for (size_t k = 0; k < matrix.info.k; ++k) sum += matrix.Value(matrix.info.n - 1, k);
  Require(!std::isnan(sum));
}

inline void RequireRefused(const Status& status) {
  const Code code = status.code();
  Require(code == Code::kCorruptFile || code == Code::kUnsupportedFormat ||
          code == Code::kNotFinite || code == Code::kBadShape);
  Require(!status.text().empty() && status.text().size() < 600);
}

// Packed in one step they are the same, or refused in the same words.
inline void RequirePacked(const GgufBlocks& blocks, const Result<QuantizedMatrix>& matrix) {
  const auto packed = PackBlocks(blocks);
  Require(packed.ok() == matrix.ok());
  if (!matrix.ok()) return Require(packed.status().text() == matrix.status().text());
  const auto want = Pack(*matrix);
  Require(want.ok() && std::ranges::equal(packed->blob(), want->blob()));
}

inline Status ImportBlocks(GgufType type, Bytes blocks) {
  const auto matrix = lutgemm::ImportBlocks(type, blocks, 1, 512);
  RequirePacked({type, 1, 512, blocks}, matrix);
  if (matrix.ok()) {
    RequireSound(*matrix);
  } else {
    RequireRefused(matrix.status());
  }
  return matrix.status();
}

// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes bytes) : descriptor_(memfd_create("mutant", 0)) {
    Require(descriptor_ >= 0);
    Require(write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// The first failure of all weights of a file.
inline Status ImportAll(Bytes bytes, const ImportOptions& options) {
  const MemoryFile memory(bytes);
  const auto file = TensorFile::Open(memory.path());
  if (!file.ok()) return file.status();
  const auto importer = Importer::Open(*file, options);
  Require(importer.ok() || options.convention != Convention::kGguf);
  if (!importer.ok()) return importer.status();
  Status first;
  for (const ImportableWeights& weights : importer->weights()) {
    const auto imported = importer->Import(weights.name);
    if (imported.ok()) {
      RequireSound(imported->matrix);
      continue;
    }
    RequireRefused(imported.status());
    if (first.ok()) first = imported.status();
  }
  return first;
}

inline Status ImportGguf(Bytes bytes) {
  ImportOptions options;
  options.convention = Convention::kGguf;
  options.i2s_order = I2sOrder::kX86;
  return ImportAll(bytes, options);
}

// A file of safetensors, with no config beside it.
inline Status ImportCheckpoint(Bytes bytes, Convention convention) {
  ImportOptions options;
  options.convention = convention;
  options.bitnet_scale = BitnetScale::kMultiply;
  return ImportAll(bytes, options);
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_IMPORT_READER_H_
