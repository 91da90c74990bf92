// Files: checkpoints in (safetensors, sharded or not; GGUF of version 2 or 3), packed weights out
// and in again. Every reader maps the file, checks it before use, and answers malformed input with
// kCorruptFile.
// Defined in src/io.
#ifndef LUTGEMM_IO_HPP_
#define LUTGEMM_IO_HPP_

#include <lutgemm/weights.hpp>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm {

// One tensor of an open file. `bytes` stay valid while the TensorFile (or a copy) lives.
struct LUTGEMM_API FileTensor {
  std::string name;
  std::string dtype;            // as the file spells it: "F32", "BF16", "U8", "I64", "Q4_0", ...
  std::vector<uint64_t> shape;  // outermost first (GGUF's order reversed)
  std::span<const std::byte> bytes;
  std::optional<Elem> elem;  // set where dtype is F32, F16 or BF16

  // The tensor as N x K, if it is a float matrix of two dimensions.
  std::optional<Tensor2D> AsMatrix() const noexcept;
};

// An array among the key-values of a GGUF file, such as a vocabulary. It was measured when the file
// was opened and is decoded when one asks. `type` and `bytes` stay valid while the TensorFile (or a
// copy) lives.
struct LUTGEMM_API FileArray {
  std::string key;
  std::string_view type;  // of its elements: "string", "bool", "u8" to "i64", "f32", "f64"
  size_t size = 0;        // elements
  std::span<const std::byte> bytes;  // the elements, as the file stores them

  // All elements: views of the bytes, which may be no UTF-8; integers (a bool is 0 or 1); numbers
  // of any type. Each fails with kUnsupportedFormat where the elements are of another kind,
  // Integers also for one above 2^63 - 1, and with kCorruptFile where `bytes` are not `size`
  // elements.
  Result<std::vector<std::string_view>> Strings() const noexcept;
  Result<std::vector<int64_t>> Integers() const noexcept;
  Result<std::vector<double>> Numbers() const noexcept;
};

// A read-only checkpoint: .safetensors, .safetensors.index.json (shards beside it) or .gguf (any
// part of a split model, the others beside it), told apart by content. Tensors in file order.
// Copies share the mapping.
class LUTGEMM_API TensorFile {
 public:
  static Result<TensorFile> Open(const std::string& path) noexcept;

  std::span<const FileTensor> tensors() const noexcept;
  const FileTensor* Find(std::string_view name) const noexcept;
  // safetensors `__metadata__`; for GGUF the scalar and string key-values as text.
  const std::map<std::string, std::string>& metadata() const noexcept;
  // The array that a GGUF file has under this key, or null.
  const FileArray* FindArray(std::string_view key) const noexcept;
  std::string_view container() const noexcept;  // "safetensors" or "gguf"
  // The files that hold the tensors: one, or all shards or parts.
  std::span<const std::string> paths() const noexcept;
  // Owner of the mapping, for blobs used in place.
  std::shared_ptr<const void> keep_alive() const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// A file written by PackedWriter: a valid safetensors file whose packed tensors are U8 blobs,
// described in `__metadata__`. Opening maps it, checks structure and the header's checksum, and
// (unless told not to) reads every byte once to check the checksums of all tensors. Weights are
// used in place.
class LUTGEMM_API PackedFile {
 public:
  static Result<PackedFile> Open(const std::string& path, bool verify_checksums = true) noexcept;

  // Names of packed tensors, in file order.
  std::span<const std::string> names() const noexcept;
  Result<PackedWeights> Get(std::string_view name) const noexcept;
  // The whole file, with tensors that were passed through.
  const TensorFile& file() const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// True if an open file carries lutgemm's packed-tensor metadata.
LUTGEMM_API bool IsPacked(const TensorFile& file) noexcept;

// Collects tensors, then writes them in one go: packed tensors first, each 64-byte aligned, then
// tensors passed through with their exact size; all of it is covered by checksums. The file appears
// under its name only when complete (written aside, fsync, then named); without `overwrite` an
// existing file is kExists. A file that is replaced hands on its permissions; a link to a file
// stays and the file is replaced; directories, devices, pipes, links to nothing and names in /proc
// are refused.
class LUTGEMM_API PackedWriter {
 public:
  // Without memory every call of it fails with kOutOfMemory.
  PackedWriter() noexcept;
  PackedWriter(PackedWriter&&) noexcept;
  PackedWriter& operator=(PackedWriter&&) noexcept;
  ~PackedWriter();

  Status AddPacked(std::string name, PackedWeights weights) noexcept;
  // The tensor's bytes are borrowed until Write returns.
  Status AddRaw(const FileTensor& tensor) noexcept;
  Status SetMetadata(std::string key, std::string value) noexcept;
  uint64_t file_bytes() const noexcept;
  // Before hours of work: makes the file that Write with the same arguments will fill, with room
  // for `bytes`, so that a missing folder, a full disk or a name that cannot be written is found
  // now. Fails as Write does. Nothing appears under the name, and nothing stays without Write.
  Status Reserve(const std::string& path, bool overwrite, uint64_t bytes) noexcept;
  Status Write(const std::string& path, bool overwrite) const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool made_;  // with state; else there was no memory
};

}  // namespace lutgemm

#endif  // LUTGEMM_IO_HPP_
