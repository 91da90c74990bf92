// repack: what is packed, what passes through, and when a file appears.
#include "support/nmse.h"
#include "tools/kit.h"

#include <lutgemm/io.hpp>

#include <chrono>
#include <thread>

using namespace lutgemm;
using namespace lutgemm::test::tool;

namespace {

std::set<std::string> PackedNames(const Json& report) {
  std::set<std::string> names;
  for (const Json& tensor : report["tensors"]) names.insert(tensor["name"]);
  return names;
}

}  // namespace

TEST_CASE("metadata with control characters is kept, and shown without them") {
  const TempDir dir;
  const std::string in = dir / "in.safetensors", out = dir / "out.safetensors";
  const auto write = [&](const std::string& key) {
    const std::string value = "\x1b[31mred\xc3\xa9";
    const Json header = {
        {"__metadata__", {{key, value}}},
        {"a.weight", {{"dtype", "F32"}, {"shape", {32, 32}}, {"data_offsets", {0, 4096}}}}};
    const std::string text = header.dump();
    const uint64_t length = text.size();
    WriteText(in, std::string(reinterpret_cast<const char*>(&length), 8) + text +
                      std::string(4096, '\x3f'));
    return value;
  };
  const std::string key = "k\x1b[2J\n\x7f";
  const std::string value = write(key);
  REQUIRE(Run(dir, {"repack", in, "-o", out}).code == 0);
  for (const std::string& file : {in, out}) {
    CHECK(RunJson(dir, {"inspect", file})["metadata"][key] == value);
    const Outcome shown = Run(dir, {"inspect", file});
    CHECK(shown.code == 0);
    CHECK(shown.out.find('\x1b') == std::string::npos);
    CHECK(shown.out.find("  k\\x1b[2J\\x0a\\x7f = \\x1b[31mred\xc3\xa9\n") != std::string::npos);
  }
  write("lutgemm.mine");
  const Outcome refused = Run(dir, {"repack", in, "-o", out, "--force"});
  CHECK(refused.code == 3);
  CHECK(refused.err.find(in + ": ") != std::string::npos);
  CHECK(refused.err.find("'lutgemm.mine'") != std::string::npos);
}

TEST_CASE("the file holds what the library packs, and the report says so") {
  const TempDir dir;
  const std::string in = dir / "in.safetensors";
  const std::string out = dir / "out.safetensors";
  const std::vector<Tensor> model = SmallModel();
  WriteSafetensors(in, model);
  const Json report = RunJson(dir, {"repack", in, "-o", out, "--format", "int3", "--group", "32",
                                    "--asymmetric", "--scale", "bf16", "--scale-search"});
  CHECK(Keys(report) ==
        std::set<std::string>{"tensors", "passed_through", "bytes_before", "bytes_after"});
  REQUIRE(report["tensors"].size() == 1);
  const Json& tensor = report["tensors"][0];
  CHECK(Keys(tensor) == std::set<std::string>{"name", "shape", "source", "source_bits_per_weight",
                                              "format", "group", "scale", "zero", "layout",
                                              "bits_per_weight", "exact", "nmse", "act_order"});
  CHECK(report["bytes_before"] == std::filesystem::file_size(in));
  CHECK(report["bytes_after"] == std::filesystem::file_size(out));

  QuantSpec spec;
  spec.format = WeightFormat::kInt3;
  spec.group = 32;
  spec.zero = ZeroKind::kInteger;
  spec.scale = Elem::kBF16;
  spec.scale_search = true;
  const auto expected = Quantize({model[0].values.data(), Elem::kF32, 48, 100, 0}, spec);
  REQUIRE(expected.ok());
  const auto file = PackedFile::Open(out);
  REQUIRE(file.ok());
  const auto weights = file->Get("layer.0.proj.weight");
  REQUIRE(weights.ok());
  const auto matrix = Unpack(*weights);
  REQUIRE(matrix.ok());
  CHECK(matrix->codes == expected->codes);
  CHECK(matrix->scales == expected->scales);
  CHECK(matrix->zeros == expected->zeros);
  CHECK(tensor["name"] == "layer.0.proj.weight");
  CHECK(tensor["shape"] == Json::array({48, 100}));
  CHECK(tensor["format"] == "int3");
  CHECK(tensor["group"] == 32);
  CHECK(tensor["bits_per_weight"].get<double>() == doctest::Approx(weights->bits_per_weight()));
  CHECK(tensor["nmse"].get<double>() ==
        doctest::Approx(test::Nmse(*matrix, model[0].values)).epsilon(1e-9));

  for (size_t i = 1; i < model.size(); ++i) {
    const FileTensor* copy = file->file().Find(model[i].name);
    REQUIRE(copy != nullptr);
    CHECK(copy->shape == model[i].shape);
    REQUIRE(copy->bytes.size() == model[i].values.size() * 4);
    CHECK(std::memcmp(copy->bytes.data(), model[i].values.data(), copy->bytes.size()) == 0);
  }
  CHECK(file->file().metadata().at("format") == "pt");
}

TEST_CASE("ternary has one scale per tensor unless told otherwise") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  const Json whole = RunJson(dir, {"repack", dir / "in", "-o", dir / "a", "--format", "ternary"});
  CHECK(whole["tensors"][0]["group"] == "tensor");
  const Json rows = RunJson(
      dir, {"repack", dir / "in", "-o", dir / "b", "--format", "ternary", "--group", "row"});
  CHECK(rows["tensors"][0]["group"] == "row");
}

TEST_CASE("globs choose") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  const auto packed = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"repack", dir / "in", "-o", dir / "unused", "--dry-run"});
    return PackedNames(RunJson(dir, more));
  };
  using Names = std::set<std::string>;
  CHECK(packed({}) == Names{"layer.0.proj.weight"});
  CHECK(packed({"--include", "*"}) ==
        Names{"layer.0.proj.weight", "embed_tokens.weight", "tiny.weight"});
  CHECK(packed({"--include", "tiny*", "--include", "embed*"}) ==
        Names{"embed_tokens.weight", "tiny.weight"});
  CHECK(packed({"--include", "*", "--exclude", "[el]*"}) == Names{"tiny.weight"});
}

TEST_CASE("a dry run reports the same and writes nothing") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  const Json dry = RunJson(dir, {"repack", dir / "in", "-o", dir / "out", "--dry-run"});
  CHECK(dir.Names() == std::set<std::string>{"in"});
  CHECK(dry == RunJson(dir, {"repack", dir / "in", "-o", dir / "out"}));
}

TEST_CASE("an existing file is replaced only with --force") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  WriteText(dir / "out", "precious");
  const Outcome refused = Run(dir, {"repack", dir / "in", "-o", dir / "out"});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("--force") != std::string::npos);
  CHECK(ReadText(dir / "out") == "precious");
  CHECK(Run(dir, {"repack", dir / "in", "-o", dir / "out", "--force"}).code == 0);
  CHECK(PackedFile::Open(dir / "out").ok());
}

TEST_CASE("shards become one file and are not overwritten") {
  const TempDir dir;
  const std::vector<Tensor> model = SmallModel();
  WriteSafetensors(dir / "a.safetensors", {model[0], model[3]});
  WriteSafetensors(dir / "b.safetensors", {model[1], model[2]});
  Json index = {{"metadata", {{"total_size", 1}}}};
  for (const size_t i : {0, 3}) index["weight_map"][model[i].name] = "a.safetensors";
  for (const size_t i : {1, 2}) index["weight_map"][model[i].name] = "b.safetensors";
  WriteText(dir / "model.safetensors.index.json", index.dump());
  const std::string in = dir / "model.safetensors.index.json";
  CHECK(Run(dir, {"repack", in, "-o", dir / "b.safetensors", "--force"}).code == 2);
  const Json report = RunJson(dir, {"repack", in, "-o", dir / "out"});
  CHECK(report["bytes_before"] == std::filesystem::file_size(dir / "a.safetensors") +
                                      std::filesystem::file_size(dir / "b.safetensors"));
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE(file.ok());
  CHECK(file->file().tensors().size() == model.size());
  CHECK_FALSE(file->file().metadata().contains("total_size"));
}

// The command is killed at several moments of its run; whatever the moment, OUT is absent or whole,
// and nothing else is left behind.
TEST_CASE("an interrupted run leaves no file") {
  const TempDir dir;
  WriteSafetensors(dir / "in",
                   {RandomTensor("a.weight", 768, 1024), RandomTensor("b.weight", 768, 1024)});
  const std::vector<std::string> repack = {"repack",         dir / "in",  "-o", dir / "out",
                                           "--scale-search", "--threads", "1"};
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(Run(dir, repack).code == 0);
  const auto whole_run = std::chrono::steady_clock::now() - start;
  size_t killed = 0;
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    for (int part = 1; part <= 4; ++part) {
      CAPTURE(signal);
      CAPTURE(part);
      std::filesystem::remove(dir / "out");
      const Process process(dir, repack);
      std::this_thread::sleep_for(whole_run * part / 5);
      process.Kill(signal);
      const Outcome outcome = process.Wait();
      const bool finished = outcome.code == 0;
      CHECK((finished || outcome.signal == signal));
      if (!finished) ++killed;
      if (std::filesystem::exists(dir / "out")) {
        CHECK(PackedFile::Open(dir / "out").ok());
      } else {
        CHECK_FALSE(finished);
      }
      std::set<std::string> names = dir.Names();
      names.erase("out");
      CHECK(names == std::set<std::string>{"in"});
    }
  }
  CHECK(killed > 0);
}

TEST_CASE("weights too small for the format's scales get f32 ones, or are refused by name") {
  const TempDir dir;
  Tensor tiny = RandomTensor("tiny.weight", 48, 100);
  for (float& w : tiny.values) w *= 1e-9f;
  WriteSafetensors(dir / "in", {RandomTensor("plain.weight", 48, 100, 2), tiny});
  WriteText(dir / "book", "-1 1\n");
  const std::string book = "codebook:" + (dir / "book");
  for (const std::string& format : {std::string("int1"), std::string("int4"), book}) {
    CAPTURE(format);
    const std::vector<std::string> repack = {"repack",  dir / "in", "-o",  dir / "out",
                                             "--force", "--format", format};
    const Outcome outcome = Run(dir, repack);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("tensor 'tiny.weight': f32 scales") != std::string::npos);
    CHECK(outcome.err.find("plain.weight") == std::string::npos);
    const Json report = RunJson(dir, {"inspect", dir / "out"});
    for (const Json& tensor : report["tensors"]) {
      CHECK(tensor["packed"]["scale"] == (tensor["name"] == "tiny.weight" ? "f32" : "f16"));
    }
    const Json verified = RunJson(dir, {"verify", dir / "out", "--against", dir / "in"});
    CHECK(verified["tensors"][0]["weight_nmse"].get<double>() ==
          doctest::Approx(verified["tensors"][1]["weight_nmse"].get<double>()).epsilon(0.2));
    std::vector<std::string> with_f16 = repack;
    with_f16.insert(with_f16.end(), {"--scale", "f16"});
    const Outcome refused = Run(dir, with_f16);
    CHECK(refused.code == 3);
    CHECK(refused.err.find("tensor 'tiny.weight'") != std::string::npos);
    CHECK(refused.err.find("row 0") != std::string::npos);
    CHECK(refused.err.find("use f32 scales") != std::string::npos);
  }
}
