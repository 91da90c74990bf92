// inspect of checkpoints with quantised weights.
#include "tools/command/quantised_kit.h"

using namespace lutgemm::test::tool;

TEST_CASE("inspect tells what quantised weights are and what repack does with them") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  const Json list = RunJson(dir, {"inspect", dir / "in.gguf"})["quantised"];
  REQUIRE(list.size() == 4);
  const Json k = Named(list, "blk.0.ffn_up.weight");
  CHECK(k["convention"] == "gguf");
  CHECK(k["type"] == "Q4_K");
  CHECK(k["scale"] == "u8");
  CHECK(k["factor"] == "f16");
  CHECK(k["super_group"] == 256);
  CHECK(k["repack"] == "exact");
  const Json refused = Named(list, "blk.0.ffn_down.weight");
  CHECK(refused["repack"] == "passes through");
  CHECK(refused["bits_per_weight"] == 2.0625);
  const std::string text = Run(dir, {"inspect", dir / "in.gguf"}).out;
  CHECK(text.find("convention gguf") != std::string::npos);
  CHECK(text.find("u8 x f16") != std::string::npos);
  CHECK(text.find("passes through: IQ2_XXS has codes") != std::string::npos);
}

TEST_CASE("inspect shows a checkpoint whose convention cannot be told, and --convention helps") {
  const TempDir dir;
  WriteText(dir / "in.safetensors", GptqWithOrder().Bytes());
  const Outcome outcome = Run(dir, {"inspect", dir / "in.safetensors"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("--convention chooses one") != std::string::npos);
  const Json chosen =
      RunJson(dir, {"inspect", dir / "in.safetensors", "--convention", "gptq-v2"})["quantised"];
  REQUIRE(chosen.size() == 1);
  CHECK(chosen[0]["convention"] == "gptq-v2");
}
