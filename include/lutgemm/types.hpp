// The words of the library: element types, weight formats, borrowed tensors, quantisation choices.
//
// One convention everywhere: O[M,N] = A[M,K] x W[N,K]^T. M = tokens (rows of activations),
// N = output features (rows of weights), K = the summed dimension, contiguous in A and in W.
// Defined in src/format and src/api. What lies between "lutgen" marks is made from codegen/spec.
#ifndef LUTGEMM_TYPES_HPP_
#define LUTGEMM_TYPES_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lutgemm {

// Element of activations, outputs, scales and source tensors. Scales of one byte:
//   kE8m0  2^(e - 127), e = 0 to 254 (OCP MX v1.0, 5.4.1): one power of two per group
//   kE4m3  a non-negative E4M3 float (OCP OFP8) per group, times one f32 factor per tensor
//   kU8    an integer 0 to 255 per group, times a factor per row (BitMoD, HPCA 2025, 3.2) or
//          super-group (k-quants); see WeightInfo
//   kI8    an integer -128 to 127 per group, times a factor per super-group
enum class Elem : uint8_t {
  // lutgen elems: begin
  kF32 = 0,
  kF16 = 1,
  kBF16 = 2,
  kI8 = 3,
  kI32 = 4,
  kE8m0 = 5,
  kE4m3 = 6,
  kU8 = 7,
  // lutgen elems: end
};

// Stored form of a weight: an unsigned code q. Its value is that below, with s and z of the group
// that holds the weight; see QuantSpec. T is a table that q indexes. Of formats with a table and of
// block floating point (m bits per code) s is the stored scale times its factor, see Elem; the
// scale's type and the group are the format's own where one is given:
// lutgen values: begin
//   kInt1                  s * (2q - 1), q in {0, 1}
//   kInt2 to kInt6, kInt8  s * (q - z), q in [0, 2^bits); symmetric: z = 2^(bits-1)
//   kTernary               s * (q - 1), q in {0, 1, 2}
//   kBitmod3, kBitmod4     s * T[selector][q]: FP3 or FP4 with a special value that each group
//                          selects of four (BitMoD, HPCA 2025, Table IV); +-6 or +-8 at most; scale
//                          kU8, f32, f16, bf16
//   kMxfp4                 s * E2M1(q), +-6 at most; group 32, scale kE8m0 (OCP MX v1.0)
//   kNvfp4                 s * E2M1(q); group 16, scale kE4m3 (NVIDIA Blackwell's NVFP4)
//   kNf4                   s * NF4[q], +-1 at most, rounded to int8: see MakeCodebook (QLoRA,
//                          appendix E)
//   kCodebook              s * T[q] with a table of up to 16 values of the caller's
//   kBfp3 to kBfp8         s * (q - 2^(m-1)) * 2^-(m-2), m bits per code: block floating point;
//                          code 0 is never made but understood; group 16, 32, 64 or 128, scale
//                          kE8m0; kBfp8 in groups of 32 is OCP MXINT8
// lutgen values: end
enum class WeightFormat : uint8_t {
  // lutgen formats: begin
  kInt1 = 1,
  kInt2 = 2,
  kInt3 = 3,
  kInt4 = 4,
  kTernary = 5,
  kBitmod3 = 6,
  kBitmod4 = 7,
  kMxfp4 = 8,
  kNvfp4 = 9,
  kNf4 = 10,
  kCodebook = 11,
  kBfp3 = 12,
  kBfp4 = 13,
  kBfp5 = 14,
  kBfp6 = 15,
  kBfp7 = 16,
  kBfp8 = 17,
  kInt5 = 18,
  kInt6 = 19,
  kInt8 = 20,
  // lutgen formats: end
};

// How a group's zero point is given. kNone: symmetric. kInteger: z is an unsigned byte.
// kFloat: the pair (s, c) with value = s * q + c, so that s may be 0 while c is not.
enum class ZeroKind : uint8_t {
  // lutgen zeros: begin
  kNone = 0,
  kInteger = 1,
  kFloat = 2,
  // lutgen zeros: end
};

// Byte positions of packed weights; docs/layouts.md has every formula.
enum class LayoutId : uint8_t {
  // lutgen layouts: begin
  kDefault = 0,  // the library's choice for the format
  kPlanes = 1,   // bit planes as nibbles of 4 k: int1 to int6, int8, ternary, bitmod3, bfp3 to bfp8
  kTrits = 2,    // five ternary digits per byte: ternary with one scale per row or tensor
  kCodes = 3,    // one nibble per code: int4, bitmod4, mxfp4, nvfp4, nf4, codebook, bfp4
  // lutgen layouts: end
};

// Group lengths with a special meaning.
inline constexpr uint32_t kWholeRow = 0;
inline constexpr uint32_t kWholeTensor = 0xffffffffu;
// Longest super-group, see WeightInfo.
inline constexpr uint32_t kMaxSuperGroup = 4096;

// Largest supported reduction length; accumulators are proved for it (docs/numerics.md).
inline constexpr size_t kMaxK = size_t{1} << 24;

// A borrowed matrix: `rows` x `cols`, row r begins at element r * stride. stride 0 means cols.
struct Tensor2D {
  const void* data = nullptr;
  Elem elem = Elem::kF32;  // kF32, kF16 or kBF16
  size_t rows = 0;
  size_t cols = 0;
  size_t stride = 0;
};

// How to quantise. group: weights along K that share a scale: any multiple of 4, kWholeRow or
// kWholeTensor (not for codebooks), unless the format prescribes it; a K that is not a multiple of
// it has a shorter last group. Only the ints from kInt2 on have zero points. Start from DefaultSpec
// for a format other than the ints.
struct QuantSpec {
  WeightFormat format = WeightFormat::kInt4;
  uint32_t group = 128;
  ZeroKind zero = ZeroKind::kNone;
  Elem scale = Elem::kF16;    // stored type of scales (and of c): kF32, kF16, kBF16; see Elem
  bool scale_search = false;  // search the clipping scale with the least squared error per group
};
// Group and scale type that a format prescribes or is usually given: kTernary one scale per tensor,
// kBitmod groups of 128 with kU8, kNf4 groups of 64, kBfp groups of 32, ints groups of 128.
LUTGEMM_API QuantSpec DefaultSpec(WeightFormat format) noexcept;

// Whether activations enter as int8, or as what is the fastest at about the same error. kFast: sums
// of activations in 8-bit tables where a kernel looks them up, int8 activations with outliers apart
// where it multiplies bytes. For codes spread evenly over their range the error (NMSE) is at most
// 1.25 x that of int8 activations with the same block on Gaussian activations, 0.5 x with outliers;
// codes that crowd around zero raise it by a factor that docs/numerics.md computes.
enum class Mode : uint8_t {
  // lutgen modes: begin
  kFast = 0,   // activations through rounded 8-bit tables, or int8 in short blocks
  kExact = 1,  // the integer dot product of int8 activations, equal bits on every target
  // lutgen modes: end
};

// Bits of a code as its format counts them: 1 to 8; 2 for kTernary.
LUTGEMM_API unsigned CodeBits(WeightFormat format) noexcept;
// Number of codes: 2^bits; 3 for kTernary. A kCodebook may use fewer than its 16.
LUTGEMM_API unsigned CodeCount(WeightFormat format) noexcept;
// Bytes of one element.
constexpr size_t ElemBytes(Elem elem) noexcept {
  switch (elem) {
    // lutgen elem-bytes: begin
    case Elem::kF32:
    case Elem::kI32:
      return 4;
    case Elem::kF16:
    case Elem::kBF16:
      return 2;
    case Elem::kI8:
    case Elem::kE8m0:
    case Elem::kE4m3:
    case Elem::kU8:
      return 1;
      // lutgen elem-bytes: end
  }
  return 0;
}

// Names as the command and files spell them: "int4", "bitmod3", "f16", "planes", "exact", "128".
LUTGEMM_API std::string_view Name(WeightFormat format) noexcept;
LUTGEMM_API std::string_view Name(Elem elem) noexcept;
LUTGEMM_API std::string_view Name(LayoutId layout) noexcept;
LUTGEMM_API std::string_view Name(Mode mode) noexcept;
LUTGEMM_API std::string_view Name(ZeroKind zero) noexcept;
LUTGEMM_API Result<WeightFormat> ParseWeightFormat(std::string_view name) noexcept;
LUTGEMM_API Result<Elem> ParseElem(std::string_view name) noexcept;
LUTGEMM_API Result<LayoutId> ParseLayout(std::string_view name) noexcept;
LUTGEMM_API Result<ZeroKind> ParseZeroKind(std::string_view name) noexcept;

// How a kernel multiplies, and for how many tokens (docs/kernels.md).
enum class Method : uint8_t {
  // lutgen methods: begin
  kLut4 = 0,      // one lookup per bit plane and four activations
  kLut5 = 1,      // one lookup per bit plane and five activations, two planes of ten at once
  kTernary5 = 2,  // one lookup per byte of five ternary weights
  kTernary3 = 3,  // one lookup per three ternary weights, four at once
  kDot = 4,       // codes expanded to bytes, then a dot product of bytes
  kCodebook = 5,  // codes looked up in a table of bytes, then a dot product of bytes
  // lutgen methods: end
};
enum class Regime : uint8_t {
  // lutgen regimes: begin
  // each token by itself: every packed weight is read, decoded and used once a token
  kGemv = 0,
  // a few tokens at a time meet each decoded weight in registers
  kSmallM = 1,
  // weights are expanded into a panel once for a tile of tokens, which meet it in register tiles
  kGemm = 2,
  // lutgen regimes: end
};
LUTGEMM_API std::string_view Name(Method method) noexcept;
LUTGEMM_API std::string_view Name(Regime regime) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_TYPES_HPP_
