// Quantised checkpoints in, with exactly the values that they have: block types of GGUF, GPTQ, AWQ,
// BitNet, compressed-tensors, MXFP4 as gpt-oss stores it, bitsandbytes.
// Defined in src/import.
#ifndef LUTGEMM_IMPORT_HPP_
#define LUTGEMM_IMPORT_HPP_

#include <lutgemm/io.hpp>
#include <lutgemm/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm {

// How a checkpoint stores quantised weights.
enum class Convention : uint8_t {
  kAuto = 0,               // what the file, and the config beside it, say
  kGguf = 1,               // a GGUF block type
  kGptq = 2,               // qweight, qzeros, scales, g_idx; zeros stored minus one (v1)
  kGptqV2 = 3,             // the same with zeros as they are
  kAwq = 4,                // qweight, qzeros, scales, interleaved along the outputs
  kBitnet = 5,             // packed uint8 and weight_scale
  kCompressedTensors = 6,  // weight_packed, weight_scale and what goes with them
  kMxfp4 = 7,              // *_blocks and *_scales, experts in one tensor (gpt-oss)
  kBitsandbytes = 8,       // weight, absmax, quant_map
};
LUTGEMM_API std::string_view Name(Convention convention) noexcept;
LUTGEMM_API Result<Convention> ParseConvention(std::string_view name) noexcept;

// Tensor types of GGUF that ImportBlocks takes, by their numbers in files.
enum class GgufType : uint32_t {
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kIq4_Nl = 20,
  kIq4_Xs = 23,
  kTq1_0 = 34,
  kTq2_0 = 35,
  kMxfp4 = 39,
  kNvfp4 = 40,
  kQ1_0 = 41,
  kQ2_0 = 42,
};

// Bytes of n rows of k weights; 0 for a type that is none of these or a k that its blocks do not
// divide.
LUTGEMM_API size_t GgufBytes(GgufType type, size_t n, size_t k) noexcept;
// What ImportBlocks makes of such blocks, but for ternary types (TQ1_0, TQ2_0, Q2_0): a matrix
// whose blocks all have one scale gets kWholeTensor, one with a value of twice the scale becomes
// kInt2 with integer zeros. Fails with kBadShape or kUnsupportedFormat.
LUTGEMM_API Result<WeightInfo> GgufInfo(GgufType type, size_t n, size_t k) noexcept;
// Blocks that lie in memory, row after row, as codes and scales: the very values that the type's
// reference reader gives as f32, where 0 and -0 count as equal. Fails with kBadShape where bytes, n
// and k do not go together, kUnsupportedFormat for an unknown type, kNotFinite for a scale that is
// NaN or infinite.
LUTGEMM_API Result<QuantizedMatrix> ImportBlocks(GgufType type, std::span<const std::byte> bytes,
                                                 size_t n, size_t k,
                                                 Threads* threads = nullptr) noexcept;

// Blocks that lie in memory: n rows of k weights, row after row, GgufBytes of them.
struct GgufBlocks {
  GgufType type = GgufType::kQ4_0;
  size_t n = 0;
  size_t k = 0;
  std::span<const std::byte> bytes;
};
// ImportBlocks and Pack in one, strip by strip: takes memory for the codes of a few rows on each
// thread, where the two take a byte and more for each weight. The blob is the same. Fails as they
// do.
LUTGEMM_API Result<PackedWeights> PackBlocks(const GgufBlocks& blocks,
                                             Threads* threads = nullptr) noexcept;
// The same into memory of the caller's, as PackInto.
LUTGEMM_API Result<PackedWeights> PackBlocksInto(const GgufBlocks& blocks,
                                                 std::span<std::byte> memory,
                                                 Threads* threads = nullptr) noexcept;

// Order of the codes of bitnet.cpp's I2_S: the file does not tell which machine wrote it.
enum class I2sOrder : uint8_t { kUnknown = 0, kX86 = 1, kArm = 2 };
// What a BitNet checkpoint's weight_scale does to codes.
enum class BitnetScale : uint8_t { kAuto = 0, kMultiply = 1, kDivide = 2 };

struct ImportOptions {
  Convention convention = Convention::kAuto;
  I2sOrder i2s_order = I2sOrder::kUnknown;  // kUnknown: I2_S is refused
  BitnetScale bitnet_scale = BitnetScale::kAuto;
};

// One quantised matrix of a checkpoint, which may take several of its tensors.
struct ImportableWeights {
  std::string name;                  // "blk.0.attn_q.weight"; experts in one tensor: "name[3]"
  std::vector<std::string> tensors;  // of the file, the first holds the codes
  Convention convention = Convention::kAuto;
  std::string type;     // the convention's own word: "Q4_K", "gptq 4 bit"
  WeightInfo info;      // what Import gives
  uint64_t bytes = 0;   // of the file, that the matrix takes
  std::string refusal;  // why Import would fail, with the tensor; empty where it would not
  std::string note;     // in what the values differ from the convention's; empty where in nothing
};

struct ImportedWeights {
  QuantizedMatrix matrix;
  // Problem::act_order that the matrix needs; empty where channels stand in their own order.
  std::vector<uint32_t> act_order;
};

// Finds the quantised weights of an open file. Float tensors are not listed, but for those of
// BitNet whose config says that they are rounded when they are used. Copies share what was found.
class LUTGEMM_API Importer {
 public:
  // Reads config.json or quantize_config.json beside the file where there is one. Fails with
  // kCorruptFile for a config that is none, kUnsupportedFormat where two conventions fit and
  // options.convention does not choose. Errors, of Import too, begin with the file.
  static Result<Importer> Open(const TensorFile& file, const ImportOptions& options = {}) noexcept;

  std::span<const ImportableWeights> weights() const noexcept;
  const ImportableWeights* Find(std::string_view name) const noexcept;
  Result<ImportedWeights> Import(std::string_view name, Threads* threads = nullptr) const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// Importer::Open and Import of one matrix, for conventions without an order of channels.
LUTGEMM_API Result<QuantizedMatrix> Import(const TensorFile& file, std::string_view name) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_IMPORT_HPP_
