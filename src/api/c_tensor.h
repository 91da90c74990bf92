// Tensors of files on their way through the C interface.
#ifndef LUTGEMM_API_C_TENSOR_H_
#define LUTGEMM_API_C_TENSOR_H_

#include "api/c_structs.h"
#include "io/dtype.h"
#include "io/parsed_file.h"

#include <lutgemm/lutgemm.h>

#include <lutgemm/io.hpp>

namespace lutgemm::capi {

// A tensor whose texts, shape and bytes are those of `tensor`.
inline lutgemm_tensor TensorOf(const FileTensor& tensor) noexcept {
  lutgemm_tensor out = LUTGEMM_TENSOR_INIT;
  if (tensor.elem) out.elem = static_cast<uint32_t>(*tensor.elem);
  out.name = tensor.name.c_str();
  out.dtype = tensor.dtype.c_str();
  out.shape = tensor.shape.data();
  out.dims = tensor.shape.size();
  out.data = tensor.bytes.data();
  out.bytes = tensor.bytes.size();
  return out;
}

// A copy but for the bytes. What the element is, the dtype says.
inline Status ReadTensor(const lutgemm_tensor* tensor, FileTensor* out) {
  lutgemm_tensor t;
  if (Status status = ReadStruct(tensor, "tensor", &t); !status.ok()) return status;
  if (t.name == nullptr) return NullArgument("tensor.name");
  if (t.dtype == nullptr) return NullArgument("tensor.dtype");
  if (t.shape == nullptr && t.dims != 0) return NullArgument("tensor.shape");
  if (t.data == nullptr && t.bytes != 0) return NullArgument("tensor.data");
  if (t.dims > io::kMaxDims) {
    return base::MakeStatus(Code::kBadShape, "the tensor has ", t.dims, " dimensions; ",
                            io::kMaxDims, " are the most");
  }
  out->name = t.name;
  out->dtype = t.dtype;
  out->shape.assign(t.shape, t.shape + t.dims);
  out->bytes = {static_cast<const std::byte*>(t.data), t.bytes};
  out->elem = io::FloatElem(out->dtype);
  return {};
}

}  // namespace lutgemm::capi

#endif  // LUTGEMM_API_C_TENSOR_H_
