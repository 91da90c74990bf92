// C interface: from a matrix of floats to codes and packed weights.
#include "api/c_common.h"
#include "api/c_read.h"

namespace lutgemm::capi {
namespace {

struct Spec {
  QuantSpec quant;
  LayoutId layout = LayoutId::kDefault;
  bool has_book = false;
  Codebook book;  // where the format takes one of the caller's, or the caller gave one
  std::span<const float> importance;
};

Status ReadImportance(const lutgemm_pack_spec& spec, std::span<const float>* out) {
  if (spec.importance == nullptr && spec.importance_count != 0) {
    return base::MakeStatus(Code::kBadArgument, "spec.importance is null, and its count ",
                            spec.importance_count, "; without importance it is 0");
  }
  if (spec.importance != nullptr && spec.importance_count == 0) {
    return base::MakeStatus(Code::kBadShape,
                            "spec.importance_count is 0; it must be the matrix's cols");
  }
  *out = {spec.importance, spec.importance_count};
  return {};
}

Status ReadSpec(const lutgemm_pack_spec* from, Spec* out) {
  lutgemm_pack_spec s;
  if (Status status = ReadStruct(from, "spec", &s); !status.ok()) return status;
  QuantSpec& quant = out->quant;
  quant.group = s.group;
  quant.scale_search = s.scale_search != 0;
  Status status = FirstError({ToEnum(s.format, &quant.format), ToEnum(s.zero, &quant.zero),
                              ToEnum(s.scale, &quant.scale), ToEnum(s.layout, &out->layout)});
  if (!status.ok()) return status;
  if (status = ReadImportance(s, &out->importance); !status.ok()) return status;
  out->has_book = s.book != nullptr || quant.format == WeightFormat::kCodebook;
  return out->has_book ? ReadBook(s.book, quant.format, &out->book) : Status();
}

struct Input {
  Tensor2D matrix;
  Spec spec;
};

Status ReadInput(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec, Input* out) {
  if (Status status = ReadMatrix(matrix, &out->matrix); !status.ok()) return status;
  return ReadSpec(spec, &out->spec);
}

Result<QuantizedMatrix> QuantizeInput(const Input& input, Threads* threads) {
  const Spec& spec = input.spec;
  const QuantizeOptions options{spec.importance, spec.has_book ? &spec.book : nullptr, threads};
  return Quantize(input.matrix, spec.quant, options);
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_pack_spec_default(uint32_t format, lutgemm_pack_spec* spec) {
  return Call([&]() -> Status {
    WeightFormat known;
    if (Status status = ToEnum(format, &known); !status.ok()) return status;
    const QuantSpec usual = DefaultSpec(known);
    lutgemm_pack_spec filled = LUTGEMM_PACK_SPEC_INIT;
    filled.format = format;
    filled.group = usual.group;
    filled.scale = static_cast<uint32_t>(usual.scale);
    return WriteStruct(filled, "spec", spec);
  });
}

lutgemm_status lutgemm_pack(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                            lutgemm_threads* threads, lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    Input input;
    if (Status status = ReadInput(matrix, spec, &input); !status.ok()) return status;
    const Result<QuantizedMatrix> quantized = QuantizeInput(input, ThreadsOf(threads));
    if (!quantized.ok()) return quantized.status();
    return Hand(Pack(*quantized, input.spec.layout, ThreadsOf(threads)), out);
  });
}

lutgemm_status lutgemm_pack_bytes(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                                  size_t* bytes) {
  return Call([&]() -> Status {
    if (bytes == nullptr) return NullArgument("bytes");
    *bytes = 0;
    Input input;
    if (Status status = ReadInput(matrix, spec, &input); !status.ok()) return status;
    const QuantSpec& quant = input.spec.quant;
    const Result<size_t> size = BlobBytes(
        {quant.format, quant.zero, quant.scale, input.matrix.rows, input.matrix.cols, quant.group},
        input.spec.layout);
    if (size.ok()) *bytes = *size;
    return size.status();
  });
}

lutgemm_status lutgemm_pack_into(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                                 const lutgemm_pack_memory* memory, lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    Input input;
    PackMemory to;
    if (Status status = ReadInput(matrix, spec, &input); !status.ok()) return status;
    if (Status status = ReadPackMemory(memory, &to); !status.ok()) return status;
    const Result<QuantizedMatrix> quantized = QuantizeInput(input, to.threads);
    if (!quantized.ok()) return quantized.status();
    return Hand(PackInto(*quantized, to.blob, input.spec.layout, to.threads), out);
  });
}

lutgemm_status lutgemm_quantize(const lutgemm_matrix* matrix, const lutgemm_pack_spec* spec,
                                lutgemm_threads* threads, lutgemm_quantized** out) {
  return Make(out, [&]() -> Status {
    Input input;
    if (Status status = ReadInput(matrix, spec, &input); !status.ok()) return status;
    return HandQuantized(QuantizeInput(input, ThreadsOf(threads)), out);
  });
}
