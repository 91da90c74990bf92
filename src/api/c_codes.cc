// C interface: codes and scales, apart.
#include "api/c_common.h"
#include "api/c_read.h"
#include "quant/groups.h"
#include "quant/spec.h"

namespace lutgemm::capi {
namespace {

struct Input {
  lutgemm_codes codes;
  WeightInfo info;
  LayoutId layout;
};

Status ReadInput(const lutgemm_codes* codes, Input* out) {
  if (Status status = ReadStruct(codes, "codes", &out->codes); !status.ok()) return status;
  return ReadInfo(out->codes, &out->info, &out->layout);
}

// Copies the arrays. Sizes are checked before anything is read by them.
Status ReadArrays(const lutgemm_codes& from, QuantizedMatrix* matrix) {
  const WeightInfo& info = matrix->info;
  if (Status status = quant::CheckInfo(info); !status.ok()) return status;
  const size_t scales = quant::ScaleCount(info);
  const size_t factors = quant::FactorCount(info), selectors = quant::SelectorCount(info);
  const size_t offset_factors = quant::OffsetFactorCount(info);
  Status status = CopyArray(from.codes, info.n * info.k, "codes", &matrix->codes);
  if (status.ok()) status = CopyArray(from.scales, scales, "scales", &matrix->scales);
  if (status.ok() && info.zero == ZeroKind::kInteger) {
    status = CopyArray(from.zeros, scales, "zeros", &matrix->zeros);
  }
  if (status.ok() && info.zero == ZeroKind::kFloat) {
    status = CopyArray(from.offsets, scales, "offsets", &matrix->offsets);
  }
  if (status.ok() && factors != 0) {
    status = CopyArray(from.factors, factors, "factors", &matrix->factors);
  }
  if (status.ok() && offset_factors != 0) {
    status =
        CopyArray(from.offset_factors, offset_factors, "offset_factors", &matrix->offset_factors);
  }
  if (status.ok() && selectors != 0) {
    status = CopyArray(from.selectors, selectors, "selectors", &matrix->selectors);
  }
  return status.ok() ? ReadBook(from.book, info.format, &matrix->book) : status;
}

struct Codes {
  QuantizedMatrix matrix;
  LayoutId layout;
};

Status ReadCodes(const lutgemm_codes* codes, Codes* out) {
  Input input;
  if (Status status = ReadInput(codes, &input); !status.ok()) return status;
  out->layout = input.layout;
  out->matrix.info = input.info;
  return ReadArrays(input.codes, &out->matrix);
}

template <class T>
const T* DataOf(const std::vector<T>& array) noexcept {
  return array.empty() ? nullptr : array.data();
}

lutgemm_codes CodesOf(const lutgemm_quantized& from) noexcept {
  const QuantizedMatrix& matrix = from.matrix;
  lutgemm_codes out = LUTGEMM_CODES_INIT;
  out.format = static_cast<uint32_t>(matrix.info.format);
  out.group = matrix.info.group;
  out.zero = static_cast<uint32_t>(matrix.info.zero);
  out.scale = static_cast<uint32_t>(matrix.info.scale);
  out.super_group = matrix.info.super_group;
  out.factor = static_cast<uint32_t>(matrix.info.factor);
  out.n = matrix.info.n;
  out.k = matrix.info.k;
  out.codes = DataOf(matrix.codes);
  out.scales = DataOf(matrix.scales);
  out.zeros = DataOf(matrix.zeros);
  out.offsets = DataOf(matrix.offsets);
  out.factors = DataOf(matrix.factors);
  out.offset_factors = DataOf(matrix.offset_factors);
  out.selectors = DataOf(matrix.selectors);
  out.book = from.book.codes != 0 ? &from.book : nullptr;
  return out;
}

bool HasRow(const lutgemm_quantized* quantized, size_t row) noexcept {
  return quantized != nullptr && row < quantized->matrix.info.n;
}
bool HasWeight(const lutgemm_quantized* quantized, size_t row, size_t col) noexcept {
  return HasRow(quantized, row) && col < quantized->matrix.info.k;
}

}  // namespace

Status HandQuantized(Result<QuantizedMatrix> matrix, lutgemm_quantized** out) {
  if (!matrix.ok()) return matrix.status();
  const lutgemm_codebook book = BookOf(matrix->book);
  *out = new lutgemm_quantized{*std::move(matrix), book, {}};
  return {};
}

}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_codebook_fixed(uint32_t format, lutgemm_codebook* book) {
  return Call([&]() -> Status {
    WeightFormat known;
    if (Status status = ToEnum(format, &known); !status.ok()) return status;
    return WriteStruct(BookOf(FixedCodebook(known)), "book", book);
  });
}

lutgemm_status lutgemm_codebook_make(const float* values, size_t count, lutgemm_codebook* book) {
  return Call([&]() -> Status {
    if (values == nullptr && count != 0) return NullArgument("values");
    const Result<Codebook> made = MakeCodebook({values, count});
    return made.ok() ? WriteStruct(BookOf(*made), "book", book) : made.status();
  });
}

lutgemm_status lutgemm_codes_validate(const lutgemm_codes* codes) {
  return Call([&]() -> Status {
    Codes read;
    Status status = ReadCodes(codes, &read);
    return status.ok() ? Validate(read.matrix) : status;
  });
}

lutgemm_status lutgemm_pack_codes(const lutgemm_codes* codes, lutgemm_threads* threads,
                                  lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    Codes read;
    if (Status status = ReadCodes(codes, &read); !status.ok()) return status;
    return Hand(Pack(read.matrix, read.layout, ThreadsOf(threads)), out);
  });
}

lutgemm_status lutgemm_pack_codes_bytes(const lutgemm_codes* codes, size_t* bytes) {
  return Call([&]() -> Status {
    if (bytes == nullptr) return NullArgument("bytes");
    *bytes = 0;
    Input input;
    if (Status status = ReadInput(codes, &input); !status.ok()) return status;
    const Result<size_t> size = BlobBytes(input.info, input.layout);
    if (size.ok()) *bytes = *size;
    return size.status();
  });
}

lutgemm_status lutgemm_pack_codes_into(const lutgemm_codes* codes,
                                       const lutgemm_pack_memory* memory, lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    Codes read;
    PackMemory to;
    if (Status status = ReadPackMemory(memory, &to); !status.ok()) return status;
    if (Status status = ReadCodes(codes, &read); !status.ok()) return status;
    return Hand(PackInto(read.matrix, to.blob, read.layout, to.threads), out);
  });
}

lutgemm_status lutgemm_unpack(const lutgemm_packed* packed, lutgemm_quantized** out) {
  return Make(out, [&]() -> Status {
    if (packed == nullptr) return NullArgument("packed");
    return HandQuantized(Unpack(packed->weights), out);
  });
}

lutgemm_status lutgemm_quantized_codes(const lutgemm_quantized* quantized, lutgemm_codes* codes) {
  return Call([&]() -> Status {
    if (quantized == nullptr) return NullArgument("quantized");
    return WriteStruct(CodesOf(*quantized), "codes", codes);
  });
}

double lutgemm_quantized_value(const lutgemm_quantized* quantized, size_t row, size_t col) {
  return HasWeight(quantized, row, col) ? quantized->matrix.Value(row, col) : 0;
}

int32_t lutgemm_quantized_integer(const lutgemm_quantized* quantized, size_t row, size_t col) {
  return HasWeight(quantized, row, col) ? quantized->matrix.Integer(row, col) : 0;
}

float lutgemm_quantized_factor(const lutgemm_quantized* quantized, size_t row) {
  return HasRow(quantized, row) ? quantized->matrix.Factor(row) : 0;
}

void lutgemm_quantized_free(lutgemm_quantized* quantized) { delete quantized; }
