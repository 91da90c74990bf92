// lutgemm eval: bits per byte of a text, against float64; what it refuses.
#include "llama/kit.h"
#include "tools/kit.h"

#include <cmath>

using namespace lutgemm::test::tool;
using lutgemm::llama_test::SmallLlama;
using lutgemm::llama_test::TestModel;

namespace {

constexpr size_t kWindow = 16;

struct Files {
  TempDir dir;
  std::string model = dir / "m.gguf", text = dir / "text.txt";

  explicit Files(const TestModel& written = SmallLlama()) {
    WriteText(model, written.bytes());
    std::string words;
    for (int i = 0; i < 20; ++i) words += "hello world, he said; ";
    WriteText(text, words);
  }
  std::vector<std::string> Command(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"eval", model, "--text", text, "--context", "16"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

}  // namespace

TEST_CASE("eval: float64, the file's weights in both modes, and formats") {
  const Files files;
  const Json json = RunJson(files.dir, files.Command({"--reference", "--format", "int4:16,int2:16",
                                                      "--mode", "both", "--threads", "2"}));
  CHECK(Contains(Keys(json), {"machine", "threads", "model", "text", "predicted_bytes", "tokens",
                              "window", "results"}));
  CHECK(json["window"] == kWindow);
  CHECK(size_t(json["tokens"]) % kWindow == 0);
  CHECK(size_t(json["predicted_bytes"]) > size_t(json["tokens"]) - size_t(json["tokens"]) / 16);
  const Json& results = json["results"];
  REQUIRE(results.size() == 7);
  const double reference = results[0]["bits_per_byte"];
  CHECK(results[0]["mode"].is_null());
  CHECK(reference > 1);
  // Float tensors stay f32.
  CHECK(std::fabs(double(results[1]["bits_per_byte"]) - reference) < 1e-5 * reference);
  CHECK(results[1]["bits_per_weight"] == 32.0);
  CHECK(results[1]["read_kernel"].is_null());
  CHECK(results[3]["weights"] == "int4");
  CHECK(results[3]["group"] == 16);
  CHECK_FALSE(results[3]["read_kernel"].is_null());
  CHECK(double(results[3]["bits_per_byte"]) != reference);
  CHECK(double(results[5]["bits_per_weight"]) < double(results[3]["bits_per_weight"]));
  for (const Json& result : results) CHECK(double(result["read_tokens_per_s"]) > 0);
}

TEST_CASE("eval: tables, fewer bytes, and what is put before every window") {
  const Files files;
  const Outcome outcome = Run(files.dir, files.Command({"--mode", "fast", "--bytes", "100"}));
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("as in file") != std::string::npos);
  CHECK(outcome.out.find("windows of 16") != std::string::npos);

  TestModel model = SmallLlama();
  const auto predicted = [&] {
    const Files with(model);
    return size_t(RunJson(with.dir, with.Command({"--mode", "fast"}))["predicted_bytes"]);
  };
  const size_t without = predicted();
  model.keys["tokenizer.ggml.add_bos_token"] = {7, "\x01"};
  // Now a window's first token of text is predicted as well.
  CHECK(predicted() > without);
}

TEST_CASE("eval: what it refuses") {
  const Files files;
  const auto check = [&](std::vector<std::string> arguments, int code, std::string_view says) {
    const Outcome outcome = Run(files.dir, arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(says) != std::string::npos);
  };
  check({"eval", files.model}, 2, "--text");
  check(files.Command({"--group", "32"}), 2, "belong to --format");
  check(files.Command({"--format", "int9"}), 2, "int9");
  check(files.Command({"--mode", "slow"}), 2, "slow");
  check({"eval", files.model, "--text", files.text, "--context", "1"}, 2, "--context");
  check({"eval", files.model, "--text", files.text, "--context", "65", "--bytes", "400"}, 2,
        "--context 65 is above the 64 tokens");
  check(files.Command({"--bytes", "10"}), 2, "fewer than a window of 16");
  check({"eval", files.model, "--text", files.dir / "none"}, 3, "none");
  check({"eval", files.text, "--text", files.text}, 3, "text.txt");
}
