// repack of GGUF files: metadata that is no text, and tensors that ggml quantised.
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

TEST_CASE("a GGUF with tensors that ggml quantised is refused with what helps") {
  const TempDir dir;
  Gguf file = FloatModel();
  file.tensors.push_back(GgufDeclaration({"b.weight", {32, 2}, 2, 2048}));
  file.data += std::string(36, '\1');
  WriteText(dir / "mixed.gguf", file.bytes());
  WriteText(dir / "quantised.gguf", lutgemm::io_test::MinimalGguf());
  const Outcome mixed = Run(dir, {"repack", dir / "mixed.gguf", "-o", dir / "out"});
  CHECK(mixed.code == 3);
  CHECK(mixed.err.find("tensor 'b.weight': dtype 'Q4_0'") != std::string::npos);
  CHECK(mixed.err.find("a GGUF of F16 or BF16") != std::string::npos);
  CHECK(mixed.err.find("PackedWriter") == std::string::npos);
  const Outcome none = Run(dir, {"repack", dir / "quantised.gguf", "-o", dir / "out"});
  CHECK(none.code == 2);
  CHECK(none.err.find("'w' and others are quantised already (Q4_0)") != std::string::npos);
  CHECK(dir.Names() == std::set<std::string>{"mixed.gguf", "quantised.gguf"});
}
