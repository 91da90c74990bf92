// C interface: quantised checkpoints and blocks of GGUF.
#include "api/c_common.h"
#include "api/c_read.h"
#include "base/names.h"

namespace lutgemm::capi {
namespace {

Status ReadBlocks(const lutgemm_blocks* from, GgufBlocks* blocks) {
  lutgemm_blocks read;
  if (Status status = ReadStruct(from, "blocks", &read); !status.ok()) return status;
  if (read.data == nullptr && read.bytes != 0) return NullArgument("blocks.data");
  blocks->type = static_cast<GgufType>(read.type);
  blocks->n = read.n;
  blocks->k = read.k;
  blocks->bytes = {static_cast<const std::byte*>(read.data), read.bytes};
  return {};
}

Status ReadOptions(const lutgemm_import_options* from, ImportOptions* options) {
  if (from == nullptr) return {};
  lutgemm_import_options read;
  if (Status status = ReadStruct(from, "options", &read); !status.ok()) return status;
  return FirstError({ToEnum(read.convention, &options->convention),
                     ToEnum(read.i2s_order, &options->i2s_order),
                     ToEnum(read.bitnet_scale, &options->bitnet_scale)});
}

lutgemm_importable ImportableOf(const lutgemm_importer& importer,
                                const ImportableWeights& weights) {
  const auto index = static_cast<size_t>(&weights - importer.importer.weights().data());
  lutgemm_importable out = LUTGEMM_IMPORTABLE_INIT;
  out.convention = static_cast<uint32_t>(weights.convention);
  out.name = weights.name.c_str();
  out.tensors = importer.tensors.data() + importer.first_tensor[index];
  out.tensor_count = weights.tensors.size();
  out.type = weights.type.c_str();
  out.refusal = weights.refusal.empty() ? nullptr : weights.refusal.c_str();
  out.bytes = weights.bytes;
  out.note = weights.note.empty() ? nullptr : weights.note.c_str();
  return out;
}

struct Described {
  lutgemm_importable* weights;
  lutgemm_weight_info* info;
};
Status Describe(const lutgemm_importer& importer, const ImportableWeights& from,
                const Described& to) {
  Status status = WriteStruct(ImportableOf(importer, from), "weights", to.weights);
  if (!status.ok() || to.info == nullptr) return status;
  return WriteStruct(InfoOf(from.info), "info", to.info);
}

}  // namespace
}  // namespace lutgemm::capi

lutgemm_importer::lutgemm_importer(lutgemm::Importer opened) : importer(std::move(opened)) {
  for (const lutgemm::ImportableWeights& weights : importer.weights()) {
    first_tensor.push_back(tensors.size());
    for (const std::string& tensor : weights.tensors) tensors.push_back(tensor.c_str());
  }
}

using namespace lutgemm;
using namespace lutgemm::capi;

size_t lutgemm_gguf_bytes(uint32_t type, size_t n, size_t k) {
  return GgufBytes(static_cast<GgufType>(type), n, k);
}

lutgemm_status lutgemm_gguf_info(uint32_t type, size_t n, size_t k, lutgemm_weight_info* info) {
  return Call([&]() -> Status {
    const Result<WeightInfo> made = GgufInfo(static_cast<GgufType>(type), n, k);
    return made.ok() ? WriteStruct(InfoOf(*made), "info", info) : made.status();
  });
}

lutgemm_status lutgemm_import_blocks(const lutgemm_blocks* blocks, lutgemm_threads* threads,
                                     lutgemm_quantized** out) {
  return Make(out, [&]() -> Status {
    GgufBlocks from;
    if (Status status = ReadBlocks(blocks, &from); !status.ok()) return status;
    return HandQuantized(ImportBlocks(from.type, from.bytes, from.n, from.k, ThreadsOf(threads)),
                         out);
  });
}

lutgemm_status lutgemm_pack_blocks(const lutgemm_blocks* blocks, lutgemm_threads* threads,
                                   lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    GgufBlocks from;
    if (Status status = ReadBlocks(blocks, &from); !status.ok()) return status;
    return Hand(PackBlocks(from, ThreadsOf(threads)), out);
  });
}

lutgemm_status lutgemm_pack_blocks_into(const lutgemm_blocks* blocks,
                                        const lutgemm_pack_memory* memory, lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    GgufBlocks from;
    PackMemory to;
    if (Status status = ReadPackMemory(memory, &to); !status.ok()) return status;
    if (Status status = ReadBlocks(blocks, &from); !status.ok()) return status;
    return Hand(PackBlocksInto(from, to.blob, to.threads), out);
  });
}

lutgemm_status lutgemm_importer_open(const lutgemm_checkpoint* checkpoint,
                                     const lutgemm_import_options* options,
                                     lutgemm_importer** out) {
  return Make(out, [&]() -> Status {
    if (checkpoint == nullptr) return NullArgument("checkpoint");
    ImportOptions read;
    if (Status status = ReadOptions(options, &read); !status.ok()) return status;
    return Hand(Importer::Open(checkpoint->file, read), out);
  });
}

size_t lutgemm_importer_count(const lutgemm_importer* importer) {
  return importer != nullptr ? importer->importer.weights().size() : 0;
}

lutgemm_status lutgemm_importer_weights(const lutgemm_importer* importer, size_t index,
                                        lutgemm_importable* weights, lutgemm_weight_info* info) {
  return Call([&]() -> Status {
    if (importer == nullptr) return NullArgument("importer");
    const auto all = importer->importer.weights();
    if (index < all.size()) return Describe(*importer, all[index], {weights, info});
    return base::MakeStatus(Code::kNotFound, "there are no quantised weights ", index,
                            "; there are ", all.size());
  });
}

lutgemm_status lutgemm_importer_find(const lutgemm_importer* importer, const char* name,
                                     lutgemm_importable* weights, lutgemm_weight_info* info) {
  return Call([&]() -> Status {
    if (importer == nullptr) return NullArgument("importer");
    if (name == nullptr) return NullArgument("name");
    const ImportableWeights* found = importer->importer.Find(name);
    if (found != nullptr) return Describe(*importer, *found, {weights, info});
    return base::MakeStatus(Code::kNotFound, "there are no quantised weights ", base::Quote(name));
  });
}

lutgemm_status lutgemm_importer_import(const lutgemm_importer* importer, const char* name,
                                       lutgemm_threads* threads, lutgemm_quantized** out) {
  return Make(out, [&]() -> Status {
    if (importer == nullptr) return NullArgument("importer");
    if (name == nullptr) return NullArgument("name");
    Result<ImportedWeights> imported = importer->importer.Import(name, ThreadsOf(threads));
    if (!imported.ok()) return imported.status();
    Status status = HandQuantized(std::move(imported->matrix), out);
    if (status.ok()) (*out)->act_order = std::move(imported->act_order);
    return status;
  });
}

const uint32_t* lutgemm_quantized_act_order(const lutgemm_quantized* quantized, size_t* count) {
  const bool has = quantized != nullptr && !quantized->act_order.empty();
  if (count != nullptr) *count = has ? quantized->act_order.size() : 0;
  return has ? quantized->act_order.data() : nullptr;
}

lutgemm_status lutgemm_import(const lutgemm_checkpoint* checkpoint, const char* name,
                              lutgemm_quantized** out) {
  return Make(out, [&]() -> Status {
    if (checkpoint == nullptr) return NullArgument("checkpoint");
    if (name == nullptr) return NullArgument("name");
    return HandQuantized(Import(checkpoint->file, name), out);
  });
}

void lutgemm_importer_free(lutgemm_importer* importer) { delete importer; }
