// Stacked experts: each is a matrix of its own; what else is large is named with a reason.
#include "tools/kit.h"

#include <lutgemm/io.hpp>

using namespace lutgemm;
using namespace lutgemm::test::tool;

namespace {

Tensor Stack(const std::string& name, std::vector<uint64_t> shape, uint64_t seed) {
  size_t count = 1;
  for (const uint64_t dim : shape) count *= dim;
  lutgemm::test::Random random(seed);
  return {name, std::move(shape), random.Normals(count)};
}

// Three experts of two matrices, a convolution that looks alike, and matrices of other names.
std::vector<Tensor> MoeModel() {
  return {Stack("l.mlp.experts.gate_up_proj", {3, 64, 40}, 1),
          Stack("l.mlp.experts.down_proj", {3, 40, 32}, 2),
          Stack("blk.0.ffn_gate_exps.weight", {2, 32, 36}, 3),
          Stack("pos_conv.weight", {40, 32, 32}, 4),
          Stack("l.mlp.experts.gate_up_proj_bias", {3, 64}, 5),
          Stack("l.q_proj", {32, 40}, 6),
          Stack("l.norm.weight", {40}, 7)};
}

std::set<std::string> PackedNames(const Json& report) {
  std::set<std::string> names;
  for (const Json& tensor : report["tensors"]) names.insert(tensor["name"]);
  return names;
}

const Json* PassedThrough(const Json& report, const std::string& name) {
  for (const Json& tensor : report["passed_through"]) {
    if (tensor["name"] == name) return &tensor;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("every expert of a stack is packed by itself") {
  const TempDir dir;
  const std::vector<Tensor> model = MoeModel();
  WriteSafetensors(dir / "in", model);
  const Json report = RunJson(dir, {"repack", dir / "in", "-o", dir / "out", "--group", "32"});
  CHECK(PackedNames(report) ==
        std::set<std::string>{"l.mlp.experts.gate_up_proj[0]", "l.mlp.experts.gate_up_proj[1]",
                              "l.mlp.experts.gate_up_proj[2]", "l.mlp.experts.down_proj[0]",
                              "l.mlp.experts.down_proj[1]", "l.mlp.experts.down_proj[2]",
                              "blk.0.ffn_gate_exps.weight[0]", "blk.0.ffn_gate_exps.weight[1]",
                              "l.q_proj"});
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  CHECK(file->file().Find("l.mlp.experts.gate_up_proj") == nullptr);
  QuantSpec spec;
  spec.group = 32;
  for (size_t expert = 0; expert < 3; ++expert) {
    CAPTURE(expert);
    const auto weights = file->Get("l.mlp.experts.gate_up_proj[" + std::to_string(expert) + "]");
    REQUIRE_MESSAGE(weights.ok(), weights.status().text());
    const float* values = model[0].values.data() + expert * 64 * 40;
    const auto expected = Quantize({values, Elem::kF32, 64, 40, 0}, spec);
    REQUIRE(expected.ok());
    CHECK(Unpack(*weights)->codes == expected->codes);
    CHECK(Unpack(*weights)->scales == expected->scales);
  }
}

TEST_CASE("what is large and not packed is named, with the reason") {
  const TempDir dir;
  WriteSafetensors(dir / "in", MoeModel());
  const std::vector<std::string> repack = {"repack", dir / "in", "-o", dir / "out", "--dry-run"};
  const Json report = RunJson(dir, repack);
  const Json* conv = PassedThrough(report, "pos_conv.weight");
  REQUIRE(conv != nullptr);
  CHECK((*conv)["large"] == true);
  CHECK((*conv)["shape"] == Json::array({40, 32, 32}));
  CHECK((*conv)["reason"].get<std::string>().find("stacked experts") != std::string::npos);
  const Json* norm = PassedThrough(report, "l.norm.weight");
  REQUIRE(norm != nullptr);
  CHECK((*norm)["large"] == false);
  CHECK((*norm)["reason"] == "has 1 dimension; matrices and stacks of them can be packed");
  CHECK(PassedThrough(report, "l.mlp.experts.gate_up_proj") == nullptr);
  const std::string text = Run(dir, repack).out;
  CHECK(text.find("large, not packed") != std::string::npos);
  CHECK(text.find("pos_conv.weight") != std::string::npos);
  CHECK(text.find("l.norm.weight") == std::string::npos);
  const std::vector<std::string> more = {"repack",    dir / "in",  "-o",       dir / "out",
                                         "--dry-run", "--exclude", "*experts*"};
  const Json fewer = RunJson(dir, more);
  const Json* experts = PassedThrough(fewer, "l.mlp.experts.gate_up_proj");
  REQUIRE(experts != nullptr);
  CHECK((*experts)["reason"] == "matches --exclude");
}

TEST_CASE("patterns choose whole stacks") {
  const TempDir dir;
  WriteSafetensors(dir / "in", MoeModel());
  const Json report = RunJson(
      dir, {"repack", dir / "in", "-o", dir / "out", "--dry-run", "--include", "*down_proj"});
  CHECK(PackedNames(report) == std::set<std::string>{"l.mlp.experts.down_proj[0]",
                                                     "l.mlp.experts.down_proj[1]",
                                                     "l.mlp.experts.down_proj[2]"});
  const Json conv = RunJson(
      dir, {"repack", dir / "in", "-o", dir / "out", "--dry-run", "--include", "pos_conv*"});
  CHECK(PackedNames(conv).size() == 40);
}

TEST_CASE("inspect and verify know experts") {
  const TempDir dir;
  std::vector<Tensor> model = MoeModel();
  WriteSafetensors(dir / "in", model);
  REQUIRE(Run(dir, {"repack", dir / "in", "-o", dir / "out"}).code == 0);
  CHECK(Run(dir, {"inspect", dir / "out"}).out.find("gate_up_proj[2]") != std::string::npos);
  const Json report = RunJson(dir, {"verify", dir / "out", "--against", dir / "in"});
  REQUIRE(report["tensors"].size() == 9);
  for (const Json& tensor : report["tensors"]) {
    CHECK(tensor["weight_nmse"].get<double>() < 0.05);
  }
  // Experts in another order are not those that were packed.
  std::swap_ranges(model[0].values.begin(), model[0].values.begin() + 64 * 40,
                   model[0].values.begin() + 64 * 40);
  WriteSafetensors(dir / "other", model);
  const std::string failures =
      RunJson(dir, {"verify", dir / "out", "--against", dir / "other"}, 1)["failures"].dump();
  CHECK(failures.find("'l.mlp.experts.gate_up_proj[0]': ") != std::string::npos);
  CHECK(failures.find("gate_up_proj[2]") == std::string::npos);
  // One expert more than was packed.
  model = MoeModel();
  model[1] = Stack("l.mlp.experts.down_proj", {4, 40, 32}, 2);
  WriteSafetensors(dir / "more", model);
  const std::string missing =
      RunJson(dir, {"verify", dir / "out", "--against", dir / "more"}, 1)["failures"].dump();
  CHECK(missing.find("'l.mlp.experts.down_proj[3]': is missing") != std::string::npos);
}

TEST_CASE("a name that a matrix of a stack needs is taken") {
  const TempDir dir;
  std::vector<Tensor> model = MoeModel();
  model.push_back(Stack("l.mlp.experts.down_proj[1]", {4}, 9));
  WriteSafetensors(dir / "in", model);
  const Outcome outcome = Run(dir, {"repack", dir / "in", "-o", dir / "out"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("'l.mlp.experts.down_proj[1]', is in the file, too") != std::string::npos);
  CHECK(dir.Names() == std::set<std::string>{"in"});
}

TEST_CASE("more experts than a file holds are refused before any is packed") {
  const TempDir dir;
  const Tensor stack{"m.experts.down_proj", {450000, 1, 1}, std::vector<float>(450000, 1.0f)};
  WriteSafetensors(dir / "in", {stack});
  const Outcome outcome =
      Run(dir, {"repack", dir / "in", "-o", dir / "out", "--include", "*", "--dry-run"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("450000 matrices to pack are more") != std::string::npos);
}

TEST_CASE("tensors without elements and scalars pass through whatever is asked for") {
  const TempDir dir;
  std::vector<Tensor> model = SmallModel();
  model.push_back({"none.weight", {0, 64}, {}});
  model.push_back({"thin.weight", {64, 0}, {}});
  model.push_back({"experts.none_proj", {0, 64, 64}, {}});
  model.push_back({"experts.thin_proj", {4, 0, 64}, {}});
  model.push_back({"list", {0}, {}});
  model.push_back({"scalar", {}, {1.5f}});
  WriteSafetensors(dir / "in", model);
  for (const bool all : {false, true}) {
    std::vector<std::string> repack = {"repack", dir / "in", "-o", dir / "out", "--force"};
    if (all) repack.insert(repack.end(), {"--include", "*"});
    const Json report = RunJson(dir, repack);
    CHECK(report["tensors"].size() == (all ? 3 : 1));
    CHECK((*PassedThrough(report, "none.weight"))["reason"] == "has no elements");
    CHECK((*PassedThrough(report, "scalar"))["reason"] == "is a scalar");
    const Json checked = RunJson(dir, {"verify", dir / "out", "--against", dir / "in"});
    CHECK(checked["ok"] == true);
    CHECK(Run(dir, {"inspect", dir / "out"}).code == 0);
  }
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE(file.ok());
  CHECK(file->file().Find("thin.weight")->shape == std::vector<uint64_t>{64, 0});
}
