// What repack refuses: every text says first which file is meant, then what is wrong in it.
#include "io/kit.h"
#include "tools/kit.h"

#include <cmath>

using namespace lutgemm::test::tool;
using lutgemm::io_test::Gguf;
using lutgemm::io_test::GgufDeclaration;

namespace {

using Words = std::vector<std::string>;

// Runs repack on `in`, which must be refused with `text` behind the name of the file, before
// anything is written.
void Refuses(const TempDir& dir, const std::string& in, const Words& options,
             const std::string& text) {
  const std::set<std::string> before = dir.Names();
  Words arguments = {"repack", in, "-o", dir / "out"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Outcome outcome = Run(dir, arguments);
  CAPTURE(outcome.err);
  CHECK((outcome.code == 2 || outcome.code == 3));
  CHECK(outcome.err.starts_with("lutgemm: " + in + ": "));
  CHECK(outcome.err.find(text) != std::string::npos);
  CHECK(outcome.err.find(in, outcome.err.find(in) + 1) == std::string::npos);
  CHECK(dir.Names() == before);
}

// The projections of one MLP, whose channels --order can sort.
std::vector<Tensor> Mlp() {
  return {RandomTensor("l.gate_proj.weight", 40, 32, 1),
          RandomTensor("l.up_proj.weight", 40, 32, 2),
          RandomTensor("l.down_proj.weight", 32, 40, 3)};
}

}  // namespace

TEST_CASE("patterns that leave nothing to pack are refused with the file's name") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  Refuses(dir, dir / "in", {"--include", "nothing*"}, "--include 'nothing*' matches no float");
  Refuses(dir, dir / "in", {"--exclude", "*"}, "no tensor would be packed; see `lutgemm inspect`");
  Gguf lattice;  // IQ2_XXS, which no format here holds
  lattice.tensors = {GgufDeclaration({"w", {256, 2}, 16, 0})};
  lattice.data = std::string(132, '\1');
  WriteText(dir / "lattice.gguf", lattice.bytes());
  Refuses(dir, dir / "lattice.gguf", {}, "no tensor would be packed: weights 'w' (IQ2_XXS)");
}

TEST_CASE("what a file of packed weights cannot keep is refused with the file's name") {
  const TempDir dir;
  std::vector<Tensor> model = Mlp();
  model.push_back({"channel_order.l.channels", {1}, {1.0f}});
  WriteSafetensors(dir / "named", model);
  Refuses(dir, dir / "named", {"--order", "head"},
          "tensor 'channel_order.l.channels': was added already");
  REQUIRE(Run(dir, {"repack", dir / "named", "-o", dir / "packed"}).code == 0);
  Refuses(dir, dir / "packed", {}, "is packed already");
}

TEST_CASE("matrices that cannot be packed, or ordered, are refused with the file's name") {
  const TempDir dir;
  std::vector<Tensor> model = SmallModel();
  model[0].values[7] = NAN;
  WriteSafetensors(dir / "nan", model);
  Refuses(dir, dir / "nan", {}, "tensor 'layer.0.proj.weight': ");
  model = Mlp();
  for (float& w : model[0].values) w *= 1e-9f;
  WriteSafetensors(dir / "tiny", model);
  Refuses(dir, dir / "tiny", {"--scale", "f16"}, "tensor 'l.gate_proj.weight': ");
  model[2].shape = {40, 32};
  WriteSafetensors(dir / "turned", model);
  Refuses(dir, dir / "turned", {"--order", "head"}, "l.gate_proj has 40 rows, down_proj 32");
}

TEST_CASE("a file's name cannot move a terminal's cursor") {
  const TempDir dir;
  const std::string in = dir / "in\x1b[2J";
  WriteSafetensors(in, SmallModel());
  for (const Words& options : {Words{"--exclude", "*"}, Words{"--order", "head"}}) {
    Words arguments = {"repack", in, "-o", dir / "out"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = Run(dir, arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code != 0);
    CHECK(outcome.err.find('\x1b') == std::string::npos);
    CHECK(outcome.err.find("in\\x1b[2J': ") != std::string::npos);
  }
}
