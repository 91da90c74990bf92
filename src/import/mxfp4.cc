// MXFP4 as gpt-oss stores it: NAME_blocks holds the experts' rows in blocks of 32 codes, low half
// of a byte first, NAME_scales an exponent for each block (OCP MX v1.0).
#include "import/packed_fp4.h"

namespace lutgemm::importing {
namespace {

constexpr size_t kBlockBytes = 16;
constexpr uint32_t kBlock = 32;
constexpr size_t kMaxExperts = 1 << 16;  // more than any model has; bounds what a file makes of it

Status CheckShapes(const FileTensor& blocks, const FileTensor& scales) {
  const Sizes any = {kAnySize, kAnySize, kAnySize, kBlockBytes};
  if (Status s = CheckTensor(blocks, {"U8"}, any); !s.ok()) return s;
  const Sizes without(blocks.shape.begin(), blocks.shape.end() - 1);
  return CheckTensor(scales, {"U8", "F8_E8M0"}, without);
}

// All experts of sound tensors.
void ListExperts(const Source& source, const FileTensor& blocks, const FileTensor& scales,
                 std::vector<Found>* found) {
  const size_t experts = blocks.shape[0], rows = blocks.shape[1], of_row = blocks.shape[2];
  PackedFp4 packed;
  packed.codes = &blocks;
  packed.scales = &scales;
  packed.info = {WeightFormat::kMxfp4, ZeroKind::kNone, Elem::kE8m0, rows, of_row * kBlock, kBlock};
  const Status sound = CheckedInfo(blocks, packed.info);
  for (size_t e = 0; e < experts; ++e) {
    Parts parts(source, base::Cat(*WithoutEnding(blocks.name, "_blocks"), "[", e, "]"));
    parts.Add(blocks);
    parts.Add(scales);
    parts.weights.bytes /= experts;
    parts.weights.type = "mxfp4";
    packed.code_offset = e * rows * of_row * kBlockBytes;
    packed.scale_offset = e * rows * of_row;
    Result<PackedFp4> plan = sound.ok() ? Result<PackedFp4>(packed) : sound;
    List(std::move(parts), std::move(plan), ReadFp4, found);
  }
}

}  // namespace

Status FindMxfp4(const Source& source, std::vector<Found>* found) {
  if (!Wanted(source, Convention::kMxfp4, "mxfp4")) return {};
  for (const FileTensor& blocks : source.file.tensors()) {
    const auto name = WithoutEnding(blocks.name, "_blocks");
    if (!name) continue;
    Parts parts(source, *name);
    parts.Add(blocks);
    parts.weights.type = "mxfp4";
    const Result<const FileTensor*> scales = parts.Need(*name + "_scales");
    Status sound = scales.ok() ? CheckShapes(blocks, **scales) : scales.status();
    if (sound.ok() && blocks.shape[0] > kMaxExperts) {
      sound = Unsupported(blocks, "has ", blocks.shape[0], " experts; at most ", kMaxExperts,
                          " are read");
    }
    if (sound.ok()) {
      ListExperts(source, blocks, **scales, found);
    } else {
      List(std::move(parts), Result<PackedFp4>(sound), ReadFp4, found);
    }
  }
  return {};
}

}  // namespace lutgemm::importing
