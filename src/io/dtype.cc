#include "io/dtype.h"

#include "base/bits.h"

#include <limits>

namespace lutgemm::io {
namespace {

constexpr Dtype kDtypes[] = {{"BOOL", 8},        {"U8", 8},         {"I8", 8},      {"F8_E5M2", 8},
                             {"F8_E4M3", 8},     {"F8_E8M0", 8},    {"I16", 16},    {"U16", 16},
                             {"F16", 16},        {"BF16", 16},      {"I32", 32},    {"U32", 32},
                             {"F32", 32},        {"F64", 64},       {"I64", 64},    {"U64", 64},
                             {"C64", 64},        {"F4", 4},         {"F6_E2M3", 6}, {"F6_E3M2", 6},
                             {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}};

}  // namespace

const Dtype* FindDtype(std::string_view name) noexcept {
  for (const Dtype& dtype : kDtypes) {
    if (dtype.name == name) return &dtype;
  }
  return nullptr;
}

std::optional<Elem> FloatElem(std::string_view dtype) noexcept {
  if (dtype == "F32") return Elem::kF32;
  if (dtype == "F16") return Elem::kF16;
  if (dtype == "BF16") return Elem::kBF16;
  return std::nullopt;
}

std::optional<size_t> ElementCount(std::span<const uint64_t> shape) noexcept {
  size_t count = 1;
  for (const uint64_t dim : shape) {
    if (dim > std::numeric_limits<size_t>::max()) return std::nullopt;
    if (!base::CheckedMul(count, static_cast<size_t>(dim), &count)) return std::nullopt;
  }
  return count;
}

std::optional<size_t> TensorBytes(std::span<const uint64_t> shape, unsigned bits) noexcept {
  const std::optional<size_t> count = ElementCount(shape);
  size_t all_bits = 0;
  if (!count || !base::CheckedMul(*count, bits, &all_bits) || all_bits % 8 != 0) {
    return std::nullopt;
  }
  return all_bits / 8;
}

}  // namespace lutgemm::io
