// `lutgemm verify` on files whose checksums are right and whose weights are not, or only look odd.
#include "tools/kit.h"

#include <lutgemm/io.hpp>

using namespace lutgemm;
using namespace lutgemm::test::tool;

namespace {

QuantizedMatrix MustQuantize(const Tensor& tensor, const QuantSpec& spec) {
  auto matrix =
      Quantize({tensor.values.data(), Elem::kF32, tensor.shape[0], tensor.shape[1], 0}, spec);
  REQUIRE(matrix.ok());
  return *std::move(matrix);
}

void WritePacked(const std::string& path, const QuantizedMatrix& matrix) {
  PackedWriter writer;
  REQUIRE(writer.AddPacked("a.weight", *Pack(matrix)).ok());
  REQUIRE(writer.Write(path, true).ok());
}

}  // namespace

TEST_CASE("verify --against finds one changed code, scale or zero behind a right checksum") {
  const TempDir dir;
  const Tensor tensor = RandomTensor("a.weight", 96, 128);
  WriteSafetensors(dir / "in", {tensor});
  for (const bool search : {false, true}) {
    const QuantSpec spec{WeightFormat::kInt4, 32, ZeroKind::kInteger, Elem::kF16, search};
    const QuantizedMatrix good = MustQuantize(tensor, spec);
    const auto verify = [&](const QuantizedMatrix& matrix) {
      WritePacked(dir / "packed", matrix);
      return Run(dir, {"verify", dir / "packed", "--against", dir / "in"});
    };
    CHECK(verify(good).code == 0);
    QuantizedMatrix bad = good;
    bad.codes[50 * 128 + 7] ^= 1;
    Outcome outcome = verify(bad);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("1 of 12288 codes (the first in row 50)") != std::string::npos);
    bad = good;
    bad.scales[9 * 4 + 2] *= 2;
    outcome = verify(bad);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("1 of 384 scales (the first in row 9)") != std::string::npos);
    bad = good;
    bad.zeros[95 * 4] ^= 1;
    outcome = verify(bad);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("1 of 384 zeros (the first in row 95)") != std::string::npos);
    // Without the original nothing tells that these are not the weights.
    CHECK(Run(dir, {"verify", dir / "packed"}).code == 0);
  }
}

TEST_CASE("verify --against finds a tensor that the original does not have") {
  const TempDir dir;
  std::vector<Tensor> model = SmallModel();
  WriteSafetensors(dir / "in", model);
  model.push_back({"smuggled", {4}, std::vector<float>(4, 1.0f)});
  model.push_back({"channel_order.residual", {4}, std::vector<float>(4, 1.0f)});
  WriteSafetensors(dir / "more", model);
  REQUIRE(Run(dir, {"repack", dir / "more", "-o", dir / "packed"}).code == 0);
  CHECK(Run(dir, {"verify", dir / "packed", "--against", dir / "more"}).code == 0);
  const Outcome outcome = Run(dir, {"verify", dir / "packed", "--against", dir / "in"});
  CHECK(outcome.code == 1);
  // An order that no metadata tells of is none of repack's.
  for (const char* name : {"smuggled", "channel_order.residual"}) {
    CHECK(outcome.out.find("tensor '" + std::string(name) + "': is not in the original") !=
          std::string::npos);
  }
}

TEST_CASE("weights that only look odd pass: groups of 4, zeros, one outlier row, three weights") {
  const TempDir dir;
  Tensor outlier = RandomTensor("outlier.weight", 33, 68);
  for (size_t col = 0; col < 68; ++col) outlier.values[5 * 68 + col] *= 1000;
  Tensor three{"three.weight", {40, 132}, std::vector<float>(40 * 132, 0.0f)};
  for (const size_t at : {size_t{0}, size_t{133}, size_t{5000}}) three.values[at] = 0.5f;
  Tensor pruned = RandomTensor("pruned.weight", 48, 100);
  for (size_t i = 0; i < pruned.values.size(); ++i) pruned.values[i] *= i % 10 == 0;
  const Tensor zeros{"zeros.weight", {40, 132}, std::vector<float>(40 * 132, 0.0f)};
  WriteSafetensors(dir / "in",
                   {RandomTensor("plain.weight", 64, 128), outlier, three, pruned, zeros});
  const std::vector<std::vector<std::string>> choices = {
      {"--format", "int4", "--group", "4"},    {"--format", "nf4", "--group", "4"},
      {"--format", "bitmod3", "--group", "4"}, {"--format", "bfp3b16"},
      {"--format", "int3", "--zero", "float"}, {"--format", "ternary", "--group", "row"}};
  for (const auto& choice : choices) {
    CAPTURE(choice[1]);
    std::vector<std::string> repack = {"repack", dir / "in", "-o", dir / "out", "--force"};
    repack.insert(repack.end(), choice.begin(), choice.end());
    CHECK(Run(dir, repack).code == 0);
    const Outcome outcome = Run(dir, {"verify", dir / "out", "--against", dir / "in"});
    CAPTURE(outcome.out);
    CHECK(outcome.code == 0);
  }
}
