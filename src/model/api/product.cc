#include <lutgemm/model/product.hpp>

#include "base/text.h"
#include "model/api/product_impl.h"
#include "model/lower/operands.h"

#include <algorithm>
#include <cstring>

namespace lutgemm::model {
namespace {

using base::MakeStatus;

// The instruction set's own enumerations are made from its spec.
static_assert(int(ActType::kF16) == int(isa::ActType::kF16) &&
              int(ActType::kF8e4m3) == int(isa::ActType::kF8e4m3) &&
              int(ActType::kF8e5m2) == int(isa::ActType::kF8e5m2) &&
              int(ActType::kI16) == int(isa::ActType::kI16) &&
              int(ActType::kI8) == int(isa::ActType::kI8));
static_assert(int(SumType::kF16) == int(isa::SumType::kF16) &&
              int(SumType::kF32) == int(isa::SumType::kF32) &&
              int(SumType::kI32) == int(isa::SumType::kI32));

lower::GemmSpec GemmSpecOf(const ProductSpec& spec) {
  return {.m = spec.m,
          .act = isa::ActType(spec.act),
          .quantised_tables = spec.quantised_tables,
          .acc = isa::SumType(spec.sums),
          .out = isa::SumType(spec.out)};
}

// Enumerators come from callers.
Status CheckTypes(const ProductSpec& spec) {
  if (spec.act <= ActType::kI8 && spec.sums <= SumType::kI32 && spec.out <= SumType::kI32)
    return {};
  return MakeStatus(Code::kBadArgument, "there are no such types of activations, sums or outputs");
}

Status CheckMemory(const lower::CompiledGemm& gemm, size_t bytes) {
  if (bytes >= gemm.layout.total) return {};
  return MakeStatus(Code::kBadShape, "a memory of ", bytes, " bytes; the product needs ",
                    gemm.layout.total);
}

}  // namespace

Product::Product(std::shared_ptr<const ProductImpl> impl) noexcept : impl_(std::move(impl)) {}

std::span<const uint64_t> Product::words() const noexcept { return impl_->words; }
size_t Product::memory_bytes() const noexcept { return impl_->gemm.layout.total; }
const ProductSpec& Product::spec() const noexcept { return impl_->spec; }
const WeightInfo& Product::weights() const noexcept { return impl_->gemm.weights; }
const Array& Product::array() const noexcept { return impl_->gemm.target; }

Status Product::Load(const void* acts, std::span<const float> act_scales,
                     std::span<std::byte> memory) const noexcept {
  return base::Guarded([&]() -> Status {
    const lower::CompiledGemm& gemm = impl_->gemm;
    if (acts == nullptr) return MakeStatus(Code::kBadArgument, "there are no activations");
    if (Status status = CheckMemory(gemm, memory.size()); !status.ok()) return status;
    if (!act_scales.empty() && act_scales.size() != gemm.spec.m) {
      return MakeStatus(Code::kBadShape, act_scales.size(), " factors for ", gemm.spec.m,
                        " tokens");
    }
    std::vector<float> row_scales;  // [m][groups]
    for (const float scale : act_scales) {
      row_scales.insert(row_scales.end(), gemm.layout.steps.groups, scale);
    }
    std::copy(impl_->memory.begin(), impl_->memory.end(), memory.begin());
    lower::WriteActs(gemm, acts, memory);
    lower::WriteRowScales(gemm, row_scales, memory);
    return {};
  });
}

Status Product::Outputs(std::span<const std::byte> memory, void* out) const noexcept {
  return base::Guarded([&]() -> Status {
    if (out == nullptr) return MakeStatus(Code::kBadArgument, "there is no place for outputs");
    if (Status status = CheckMemory(impl_->gemm, memory.size()); !status.ok()) return status;
    const std::vector<uint32_t> bits = lower::ReadOutputs(impl_->gemm, memory);
    std::memcpy(out, bits.data(), bits.size() * sizeof(uint32_t));
    return {};
  });
}

Result<Product> CompileProduct(const QuantizedMatrix& weights, const ProductSpec& spec,
                               const Array& array) noexcept {
  return base::Guarded([&]() -> Result<Product> {
    if (Status status = CheckTypes(spec); !status.ok()) return status;
    if (Status status = Validate(weights); !status.ok()) return status;
    Result<lower::CompiledGemm> gemm = lower::CompileGemm(GemmSpecOf(spec), weights.info, array);
    if (!gemm.ok()) return gemm.status();
    auto impl = std::make_shared<ProductImpl>(ProductImpl{spec, *std::move(gemm), {}, {}});
    impl->words = lower::WholeProgram(impl->gemm);
    impl->memory.resize(impl->gemm.layout.total);
    Status status = lower::WriteWeights(impl->gemm, weights, impl->memory);
    if (!status.ok()) return status;
    return ProductImpl::Wrap(std::move(impl));
  });
}

}  // namespace lutgemm::model
