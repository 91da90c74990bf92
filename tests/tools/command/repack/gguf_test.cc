// repack of GGUF files: metadata that is no text, and floats beside tensors that ggml quantised.
#include "io/kit.h"
#include "tools/kit.h"

using namespace lutgemm::test::tool;
using lutgemm::io_test::Gguf;
using lutgemm::io_test::GgufDeclaration;
using lutgemm::io_test::GgufKey;
using lutgemm::io_test::GgufString;
using lutgemm::io_test::Little;

namespace {

// One F16 matrix of 32 x 32, 2048 bytes.
Gguf FloatModel() {
  Gguf file;
  file.tensors = {GgufDeclaration({"a.weight", {32, 32}, 1, 0})};
  file.data = std::string(2048, '\x3c');
  return file;
}

}  // namespace

TEST_CASE("arrays of a GGUF's metadata are not kept, and a note says so") {
  const TempDir dir;
  Gguf file = FloatModel();
  const std::string array = Little(8, 4) + Little(2, 8) + GgufString("a") + GgufString("b");
  file.keys = {GgufKey("tokens", 9, array), GgufKey("raw", 8, GgufString("\xff")),
               GgufKey("name", 8, GgufString("[2 x strings]"))};
  WriteText(dir / "in.gguf", file.bytes());
  const Outcome done = Run(dir, {"repack", dir / "in.gguf", "-o", dir / "out"});
  CHECK(done.code == 0);
  CHECK(done.err.find("2 keys of its metadata are not kept") != std::string::npos);
  const Json metadata = RunJson(dir, {"inspect", dir / "out"})["metadata"];
  CHECK_FALSE(metadata.contains("tokens"));
  CHECK_FALSE(metadata.contains("raw"));
  CHECK(metadata["name"] == "[2 x strings]");
}

TEST_CASE("beside tensors that ggml quantised floats pass through, unless there is a format") {
  const TempDir dir;
  Gguf file = FloatModel();
  file.tensors.push_back(GgufDeclaration({"b.weight", {32, 2}, 2, 2048}));
  file.data += std::string(36, '\1');
  WriteText(dir / "mixed.gguf", file.bytes());
  const Json kept = RunJson(dir, {"repack", dir / "mixed.gguf", "-o", dir / "kept"});
  REQUIRE(kept["tensors"].size() == 1);
  CHECK(kept["tensors"][0]["name"] == "b.weight");
  CHECK(kept["tensors"][0]["source"] == "Q4_0");
  CHECK(kept["passed_through"][0]["name"] == "a.weight");
  const Json anew =
      RunJson(dir, {"repack", dir / "mixed.gguf", "-o", dir / "anew", "--format", "int4"});
  REQUIRE(anew["tensors"].size() == 2);
  CHECK(anew["tensors"][0]["exact"] == true);  // too small to be worth it
  CHECK(anew["tensors"][1]["source"] == "F16");
}
