// Checkpoints with one thing wrong, of every convention: errors name file, tensor and reason.
#include "conventions.h"

namespace lutgemm {
namespace {

using import_test::Checkpoint;
using io_test::Contains;

struct Case {
  std::string_view name;
  Checkpoint file;
  ImportOptions options;
};

std::vector<Case> Cases() {
  const ImportOptions bitnet{Convention::kBitnet, {}, BitnetScale::kMultiply};
  return {{"gptq", import_test::SmallGptq(), {Convention::kGptq}},
          {"awq", import_test::SmallAwq(), {Convention::kAwq}},
          {"bitnet", import_test::SmallBitnet(), bitnet},
          {"integers", import_test::SmallPackedInts(), {Convention::kCompressedTensors}},
          {"bytes", import_test::SmallInt8(), {Convention::kCompressedTensors}},
          {"floats", import_test::SmallNvfp4(), {Convention::kCompressedTensors}},
          {"mxfp4", import_test::SmallMxfp4(), {Convention::kMxfp4}},
          {"bitsandbytes", import_test::SmallBitsandbytes(), {Convention::kBitsandbytes}}};
}

// What importing everything in a file fails with first, or nothing.
std::string Failure(const Checkpoint& file, const ImportOptions& options) {
  const Result<Importer> importer = file.Open(options);
  if (!importer.ok()) return importer.status().text();
  for (const ImportableWeights& weights : importer->weights()) {
    const auto imported = importer->Import(weights.name);
    if (!imported.ok()) return imported.status().text();
  }
  return {};
}

void CheckNamed(const std::string& failure, const std::string& tensor) {
  CAPTURE(failure);
  CHECK(Contains(failure, "/model.safetensors: tensor '"));
  CHECK(Contains(failure, "'" + tensor + "'"));
}

// Tensors that a convention can do without.
bool IsOptional(const std::string& name) {
  return name == "p.weight_g_idx" || name == "p.weight_zero_point";
}
// What a convention is recognised by: without it, or of another type, there are no such weights.
bool IsMark(const Case& one, const std::string& name) {
  return (name == one.file.Tensors().front().first && name != "w") ||
         name.starts_with("w.quant_state") ||
         (name == "p.weight_scale" && (one.name == "bitnet" || one.name == "bytes"));
}
bool HasWeights(const Checkpoint& file, const ImportOptions& options) {
  const Result<Importer> importer = file.Open(options);
  return importer.ok() && !importer->weights().empty();
}

TEST_CASE("damaged: a companion that is missing") {
  for (const Case& one : Cases()) {
    CAPTURE(one.name);
    REQUIRE(Failure(one.file, one.options).empty());
    for (const auto& [name, dtype] : one.file.Tensors()) {
      CAPTURE(name);
      const Checkpoint file = one.file.Without(name);
      if (IsMark(one, name)) {
        CHECK_FALSE(HasWeights(file, one.options));
      } else if (IsOptional(name)) {
        CHECK(Failure(file, one.options).empty());
      } else {
        // Without its g_idx this one has too few outputs to tell the bits of a code.
        CheckNamed(Failure(file, one.options), name == "p.g_idx" ? "p.qweight" : name);
      }
    }
  }
}

TEST_CASE("damaged: a tensor of another type") {
  for (const Case& one : Cases()) {
    CAPTURE(one.name);
    for (const auto& [name, dtype] : one.file.Tensors()) {
      CAPTURE(name);
      if (IsMark(one, name) || name == "w") continue;  // its bytes may be of any type
      const bool byte = dtype == "U8" || dtype == "I8" || dtype == "F8_E4M3";
      const std::string other = byte             ? "BOOL"
                                : dtype == "F32" ? "U32"
                                : dtype == "I64" ? "F64"
                                                 : "F32";
      const std::string failure = Failure(one.file.OfType(name, other), one.options);
      CheckNamed(failure, name);
      CHECK(Contains(failure, other));
    }
  }
}

// A single number may have any number of dimensions.
TEST_CASE("damaged: a tensor of another shape") {
  for (const Case& one : Cases()) {
    CAPTURE(one.name);
    for (const auto& [name, dtype] : one.file.Tensors()) {
      CAPTURE(name);
      const std::string failure = Failure(one.file.Deeper(name), one.options);
      if ((one.name == "bitnet" && name == "p.weight_scale") || name == "p.weight_global_scale") {
        CHECK(failure.empty());
      } else if (!IsMark(one, name) && name != "w") {
        CheckNamed(failure, name);
      }
    }
  }
}

TEST_CASE("damaged: groups of absurd sizes in a config") {
  for (const char* size : {"0", "-7", "1", "7", "4294967295", "4294967296", "1e300", "\"many\"",
                           "9223372036854775807", "18446744073709551615", "18446744073709551616"}) {
    CAPTURE(size);
    const std::string config =
        R"({"quantization_config": {"quant_method": "gptq", "checkpoint_format": "gptq_v2",
            "bits": 4, "group_size": )" +
        std::string(size) + "}}";
    // With g_idx shapes tell; without nothing else says which channels share a scale.
    CHECK(Failure(import_test::SmallGptq().Configured(config), {}).empty());
    const std::string failure =
        Failure(import_test::SmallGptq().Without("p.g_idx").Configured(config), {});
    if (!failure.empty()) CheckNamed(failure, "p.scales");
  }
}

// The container's reader finds these before any convention is asked.
TEST_CASE("damaged: a file that is cut, and tensors that overlap") {
  const test::TempDir folder;
  for (const Case& one : Cases()) {
    CAPTURE(one.name);
    const std::string bytes = one.file.Bytes();
    for (size_t size = 0; size < bytes.size(); size += 1 + size / 9) {
      const auto cut = TensorFile::Open(folder.Put("cut.safetensors", bytes.substr(0, size)));
      REQUIRE_FALSE(cut.ok());
      CHECK(Contains(cut.status().text(), "cut.safetensors"));
    }
    // The second tensor begins a byte early, where the first one's still are.
    const std::string second = one.file.Tensors()[1].first;
    const size_t entry = bytes.find("\"" + second + "\"");
    const size_t offsets = bytes.find("data_offsets", entry);
    const size_t begin = bytes.find('[', offsets) + 1;
    std::string moved = bytes;
    moved[begin + bytes.substr(begin).find(',') - 1] ^= 1;
    const auto overlapping = TensorFile::Open(folder.Put("moved.safetensors", moved));
    REQUIRE_FALSE(overlapping.ok());
    CHECK(Contains(overlapping.status().text(), "moved.safetensors"));
    CHECK_MESSAGE(Contains(overlapping.status().text(), second), overlapping.status().text());
  }
}

}  // namespace
}  // namespace lutgemm
