#include "api/c_read.h"

#include "api/c_handles.h"
#include "layout/geometry.h"
#include "quant/spec.h"

#include <cstring>

namespace lutgemm::capi {

Status ReadMatrix(const lutgemm_matrix* matrix, Tensor2D* out) {
  lutgemm_matrix m;
  if (Status status = ReadStruct(matrix, "matrix", &m); !status.ok()) return status;
  *out = {m.data, Elem::kF32, m.rows, m.cols, m.stride};
  return ToEnum(m.elem, &out->elem);
}

Status ReadBook(const lutgemm_codebook* book, WeightFormat format, Codebook* out) {
  if (book == nullptr) {
    *out = FixedCodebook(format);
    return format == WeightFormat::kCodebook ? NullArgument("book") : Status();
  }
  lutgemm_codebook b;
  if (Status status = ReadStruct(book, "book", &b); !status.ok()) return status;
  if (b.codes > 16 || b.tables > 4) {
    return base::MakeStatus(Code::kBadArgument, "book has ", b.codes, " codes in ", b.tables,
                            " tables; 16 in 4 are the most");
  }
  out->unit = b.unit;
  out->codes = static_cast<uint8_t>(b.codes);
  out->tables = static_cast<uint8_t>(b.tables);
  static_assert(sizeof out->values == sizeof b.values);
  std::memcpy(out->values.data(), b.values, sizeof b.values);
  return {};
}

lutgemm_codebook BookOf(const Codebook& book) noexcept {
  lutgemm_codebook out = LUTGEMM_CODEBOOK_INIT;
  out.unit = book.unit;
  out.codes = book.codes;
  out.tables = book.tables;
  std::memcpy(out.values, book.values.data(), sizeof out.values);
  return out;
}

Result<size_t> BlobBytes(const WeightInfo& info, LayoutId layout) {
  if (Status status = quant::CheckInfo(info); !status.ok()) return status;
  if (layout == LayoutId::kDefault) layout = DefaultLayout(info);
  const Result<layout::Geometry> geometry = layout::CheckedGeometry(info, layout);
  if (!geometry.ok()) return geometry.status();
  return geometry->total_bytes;
}

Status ReadPackMemory(const lutgemm_pack_memory* memory, PackMemory* out) {
  lutgemm_pack_memory m;
  if (Status status = ReadStruct(memory, "memory", &m); !status.ok()) return status;
  if (m.blob == nullptr) return NullArgument("memory.blob");
  *out = {{static_cast<std::byte*>(m.blob), m.bytes}, ThreadsOf(m.threads)};
  return {};
}

Status ReadProblem(const lutgemm_problem* problem, size_t k, Problem* out) {
  lutgemm_problem p;
  if (Status status = ReadStruct(problem, "problem", &p); !status.ok()) return status;
  out->m = p.m;
  out->threads = p.threads;
  out->act_stride = p.act_stride;
  out->out_stride = p.out_stride;
  out->bias = p.bias;
  out->block = p.block;
  out->act_bfp = p.act_bfp;
  out->n_begin = p.n_begin;
  out->n_end = p.n_end;
  if (p.target != nullptr) out->target = p.target;
  if (p.kernel != nullptr) out->kernel = p.kernel;
  if (p.act_order != nullptr) out->act_order.from.assign(p.act_order, p.act_order + k);
  return FirstError(
      {ToEnum(p.act, &out->act), ToEnum(p.out, &out->out), ToEnum(p.mode, &out->mode)});
}

Status ReadProducer(const lutgemm_producer* producer, Producer* out) {
  lutgemm_producer p;
  if (Status status = ReadStruct(producer, "producer", &p); !status.ok()) return status;
  const bool norm = p.kind == LUTGEMM_RMS_NORM;
  if (!norm && p.kind != LUTGEMM_SILU_GATE) {
    return base::MakeStatus(Code::kBadArgument, "producer.kind is ", p.kind, ", must be 0 or 1");
  }
  out->kind = norm ? Producer::Kind::kRmsNorm : Producer::Kind::kSiluGate;
  out->gamma = p.gamma;
  out->epsilon = p.epsilon;
  out->up = p.up;
  return {};
}

}  // namespace lutgemm::capi
