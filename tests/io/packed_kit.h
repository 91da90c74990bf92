// Packed weights and packed files for the tests of src/io.
#ifndef LUTGEMM_TESTS_IO_PACKED_KIT_H_
#define LUTGEMM_TESTS_IO_PACKED_KIT_H_

#include "io/packed_header.h"
#include "io/packed_parse.h"
#include "io/safetensors.h"
#include "kit.h"

#include <lutgemm/io.hpp>

namespace lutgemm::io_test {

// A matrix with a pattern in its codes, scales and zeros that follows from `info` alone.
inline QuantizedMatrix Pattern(const WeightInfo& info) {
  QuantizedMatrix matrix;
  matrix.info = info;
  const unsigned codes = CodeCount(info.format);
  const size_t scales = info.group == kWholeTensor ? 1 : info.n * info.groups();
  for (size_t i = 0; i < info.n * info.k; ++i) {
    matrix.codes.push_back(static_cast<uint8_t>((i * 7 + i / 5) % codes));
  }
  for (size_t i = 0; i < scales; ++i) {
    // Scales and offsets of super-groups are integers.
    const float unit = info.super_group != 0 ? 1.0f : 0.25f;
    matrix.scales.push_back(unit * static_cast<float>(1 + i % 7));
    if (info.zero == ZeroKind::kInteger) matrix.zeros.push_back(static_cast<uint8_t>(i % codes));
    if (info.zero == ZeroKind::kFloat) {
      matrix.offsets.push_back(2 * unit * static_cast<float>(i % 3));
    }
  }
  for (size_t i = 0; info.super_group != 0 && i < info.n * info.super_groups(); ++i) {
    matrix.factors.push_back(0.25f * static_cast<float>(1 + i % 5));
    if (info.zero == ZeroKind::kFloat) {
      matrix.offset_factors.push_back(-0.5f * static_cast<float>(i % 4));
    }
  }
  return matrix;
}

inline WeightInfo Info(WeightFormat format, size_t n, size_t k, uint32_t group,
                       ZeroKind zero = ZeroKind::kNone, Elem scale = Elem::kF16) {
  return {format, zero, scale, n, k, group};
}

inline WeightInfo SuperInfo(WeightFormat format, uint32_t super_group, ZeroKind zero, Elem scale,
                            Elem factor) {
  WeightInfo info = Info(format, 35, 77, 16, zero, scale);
  info.super_group = super_group;
  info.factor = factor;
  return info;
}

inline PackedWeights Packed(const WeightInfo& info, LayoutId layout = LayoutId::kDefault) {
  auto packed = Pack(Pattern(info), layout);
  REQUIRE_MESSAGE(packed.ok(), packed.status().text());
  return *packed;
}

inline const float kBias[3] = {1.0f, -2.0f, 0.5f};
inline FileTensor BiasTensor() {
  return {"bias", "F32", {3}, std::as_bytes(std::span(kBias)), Elem::kF32};
}

// Two packed tensors and two passed through, of odd sizes.
inline PackedWriter SmallWriter() {
  PackedWriter writer;
  CHECK(writer.AddRaw({"odd", "U8", {5}, std::as_bytes(std::span("12345", 5)), {}}).ok());
  CHECK(writer.AddPacked("w4", Packed(Info(WeightFormat::kInt4, 3, 40, 32, ZeroKind::kInteger)))
            .ok());
  CHECK(writer.AddRaw(BiasTensor()).ok());
  CHECK(writer.AddPacked("w3", Packed(Info(WeightFormat::kTernary, 2, 7, kWholeTensor))).ok());
  CHECK(writer.SetMetadata("format", "pt").ok());
  return writer;
}

// The bytes that SmallWriter writes.
inline std::string SmallPacked() {
  const TempDir dir;
  REQUIRE(SmallWriter().Write(dir / "p", false).ok());
  return ReadFile(dir / "p");
}

struct Parsed {
  io::PackedContents contents;
  io::ParsedFile file;
};

// What PackedFile::Open does, on bytes in memory.
inline Result<Parsed> ParsePackedBytes(std::span<const std::byte> bytes, std::string_view name,
                                       bool verify = true) {
  Result<io::ParsedFile> file = io::ParseSealed(bytes, name);
  if (!file.ok()) return file.status();
  auto contents = io::ParsePacked(file->tensors, file->metadata, name);
  if (!contents.ok()) return contents.status();
  if (verify) {
    if (Status status = io::CheckChecksums(*contents, name); !status.ok()) return status;
  }
  return Parsed{std::move(*contents), std::move(*file)};
}

// A file of version 1, with checksums of its time: what SmallPacked made then.
inline std::string OldPacked() {
  return ReadFile(LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors");
}

// Replaces `from` in the header, once, pads it to a multiple of 64 again, and makes its checksum
// fit.
inline std::string EditHeader(const std::string& file, std::string_view from, std::string_view to) {
  const Aligned bytes(file);
  const auto length = static_cast<size_t>(io::LoadLittle<uint64_t>(bytes.span().data()));
  std::string json = file.substr(8, length);
  const size_t at = json.find(from);
  REQUIRE_MESSAGE(at != json.npos, "no '", from, "' in ", json);
  json.replace(at, from.size(), to);
  json.resize(json.find_last_not_of(' ') + 1);
  json.resize((json.size() + 8 + 63) / 64 * 64 - 8, ' ');
  std::string edited = Safetensors(json, file.substr(8 + length));
  io::SealHeader(edited);
  return edited;
}

}  // namespace lutgemm::io_test

#endif  // LUTGEMM_TESTS_IO_PACKED_KIT_H_
