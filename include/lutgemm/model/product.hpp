// The compiler: a matrix product as a program, with the memory that it starts from.
// Defined in src/model/api.
#ifndef LUTGEMM_MODEL_PRODUCT_HPP_
#define LUTGEMM_MODEL_PRODUCT_HPP_

#include <lutgemm/model/machine.hpp>
#include <lutgemm/weights.hpp>

namespace lutgemm::model {

// Activations as the machine takes them. FP8 is that of OCP.
enum class ActType : uint8_t { kF16, kF8e4m3, kF8e5m2, kI16, kI8 };
// Sums of lookups, and outputs.
enum class SumType : uint8_t { kF16, kF32, kI32 };

struct ProductSpec {
  size_t m = 1;  // tokens
  ActType act = ActType::kI8;
  bool quantised_tables = false;  // entries of 8 bits with a scale per table
  // Integers for kI8 and kI16; kF32 or kF16 for floats; kF32 for quantised tables.
  SumType sums = SumType::kI32;
  // kI32: the integer product of codes and activations, for integer sums and weights without float
  // zero points. kF32: scaled.
  SumType out = SumType::kI32;
};

class ProductImpl;

// O[M,N] = A[M,K] x W[N,K]^T for one machine. Copies share what was compiled.
class LUTGEMM_API Product {
 public:
  // The whole program: tables of all activations first, then lookups.
  std::span<const uint64_t> words() const noexcept;
  // Global memory that it needs.
  size_t memory_bytes() const noexcept;
  // What it was compiled for and from.
  const ProductSpec& spec() const noexcept;
  const WeightInfo& weights() const noexcept;
  const Array& array() const noexcept;

  // Puts weights and activations where the program looks for them. acts: [m][K] of spec().act.
  // act_scales: a factor per token, [m], or empty for ones. kBadShape where the memory has less
  // than memory_bytes() or the scales are not m, kBadArgument where acts is null.
  Status Load(const void* acts, std::span<const float> act_scales,
              std::span<std::byte> memory) const noexcept;
  // What the program left: out is [m][N] of int32 or float as spec().out says. Errors as of Load.
  Status Outputs(std::span<const std::byte> memory, void* out) const noexcept;

 private:
  friend class ProductImpl;
  explicit Product(std::shared_ptr<const ProductImpl> impl) noexcept;
  std::shared_ptr<const ProductImpl> impl_;
};

// Fails with kBadArgument where spec and weights do not combine, kUnsupportedFormat where the
// machine has no such weights (it has int1 to int4 and ternary), kBadShape where global memory
// would exceed 2^31 bytes, kOverflow where int32 sums could overflow, kWorkspaceTooSmall where
// registers or scratchpad cannot hold the smallest tile, and as Pack does.
LUTGEMM_API Result<Product> CompileProduct(const QuantizedMatrix& weights, const ProductSpec& spec,
                                           const Array& array) noexcept;

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_PRODUCT_HPP_
