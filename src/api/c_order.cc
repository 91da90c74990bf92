// C interface: channel order.
#include "api/c_common.h"
#include "api/c_read.h"
#include "quant/spec.h"

#include <limits>
#include <optional>

namespace lutgemm::capi {
namespace {

// Channels are numbers of 32 bits.
Status CheckCount(size_t count) {
  if (count <= std::numeric_limits<uint32_t>::max()) return {};
  return base::MakeStatus(Code::kBadArgument, "count is ", count, "; it must be below 2^32");
}

Status ReadOrderSpec(const lutgemm_order_spec* spec, OrderSpec* out) {
  lutgemm_order_spec s;
  if (Status status = ReadStruct(spec, "spec", &s); !status.ok()) return status;
  if (s.pairs > LUTGEMM_PAIRS_INTERLEAVED) {
    return base::MakeStatus(Code::kBadArgument, "spec.pairs is ", s.pairs, ", must be 0, 1 or 2");
  }
  *out = {s.head, static_cast<RotaryPairs>(s.pairs)};
  return {};
}

// A copy of the caller's channels; whether they are a permutation is not asked.
Status ReadOrder(const uint32_t* order, size_t count, ChannelOrder* out) {
  if (Status status = CheckCount(count); !status.ok()) return status;
  if (order == nullptr && count == 0) return {};
  return CopyArray(order, count, "order", &out->from);
}

template <class T>
Status Give(const Result<std::vector<T>>& result, std::string_view name, T* out) {
  if (!result.ok()) return result.status();
  if (out == nullptr) return NullArgument(name);
  std::ranges::copy(*result, out);
  return {};
}

using KeysOf = Result<std::vector<double>> (*)(const Tensor2D&) noexcept;
lutgemm_status Keys(const lutgemm_matrix* matrix, KeysOf keys_of, double* keys) noexcept {
  return Call([&]() -> Status {
    if (keys == nullptr) return NullArgument("keys");
    Tensor2D tensor;
    if (Status status = ReadMatrix(matrix, &tensor); !status.ok()) return status;
    return Give(keys_of(tensor), "keys", keys);
  });
}

// One axis of a matrix: null for channels that stay.
Status ReadAxis(const uint32_t* order, size_t count, std::optional<ChannelOrder>* out) {
  if (order == nullptr) return {};
  return ReadOrder(order, count, &out->emplace());
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_row_keys(const lutgemm_matrix* matrix, double* keys) {
  return Keys(matrix, RowKeys, keys);
}

lutgemm_status lutgemm_column_keys(const lutgemm_matrix* matrix, double* keys) {
  return Keys(matrix, ColumnKeys, keys);
}

lutgemm_status lutgemm_order_by_keys(const double* keys, size_t count,
                                     const lutgemm_order_spec* spec, uint32_t* order) {
  return Call([&]() -> Status {
    if (keys == nullptr) return NullArgument("keys");
    if (order == nullptr) return NullArgument("order");
    if (Status status = CheckCount(count); !status.ok()) return status;
    OrderSpec read;
    if (Status status = ReadOrderSpec(spec, &read); !status.ok()) return status;
    const Result<ChannelOrder> made = OrderByKeys({keys, count}, read);
    if (!made.ok()) return made.status();
    std::ranges::copy(made->from, order);
    return {};
  });
}

lutgemm_status lutgemm_order_validate(const uint32_t* order, size_t count) {
  return Call([&]() -> Status {
    ChannelOrder read;
    Status status = ReadOrder(order, count, &read);
    return status.ok() ? Validate(read) : status;
  });
}

lutgemm_status lutgemm_order_inverse(const uint32_t* order, size_t count, uint32_t* inverse) {
  return Call([&]() -> Status {
    if (inverse == nullptr) return NullArgument("inverse");
    ChannelOrder read;
    if (Status status = ReadOrder(order, count, &read); !status.ok()) return status;
    if (Status status = Validate(read); !status.ok()) return status;
    std::ranges::copy(Inverse(read).from, inverse);
    return {};
  });
}

lutgemm_status lutgemm_order_for_queries(const lutgemm_query_heads* heads, uint32_t* order) {
  return Call([&]() -> Status {
    lutgemm_query_heads h;
    if (Status status = ReadStruct(heads, "heads", &h); !status.ok()) return status;
    if (order == nullptr) return NullArgument("order");
    ChannelOrder keys;
    if (Status status = ReadOrder(h.order, h.count, &keys); !status.ok()) return status;
    const Result<ChannelOrder> made = OrderForQueries(keys, h.head, h.query_heads);
    if (!made.ok()) return made.status();
    std::ranges::copy(made->from, order);
    return {};
  });
}

lutgemm_status lutgemm_order_pair_frequencies(const uint32_t* order, size_t count,
                                              const lutgemm_order_spec* spec,
                                              uint32_t* frequencies) {
  return Call([&]() -> Status {
    if (frequencies == nullptr) return NullArgument("frequencies");
    ChannelOrder read;
    OrderSpec by;
    if (Status status = ReadOrder(order, count, &read); !status.ok()) return status;
    if (Status status = ReadOrderSpec(spec, &by); !status.ok()) return status;
    return Give(PairFrequencies(read, by), "frequencies", frequencies);
  });
}

lutgemm_status lutgemm_permute(const lutgemm_matrix* matrix, const uint32_t* row_order,
                               const uint32_t* column_order, void* out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    Tensor2D tensor;
    std::optional<ChannelOrder> rows, cols;
    if (Status status = ReadMatrix(matrix, &tensor); !status.ok()) return status;
    if (Status status = quant::CheckTensor(tensor); !status.ok()) return status;
    if (Status status = ReadAxis(row_order, tensor.rows, &rows); !status.ok()) return status;
    if (Status status = ReadAxis(column_order, tensor.cols, &cols); !status.ok()) return status;
    return Give(Permuted(tensor, rows ? &*rows : nullptr, cols ? &*cols : nullptr), "out",
                static_cast<std::byte*>(out));
  });
}
