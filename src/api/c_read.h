// Structs of the C interface as the C++ interface has them. Readers check what would make the C++
// type wrong; ranges are the business of the calls that get it.
#ifndef LUTGEMM_API_C_READ_H_
#define LUTGEMM_API_C_READ_H_

#include "api/c_structs.h"
#include "base/text.h"

#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace lutgemm::capi {

Status ReadMatrix(const lutgemm_matrix* matrix, Tensor2D* out);

// A caller's codebook, or where that is null the one that the format has.
Status ReadBook(const lutgemm_codebook* book, WeightFormat format, Codebook* out);
lutgemm_codebook BookOf(const Codebook& book) noexcept;

// Layout and its version are DEFAULT and 0.
lutgemm_weight_info InfoOf(const WeightInfo& info) noexcept;

// Puts codes and scales into a handle.
Status HandQuantized(Result<QuantizedMatrix> matrix, lutgemm_quantized** out);

// The shared fields of lutgemm_codes and lutgemm_weight_info.
template <class Struct>
Status ReadInfo(const Struct& from, WeightInfo* out, LayoutId* layout) {
  out->n = from.n;
  out->k = from.k;
  out->group = from.group;
  out->super_group = from.super_group;
  return FirstError({ToEnum(from.format, &out->format), ToEnum(from.zero, &out->zero),
                     ToEnum(from.scale, &out->scale), ToEnum(from.factor, &out->factor),
                     ToEnum(from.layout, layout)});
}

// Bytes of a blob of such weights, kDefault included; why there is none.
Result<size_t> BlobBytes(const WeightInfo& info, LayoutId layout);

// Memory for a blob.
struct PackMemory {
  std::span<std::byte> blob;
  Threads* threads = nullptr;
};
Status ReadPackMemory(const lutgemm_pack_memory* memory, PackMemory* out);

// `k` is the number of channels that an order has.
Status ReadProblem(const lutgemm_problem* problem, size_t k, Problem* out);
Status ReadProducer(const lutgemm_producer* producer, Producer* out);

template <class T>
Status CopyArray(const T* from, size_t count, std::string_view name, std::vector<T>* to) {
  if (from == nullptr) return NullArgument(name);
  to->assign(from, from + count);
  return {};
}

}  // namespace lutgemm::capi

#endif  // LUTGEMM_API_C_READ_H_
