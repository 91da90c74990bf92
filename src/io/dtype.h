// The element types of safetensors files and checked tensor sizes.
#ifndef LUTGEMM_IO_DTYPE_H_
#define LUTGEMM_IO_DTYPE_H_

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lutgemm::io {

struct Dtype {
  std::string_view name;
  unsigned bits = 0;  // of one element
};

// Null for a name that safetensors does not define.
const Dtype* FindDtype(std::string_view name) noexcept;

// The float element that a file's type name means, if it is one that weights can come in.
std::optional<Elem> FloatElem(std::string_view dtype) noexcept;

// Product of the dimensions; nothing where it overflows.
std::optional<size_t> ElementCount(std::span<const uint64_t> shape) noexcept;

// Bytes of a tensor; nothing where the size overflows or is not a whole number of bytes.
std::optional<size_t> TensorBytes(std::span<const uint64_t> shape, unsigned bits) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_DTYPE_H_
