// C interface: packed weights and files of them.
#include "api/c_common.h"
#include "base/bits.h"
#include "quant/groups.h"
#include "quant/spec.h"

#include <vector>

namespace lutgemm::capi {
namespace {

Status ReadMatrix(const lutgemm_matrix* matrix, Tensor2D* out) {
  lutgemm_matrix m;
  if (Status status = ReadStruct(matrix, "matrix", &m); !status.ok()) return status;
  *out = {m.data, Elem::kF32, m.rows, m.cols, m.stride};
  return ToEnum(m.elem, &out->elem);
}

Status ReadSpec(const lutgemm_pack_spec* spec, QuantSpec* out, LayoutId* layout) {
  lutgemm_pack_spec s;
  if (Status status = ReadStruct(spec, "spec", &s); !status.ok()) return status;
  out->group = s.group;
  out->scale_search = s.scale_search != 0;
  return FirstError({ToEnum(s.format, &out->format), ToEnum(s.zero, &out->zero),
                     ToEnum(s.scale, &out->scale), ToEnum(s.layout, layout)});
}

// The shared fields of lutgemm_codes and lutgemm_weight_info.
template <class Struct>
Status ReadInfo(const Struct& from, WeightInfo* out, LayoutId* layout) {
  out->n = from.n;
  out->k = from.k;
  out->group = from.group;
  return FirstError({ToEnum(from.format, &out->format), ToEnum(from.zero, &out->zero),
                     ToEnum(from.scale, &out->scale), ToEnum(from.layout, layout)});
}

template <class T>
Status CopyArray(const T* from, size_t count, std::string_view name, std::vector<T>* to) {
  if (from == nullptr) return NullArgument(name);
  to->assign(from, from + count);
  return {};
}

// Sizes are checked before anything is read by them.
Status ReadCodes(const lutgemm_codes& from, QuantizedMatrix* matrix) {
  const WeightInfo& info = matrix->info;
  if (Status status = quant::CheckInfo(info); !status.ok()) return status;
  const size_t scales = quant::ScaleCount(info);
  Status status = CopyArray(from.codes, info.n * info.k, "codes", &matrix->codes);
  if (status.ok()) status = CopyArray(from.scales, scales, "scales", &matrix->scales);
  if (status.ok() && info.zero == ZeroKind::kInteger) {
    status = CopyArray(from.zeros, scales, "zeros", &matrix->zeros);
  }
  if (status.ok() && info.zero == ZeroKind::kFloat) {
    status = CopyArray(from.offsets, scales, "offsets", &matrix->offsets);
  }
  return status;
}

lutgemm_weight_info InfoOf(const PackedWeights& weights) {
  const WeightInfo& info = weights.info();
  lutgemm_weight_info out = LUTGEMM_WEIGHT_INFO_INIT;
  out.format = static_cast<uint32_t>(info.format);
  out.group = info.group;
  out.zero = static_cast<uint32_t>(info.zero);
  out.scale = static_cast<uint32_t>(info.scale);
  out.layout = static_cast<uint32_t>(weights.layout());
  out.layout_version = weights.layout_version();
  out.n = info.n;
  out.k = info.k;
  return out;
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_pack(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                            lutgemm_threads* threads, lutgemm_packed** out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    Tensor2D tensor;
    QuantSpec quant_spec;
    LayoutId layout;
    if (Status status = ReadMatrix(matrix, &tensor); !status.ok()) return status;
    if (Status status = ReadSpec(spec, &quant_spec, &layout); !status.ok()) return status;
    const Result<QuantizedMatrix> quantized = Quantize(tensor, quant_spec, ThreadsOf(threads));
    if (!quantized.ok()) return quantized.status();
    return Hand(Pack(*quantized, layout, ThreadsOf(threads)), out);
  });
}

lutgemm_status lutgemm_pack_codes(const lutgemm_codes* codes, lutgemm_threads* threads,
                                  lutgemm_packed** out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    lutgemm_codes from;
    QuantizedMatrix matrix;
    LayoutId layout;
    if (Status status = ReadStruct(codes, "codes", &from); !status.ok()) return status;
    if (Status status = ReadInfo(from, &matrix.info, &layout); !status.ok()) return status;
    if (Status status = ReadCodes(from, &matrix); !status.ok()) return status;
    return Hand(Pack(matrix, layout, ThreadsOf(threads)), out);
  });
}

lutgemm_status lutgemm_packed_info(const lutgemm_packed* packed, lutgemm_weight_info* info) {
  return Call([&]() -> Status {
    if (packed == nullptr) return NullArgument("packed");
    return WriteStruct(InfoOf(packed->weights), "info", info);
  });
}

const void* lutgemm_packed_blob(const lutgemm_packed* packed, size_t* bytes) {
  if (bytes != nullptr) *bytes = packed != nullptr ? packed->weights.blob().size() : 0;
  return packed != nullptr ? packed->weights.blob().data() : nullptr;
}

lutgemm_status lutgemm_packed_from_blob(const lutgemm_weight_info* info, const void* blob,
                                        size_t bytes, lutgemm_packed** out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    if (blob == nullptr) return NullArgument("blob");
    lutgemm_weight_info from;
    WeightInfo weight_info;
    LayoutId layout;
    if (Status status = ReadStruct(info, "info", &from); !status.ok()) return status;
    if (Status status = ReadInfo(from, &weight_info, &layout); !status.ok()) return status;
    const std::span<const std::byte> span(static_cast<const std::byte*>(blob), bytes);
    return Hand(PackedWeights::FromBlob(weight_info, layout, from.layout_version, span, nullptr),
                out);
  });
}

size_t lutgemm_packed_bytes(const lutgemm_weight_info* info) {
  size_t bytes = 0;
  (void)Call([&]() -> Status {
    lutgemm_weight_info from;
    WeightInfo weight_info;
    LayoutId layout;
    if (Status status = ReadStruct(info, "info", &from); !status.ok()) return status;
    if (Status status = ReadInfo(from, &weight_info, &layout); !status.ok()) return status;
    if (layout == LayoutId::kDefault) layout = DefaultLayout(weight_info);
    bytes = PackedBytes(weight_info, layout);
    return {};
  });
  return bytes;
}

lutgemm_status lutgemm_unpack_rows(const lutgemm_packed* packed, size_t row, size_t count,
                                   float* out, lutgemm_threads* threads) {
  return Call([&]() -> Status {
    if (packed == nullptr) return NullArgument("packed");
    if (out == nullptr) return NullArgument("out");
    const size_t k = packed->weights.info().k;
    size_t floats = 0;
    if (!base::CheckedMul(count, k, &floats)) {
      return base::MakeStatus(Code::kBadShape, count, " rows of ", k, " do not fit memory");
    }
    return UnpackRows(packed->weights, row, count, {out, floats}, ThreadsOf(threads));
  });
}

void lutgemm_packed_free(lutgemm_packed* packed) { delete packed; }

lutgemm_status lutgemm_file_open(const char* path, int verify_checksums, lutgemm_file** out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    if (path == nullptr) return NullArgument("path");
    return Hand(PackedFile::Open(path, verify_checksums != 0), out);
  });
}

size_t lutgemm_file_count(const lutgemm_file* file) {
  return file != nullptr ? file->file.names().size() : 0;
}

const char* lutgemm_file_name(const lutgemm_file* file, size_t index) {
  return index < lutgemm_file_count(file) ? file->file.names()[index].c_str() : nullptr;
}

lutgemm_status lutgemm_file_get(const lutgemm_file* file, const char* name, lutgemm_packed** out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    if (file == nullptr) return NullArgument("file");
    if (name == nullptr) return NullArgument("name");
    return Hand(file->file.Get(name), out);
  });
}

void lutgemm_file_free(lutgemm_file* file) { delete file; }
