// Channel orders folded into the tiny model by `repack --order`: the model still computes the same.
#include "kit.h"
#include "tools/kit.h"

namespace lutgemm::e2e {
namespace {

namespace tool = test::tool;

using tool::Run;
using tool::RunJson;

TEST_CASE("a checkpoint with folded orders gives the logits of the original") {
  const tool::TempDir dir;
  const std::string source = kFull;
  const std::vector<uint8_t> text = Heldout(64);
  const auto logits = [&](const std::string& path) {
    const tiny_lm::Model model = Load(path, std::nullopt);
    tiny_lm::Engine engine = MakeEngine(model, {});
    return Logits(engine, text, 64);
  };
  const std::vector<float> exact = logits(source);
  for (const char* order : {"none", "head", "global"}) {
    CAPTURE(order);
    const std::string out = dir / order;
    RunJson(dir, {"repack", source, "-o", out, "--format", "bfp8b16", "--order", order});
    // 8 bits are within 1 %; channels that went different ways would leave nothing alike.
    CHECK(Nmse(logits(out), exact) < 1e-2);
    CHECK(Run(dir, {"verify", out, "--against", source}).code == 0);
  }
}

TEST_CASE("orders are kept beside the weights, and lower the error of blocks") {
  const tool::TempDir dir;
  const std::string source = kFull;
  const auto nmse = [&](const char* order) {
    const tool::Json report = RunJson(
        dir, {"repack", source, "-o", dir / order, "--format", "bfp3b32", "--order", order});
    double sum = 0;
    for (const auto& tensor : report["tensors"]) sum += tensor["nmse"].get<double>();
    return sum;
  };
  const double none = nmse("none"), head = nmse("head"), global = nmse("global");
  CHECK(head < none);
  CHECK(global < head);
  const auto file = TensorFile::Open(dir / "global");
  REQUIRE(file.ok());
  CHECK(file->metadata().at("channel_order") == "global");
  CHECK(file->metadata().at("channel_order.head_dim") == "44");
  const FileTensor* stream = file->Find("channel_order.stream");
  REQUIRE(stream != nullptr);
  CHECK(stream->dtype == "I32");
  ChannelOrder order;
  order.from.resize(176);
  REQUIRE(stream->bytes.size() == 176 * 4);
  std::memcpy(order.from.data(), stream->bytes.data(), stream->bytes.size());
  CHECK(Validate(order).ok());
}

TEST_CASE("checkpoints that an order cannot be folded into are refused, and nothing is written") {
  const tool::TempDir dir;
  using tool::RandomTensor;
  const auto refused = [&](const std::vector<tool::Tensor>& tensors,
                           std::vector<std::string> options, const std::string& says) {
    tool::WriteSafetensors(dir / "in", tensors);
    options.insert(options.begin(), {"repack", dir / "in", "-o", dir / "out"});
    const tool::Outcome outcome = Run(dir, options);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(outcome.err.find(says) != std::string::npos);
    CHECK(!dir.Names().contains("out"));
  };
  const auto out = RandomTensor("l.o_proj.weight", 32, 64),
             value = RandomTensor("l.v_proj.weight", 32, 32);
  refused(tool::SmallModel(), {"--order", "head"}, "Hugging Face");
  refused({out}, {"--order", "head", "--head-dim", "16"}, "l.v_proj.weight' is missing");
  refused({out, value}, {"--order", "head"}, "--head-dim");
  refused({out, value}, {"--order", "head", "--head-dim", "24"}, "--head-dim");
  refused({RandomTensor("m.down_proj.weight", 32, 64), RandomTensor("m.gate_proj.weight", 48, 32),
           RandomTensor("m.up_proj.weight", 64, 32)},
          {"--order", "head"}, "48 rows");
  refused({out, value, RandomTensor("surprise.weight", 5, 32)},
          {"--order", "global", "--head-dim", "16"}, "no place that is known");
}

}  // namespace
}  // namespace lutgemm::e2e
