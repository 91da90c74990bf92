// lutgemm run: text on stdout, speeds on stderr; what it refuses.
#include "llama/kit.h"
#include "tools/kit.h"

using namespace lutgemm::test::tool;
using lutgemm::llama_test::SmallLlama;
using lutgemm::llama_test::TestModel;
using lutgemm::llama_test::Word;

namespace {

std::string Write(const TempDir& dir, const TestModel& model) {
  WriteText(dir / "m.gguf", model.bytes());
  return dir / "m.gguf";
}

std::string Text(const TempDir& dir, std::vector<std::string> arguments) {
  const Outcome outcome = Run(dir, arguments);
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("prompt   ") != std::string::npos);
  CHECK(outcome.err.find(" tokens/s") != std::string::npos);
  return outcome.out;
}

}  // namespace

TEST_CASE("run: greedy text is the same every time, drawn text by its seed") {
  const TempDir dir;
  const std::string model = Write(dir, SmallLlama());
  const std::vector<std::string> greedy = {"run", model, "-p", "hello", "-n", "12"};
  const std::string text = Text(dir, greedy);
  CHECK(text.ends_with("\n"));
  CHECK(text.size() > 1);
  CHECK(Text(dir, greedy) == text);
  const auto drawn = [&](const std::string& seed) {
    return Text(dir, {"run", model, "-p", "hello", "-n", "30", "--temp", "2", "--seed", seed});
  };
  CHECK(drawn("1") == drawn("1"));
  CHECK(drawn("1") != drawn("2"));
  const Outcome quantised = Run(dir, {"run", model, "-p", "hello", "-n", "4", "--format", "int4",
                                      "--group", "16", "--mode", "exact", "--threads", "1"});
  CHECK(quantised.code == 0);
  CHECK(quantised.err.find("mode exact, first layer by ") != std::string::npos);
}

TEST_CASE("run: more tokens than the model's context go on, and the file's last token ends it") {
  const TempDir dir;
  TestModel model = SmallLlama();
  Text(dir, {"run", Write(dir, model), "-p", "hello", "-n", "100"});
  // Every token but the end's gets a row of zeros, so that nothing is likelier.
  auto& rows = model.At("token_embd.weight").values;
  rows.assign(rows.size(), 0);
  model.keys["tokenizer.ggml.eos_token_id"] = lutgemm::llama_test::Number(0);
  const Outcome ended = Run(dir, {"run", Write(dir, model), "-p", "hello", "-n", "100"});
  CHECK(ended.code == 0);
  CHECK(ended.out == "\n");
  CHECK(ended.err.find("written  1 tokens, -") != std::string::npos);
}

TEST_CASE("run: conversations") {
  const TempDir dir;
  TestModel model = SmallLlama();
  const std::vector<std::string> chat = {"run", dir / "m.gguf", "-p", "hello", "-n", "2", "--chat"};
  Write(dir, model);
  const Outcome refused = Run(dir, chat);
  CHECK(refused.code == 2);
  CHECK(refused.err.find("tokenizer.chat_template") != std::string::npos);
  model.keys["tokenizer.chat_template"] = Word("<|im_start|>");
  Write(dir, model);
  const Outcome outcome = Run(dir, chat);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("prompt   20 tokens") != std::string::npos);
}

TEST_CASE("run: what it refuses") {
  const TempDir dir;
  TestModel model = SmallLlama();
  const std::string good = Write(dir, model);
  const auto check = [&](std::vector<std::string> arguments, int code, std::string_view says) {
    arguments.insert(arguments.begin(), "run");
    const Outcome outcome = Run(dir, arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(says) != std::string::npos);
  };
  check({good}, 2, "--prompt");
  check({good, "-p", "x", "-n", "0"}, 2, "--tokens");
  check({good, "-p", "x", "--temp", "-1"}, 2, "--temp");
  check({good, "-p", "x", "--mode", "slow"}, 2, "slow");
  check({good, "-p", "x", "--group", "32"}, 2, "belong to --format");
  check({good, "-p", "x", "--format", "int9"}, 2, "int9");
  check({good, "-p", "x", "--format", "nf4", "--asymmetric"}, 2, "zero points");
  check({dir / "none.gguf", "-p", "x"}, 3, "none.gguf");
  WriteSafetensors(dir / "a.safetensors", SmallModel());
  check({dir / "a.safetensors", "-p", "x"}, 3, "is a safetensors file, which says neither");
  REQUIRE(Run(dir, {"repack", dir / "a.safetensors", "-o", dir / "b.safetensors"}).code == 0);
  check({dir / "b.safetensors", "-p", "x"}, 3, "is a packed file, which says neither");
  model.keys["general.architecture"] = Word("gemma");
  check({Write(dir, model), "-p", "x"}, 3, "m.gguf: general.architecture is 'gemma'");
  model = SmallLlama();
  model.keys["tokenizer.ggml.model"] = Word("llama");
  check({Write(dir, model), "-p", "x"}, 3, "m.gguf: tokenizer.ggml.model is 'llama'");
}
