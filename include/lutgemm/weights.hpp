// Weights on their way from a tensor to kernel-ready bytes:
//   Tensor2D --Quantize--> QuantizedMatrix --Pack--> PackedWeights (one blob, usable in place).
// Defined in src/base, src/quant, src/layout and src/api.
#ifndef LUTGEMM_WEIGHTS_HPP_
#define LUTGEMM_WEIGHTS_HPP_

#include <lutgemm/codebook.hpp>
#include <lutgemm/types.hpp>

#include <memory>
#include <span>
#include <vector>

namespace lutgemm {

class Threads;

// Everything about quantised weights except their bytes. It determines the size of the blob.
struct LUTGEMM_API WeightInfo {
  WeightFormat format = WeightFormat::kInt4;
  ZeroKind zero = ZeroKind::kNone;
  Elem scale = Elem::kF16;
  size_t n = 0;
  size_t k = 0;
  uint32_t group = kWholeRow;
  // Scales that are integers (kU8, kI8) are multiples of a factor. super_group: weights along K
  // that share one, a multiple of `group` up to kMaxSuperGroup; or 0: one factor per row, f32, for
  // kU8 only. For kInt2 to kInt8 and codebooks. With a super-group, float zeros are two numbers as
  // well: c is a byte (an integer 0 to 255) times an offset factor of the super-group. kE4m3 has
  // one factor per tensor, f32; other scales have none.
  uint32_t super_group = 0;
  // Stored type of the factors of super-groups: kF32, kF16 or kBF16.
  Elem factor = Elem::kF32;

  // Super-groups along K of one row; 1 without super-groups.
  size_t super_groups() const noexcept;
  // Groups along K of one row: 1 for kWholeRow and kWholeTensor.
  size_t groups() const noexcept;
  // First k of group g, and one past its last k.
  size_t group_begin(size_t g) const noexcept;
  size_t group_end(size_t g) const noexcept;
};

// Exact codes with their scales, row-major, one byte per code. Scales and offsets are held as f32
// but carry only values that `info.scale` (offsets of super-groups: a byte) can store.
struct QuantizedMatrix {
  WeightInfo info;
  std::vector<uint8_t> codes;  // [n][k]
  std::vector<float> scales;   // [n][groups]; one element for kWholeTensor
  std::vector<uint8_t> zeros;  // ZeroKind::kInteger: [n][groups] (one for kWholeTensor)
  std::vector<float> offsets;  // ZeroKind::kFloat: c, [n][groups] (one for kWholeTensor)
  // Second-level scale factors: [n][super_groups] with super-groups, [n] for other scales of type
  // kU8, one for kE4m3, none otherwise.
  std::vector<float> factors;
  std::vector<float> offset_factors;  // [n][super_groups]: super-groups with ZeroKind::kFloat
  Codebook book;                      // kBitmod3 to kCodebook
  std::vector<uint8_t> selectors;     // [n][groups], where the codebook has more than one table

  // Value of one weight, computed in double: Integer * scale * Factor, plus c for kFloat zeros, and
  // with super-groups times the factors of scale and c. These three round as the calling thread
  // does.
  LUTGEMM_API double Value(size_t row, size_t col) const noexcept;
  // The integer that stands for the code: the codebook's entry, or the code minus its zero point;
  // for kFloat zeros the code itself.
  LUTGEMM_API int Integer(size_t row, size_t col) const noexcept;
  // What the sums of a row are worth: its factor, or the tensor's, times the unit of the codebook
  // or of BFP; 1 for ints and ternary. Factors of super-groups are not part of it.
  LUTGEMM_API float Factor(size_t row) const noexcept;
};

// Rounds a tensor to codes (round to nearest even). Fails with kNotFinite on NaN or infinity,
// kBadArgument/kBadShape on a spec or shape outside its range, kUnsupportedFormat where format and
// zero kind do not combine, kOverflow where `spec.scale` cannot hold a scale, too large or too
// small (docs/formats.md). kCodebook takes the overload with a codebook.
LUTGEMM_API Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                             Threads* threads = nullptr) noexcept;
LUTGEMM_API Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                             const Codebook& book,
                                             Threads* threads = nullptr) noexcept;

// What quantising can be given besides weights and spec. All of it is borrowed for the call.
struct QuantizeOptions {
  // [K], one number per column, finite and not negative: how much the error of the column's weights
  // counts, such as the mean square of the activations that meet it. Empty: all alike. Wherever the
  // quantiser compares errors of a group (spec.scale_search, and the choice of a BitMoD table) it
  // compares the sum over k of importance[k] * (w - w')^2; nothing else changes. Only ratios within
  // a group matter, and a group whose importance is all zero counts its columns alike.
  std::span<const float> importance = {};
  const Codebook* book = nullptr;  // kCodebook: its table; null for every other format
  Threads* threads = nullptr;
};
// As above; fails with kBadShape besides where the importance has not K numbers, kNotFinite or
// kBadArgument where one of them is not finite or negative.
LUTGEMM_API Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                             const QuantizeOptions& options) noexcept;

// Checks a matrix that a caller filled in (imported codes): sizes, code range, finite scales.
LUTGEMM_API Status Validate(const QuantizedMatrix& matrix) noexcept;

// Kernel-ready weights: one 64-byte aligned blob in a numbered, versioned layout that every target
// and every thread count reads. Copies share the blob.
class PackedWeights {
 public:
  // Adopts a blob that lives elsewhere (a mapped file); `keep_alive` owns it, or is null where the
  // caller keeps it alive. The bytes are those that Pack made and stay so: integer zero points are
  // read here, once, and plans read none of them again. Fails with kBadArgument if blob is not
  // 64-byte aligned, kBadShape if n or k is out of range or its size is not PackedBytes(info,
  // layout), kUnsupportedFormat for an unknown layout or version.
  LUTGEMM_API static Result<PackedWeights> FromBlob(
      const WeightInfo& info, LayoutId layout, uint32_t version, std::span<const std::byte> blob,
      std::shared_ptr<const void> keep_alive) noexcept;

  const WeightInfo& info() const noexcept { return info_; }
  LayoutId layout() const noexcept { return layout_; }
  uint32_t layout_version() const noexcept { return version_; }
  std::span<const std::byte> blob() const noexcept { return blob_; }
  // Largest stored zero point (ZeroKind::kInteger); 0 for other kinds.
  uint8_t largest_zero() const noexcept { return largest_zero_; }
  // All stored bits, scales and padding included, per weight.
  double bits_per_weight() const noexcept {
    return 8.0 * double(blob_.size()) / (double(info_.n) * double(info_.k));
  }

 private:
  WeightInfo info_;
  LayoutId layout_ = LayoutId::kDefault;
  uint32_t version_ = 0;
  uint8_t largest_zero_ = 0;
  std::span<const std::byte> blob_;
  std::shared_ptr<const void> keep_alive_;
};

// Bytes of the blob; 0 where layout and format do not combine.
LUTGEMM_API size_t PackedBytes(const WeightInfo& info, LayoutId layout) noexcept;
// What kDefault means for these weights, and the current version of a layout.
LUTGEMM_API LayoutId DefaultLayout(const WeightInfo& info) noexcept;
LUTGEMM_API uint32_t LayoutVersion(LayoutId layout) noexcept;

LUTGEMM_API Result<PackedWeights> Pack(const QuantizedMatrix& matrix,
                                       LayoutId layout = LayoutId::kDefault,
                                       Threads* threads = nullptr) noexcept;
// As Pack, into memory of the caller's, such as a file that is mapped for writing: PackedBytes of
// it at its beginning, which the weights use in place. It must outlive them and every plan made of
// them, and stay as it is. Fails as Pack, and with kBadArgument for memory that is not 64-byte
// aligned, kWorkspaceTooSmall for fewer bytes; then the memory holds anything.
LUTGEMM_API Result<PackedWeights> PackInto(const QuantizedMatrix& matrix,
                                           std::span<std::byte> memory,
                                           LayoutId layout = LayoutId::kDefault,
                                           Threads* threads = nullptr) noexcept;
// Exact inverse of Pack.
LUTGEMM_API Result<QuantizedMatrix> Unpack(const PackedWeights& weights) noexcept;

// Rows [row, row + count) of the weights as f32, [count][k]: token embeddings, tied outputs. Each
// value is QuantizedMatrix::Value of the unpacked weight, which is computed in double, rounded to
// f32 once, to nearest even, whatever the calling thread's mode; -0 stays -0, and what f32 cannot
// hold becomes infinity. Allocates nothing. `threads` may be null. Fails with kBadShape where rows
// are out of range or `out` has not count * k elements, kBadArgument where `out` lies within the
// blob, kCorruptFile for codes or a codebook that the format does not have; `out` then holds
// anything.
LUTGEMM_API Status UnpackRows(const PackedWeights& weights, size_t row, size_t count,
                              std::span<float> out, Threads* threads = nullptr) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_WEIGHTS_HPP_
