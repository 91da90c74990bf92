// verify --against checkpoints with quantised weights.
#include "tools/command/quantised_kit.h"

#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>

#include <functional>

using namespace lutgemm;
using namespace lutgemm::test::tool;

namespace {

// A packed file of the weights as they are imported, changed by `change`.
void WriteKept(const TempDir& dir, const std::string& in,
               const std::function<void(ImportedWeights&)>& change) {
  const auto file = TensorFile::Open(in);
  const auto importer = Importer::Open(*file);
  PackedWriter writer;
  std::vector<ImportedWeights> all;
  all.reserve(importer->weights().size());
  for (const ImportableWeights& weights : importer->weights()) {
    all.push_back(*importer->Import(weights.name));
    ImportedWeights& one = all.back();
    change(one);
    REQUIRE(writer.AddPacked(weights.name, *Pack(one.matrix)).ok());
    if (one.act_order.empty()) continue;
    const auto bytes = std::as_bytes(std::span(one.act_order));
    const FileTensor order{
        "channel_order." + weights.name, "I32", {one.act_order.size()}, bytes, {}};
    REQUIRE(writer.AddRaw(order).ok());
  }
  REQUIRE(writer.AddRaw(*file->Find("lm_head.weight")).ok());
  REQUIRE(writer.Write(dir / "packed", true).ok());
}

}  // namespace

TEST_CASE("verify --against finds one changed code, scale or place in the order of kept weights") {
  const TempDir dir;
  WriteText(dir / "in.safetensors", GptqWithOrder().Bytes());
  WriteText(dir / "config.json", kGptqConfig);
  const auto outcome = [&](const std::function<void(ImportedWeights&)>& change) {
    WriteKept(dir, dir / "in.safetensors", change);
    return Run(dir, {"verify", dir / "packed", "--against", dir / "in.safetensors"});
  };
  const Outcome good = outcome([](ImportedWeights&) {});
  CHECK_MESSAGE(good.code == 0, good.out);
  CHECK(good.out.find("exact") != std::string::npos);
  const Outcome code = outcome([](ImportedWeights& one) { one.matrix.codes[70] ^= 1; });
  CHECK(code.code == 1);
  CHECK(code.out.find("1 of 2048 codes (the first in row 1) are not the original's") !=
        std::string::npos);
  const Outcome scale = outcome([](ImportedWeights& one) { one.matrix.scales[2] *= 2; });
  CHECK(scale.code == 1);
  CHECK(scale.out.find("1 of 64 scales (the first in row 1)") != std::string::npos);
  const Outcome order =
      outcome([](ImportedWeights& one) { std::swap(one.act_order[0], one.act_order[1]); });
  CHECK(order.code == 1);
  CHECK(order.out.find("is not the order of the original") != std::string::npos);
  const Outcome twice = outcome([](ImportedWeights& one) { one.act_order[0] = one.act_order[1]; });
  CHECK(twice.code == 1);
  CHECK(twice.out.find("is no order of its 64 channels") != std::string::npos);
  const Outcome none = outcome([](ImportedWeights& one) { one.act_order.clear(); });
  CHECK(none.code == 1);
  CHECK(none.out.find("'channel_order.p.weight': is missing") != std::string::npos);
}

TEST_CASE("verify --against finds one changed factor of super-groups") {
  const TempDir dir;
  io_test::Gguf file = QuantisedGguf();
  WriteText(dir / "in.gguf", file.bytes());
  REQUIRE(Run(dir, {"repack", dir / "in.gguf", "-o", dir / "packed"}).code == 0);
  CHECK(Run(dir, {"verify", dir / "packed", "--against", dir / "in.gguf"}).code == 0);
  const size_t k_blocks = 64 * 18;
  file.data[k_blocks + 144] ^= 1;          // the factor of row 1
  file.data[k_blocks + 2 * 144 + 2] ^= 1;  // the offset factor of row 2
  WriteText(dir / "other.gguf", file.bytes());
  const Outcome outcome = Run(dir, {"verify", dir / "packed", "--against", dir / "other.gguf"});
  CHECK(outcome.code == 1);
  CHECK_MESSAGE(
      outcome.out.find("1 of 32 factors (the first in row 1), 1 of 32 offset factors "
                       "(the first in row 2) are not the original's") != std::string::npos,
      outcome.out);
}
