// repack of checkpoints whose weights are quantised already.
#include "tools/command/quantised_kit.h"

#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>

using namespace lutgemm;
using namespace lutgemm::test::tool;

TEST_CASE("quantised weights of a GGUF are packed exactly, the rest passes through") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  const Json report = RunJson(dir, {"repack", dir / "in.gguf", "-o", dir / "out"});
  REQUIRE(report["tensors"].size() == 3);
  const Json k = Named(report["tensors"], "blk.0.ffn_up.weight");
  CHECK(k["source"] == "Q4_K");
  CHECK(k["format"] == "int4");
  CHECK(k["group"] == 32);
  CHECK(k["super_group"] == 256);
  CHECK(k["source_bits_per_weight"] == 4.5);
  CHECK(k["exact"] == true);
  CHECK(k["nmse"] == 0.0);
  const Json refused = Named(report["passed_through"], "blk.0.ffn_down.weight");
  CHECK(refused["quantised"] == true);
  CHECK(refused["dtype"] == "IQ2_XXS");
  CHECK(refused["reason"].get<std::string>().find("several weights at once") != std::string::npos);
  CHECK(Named(report["passed_through"], "norm.weight")["quantised"] == false);

  const auto file = TensorFile::Open(dir / "in.gguf");
  const auto packed = PackedFile::Open(dir / "out");
  REQUIRE(packed.ok());
  for (const std::string name :
       {"blk.0.attn_q.weight", "blk.0.ffn_up.weight", "token_embd.weight"}) {
    const auto want = Import(*file, name);
    const auto have = Unpack(*packed->Get(name));
    REQUIRE((want.ok() && have.ok()));
    CHECK(have->codes == want->codes);
    CHECK(have->scales == want->scales);
    CHECK(have->offset_factors == want->offset_factors);
  }
  const FileTensor* blocks = packed->file().Find("blk.0.ffn_down.weight");
  REQUIRE(blocks != nullptr);
  CHECK(blocks->dtype == "U8");
  CHECK(std::ranges::equal(blocks->bytes, file->Find("blk.0.ffn_down.weight")->bytes));
  CHECK(packed->file().metadata().at("gguf.blocks.blk.0.ffn_down.weight") ==
        R"({"type":"IQ2_XXS","shape":[32,256]})");
}

TEST_CASE("with --format quantised weights are quantised anew, embeddings are not") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  const Json report = RunJson(
      dir, {"repack", dir / "in.gguf", "-o", dir / "out", "--format", "int2", "--group", "32"});
  const Json anew = Named(report["tensors"], "blk.0.attn_q.weight");
  CHECK(anew["format"] == "int2");
  CHECK(anew["exact"] == false);
  CHECK(anew["nmse"] > 0.01);
  CHECK(Named(report["tensors"], "token_embd.weight")["exact"] == true);
  CHECK(Run(dir, {"verify", dir / "out", "--against", dir / "in.gguf"}).code == 0);
}

TEST_CASE("the order of GPTQ's channels stays beside the weights, its tensors do not") {
  const TempDir dir;
  WriteText(dir / "in.safetensors", GptqWithOrder().Bytes());
  WriteText(dir / "config.json", kGptqConfig);
  const Json report = RunJson(dir, {"repack", dir / "in.safetensors", "-o", dir / "out"});
  REQUIRE(report["tensors"].size() == 1);
  CHECK(report["tensors"][0]["name"] == "p.weight");
  CHECK(report["tensors"][0]["act_order"] == true);
  REQUIRE(report["passed_through"].size() == 1);
  CHECK(report["passed_through"][0]["reason"] ==
        "is float beside quantised weights; --format packs it");
  const auto packed = PackedFile::Open(dir / "out");
  REQUIRE(packed.ok());
  CHECK(packed->file().tensors().size() == 3);
  const auto imported =
      Importer::Open(*TensorFile::Open(dir / "in.safetensors"))->Import("p.weight");
  REQUIRE(imported.ok());
  const FileTensor* order = packed->file().Find("channel_order.p.weight");
  REQUIRE(order != nullptr);
  CHECK(order->dtype == "I32");
  CHECK(std::ranges::equal(order->bytes, std::as_bytes(std::span(imported->act_order))));
  // With a format the float head is packed, too.
  const Json both =
      RunJson(dir, {"repack", dir / "in.safetensors", "-o", dir / "both", "--format", "int3"});
  CHECK(both["tensors"].size() == 2);
  CHECK(Named(both["tensors"], "p.weight")["act_order"] == true);
  CHECK(Run(dir, {"verify", dir / "both", "--against", dir / "in.safetensors"}).code == 0);
}

TEST_CASE("globs choose among quantised weights, all their tensors with them") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  const Json report =
      RunJson(dir, {"repack", dir / "in.gguf", "-o", dir / "out", "--exclude", "*attn_q*"});
  CHECK(Named(report["passed_through"], "blk.0.attn_q.weight")["reason"] == "matches --exclude");
  CHECK(Run(dir, {"verify", dir / "out", "--against", dir / "in.gguf"}).code == 0);
  WriteText(dir / "p.safetensors", GptqWithOrder().Bytes());
  WriteText(dir / "config.json", kGptqConfig);
  const Outcome none =
      Run(dir, {"repack", dir / "p.safetensors", "-o", dir / "none", "--exclude", "p.weight"});
  CHECK(none.code == 2);
  CHECK(
      none.err.find("weights 'p.weight' (gptq 4 bit) and others pass through: matches --exclude") !=
      std::string::npos);
}

TEST_CASE("options that mean nothing for quantised weights are refused") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  const std::vector<std::string> base = {"repack", dir / "in.gguf", "-o", dir / "out"};
  const auto refused = [&](const std::vector<std::string>& more, const std::string& text) {
    std::vector<std::string> line = base;
    line.insert(line.end(), more.begin(), more.end());
    const Outcome outcome = Run(dir, line);
    CHECK(outcome.code == 2);
    CHECK_MESSAGE(outcome.err.find(text) != std::string::npos, outcome.err);
  };
  refused({"--group", "64"}, "belong to --format");
  refused({"--scale-search"}, "belong to --format");
  refused({"--order", "head"}, "--order sorts channels of float weights");
  refused({"--format", "Q4_K"}, "nothing is quantised to it");
  refused({"--i2s-order", "mips"}, "x86, arm");
  refused({"--convention", "gpt"}, "unknown convention");
  refused({"--include", "nothing*"}, "matches no float matrix and no quantised weights");
}

TEST_CASE("a scale that is no number fails with the tensor and what helps") {
  const TempDir dir;
  io_test::Gguf file = QuantisedGguf();
  file.data[1] = '\x7c';
  WriteText(dir / "in.gguf", file.bytes());
  const Outcome outcome = Run(dir, {"repack", dir / "in.gguf", "-o", dir / "out"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("'blk.0.attn_q.weight'") != std::string::npos);
  CHECK(outcome.err.find("--exclude lets the tensor pass through") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "out"));
}
