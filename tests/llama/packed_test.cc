// Llama models whose weights lie in a packed file beside the GGUF file.
#include "kit.h"
#include "llama/load.hpp"
#include "support/nmse.h"
#include "tiny_lm/engine.hpp"

#include <algorithm>
#include <numeric>

namespace lutgemm::llama_test {
namespace {

constexpr char kDown[] = "blk.1.ffn_down.weight";

Result<tiny_lm::Model> Load(const TempDir& dir, const TestModel& model, const PackedFile* packed) {
  llama::LoadSpec spec;
  spec.packed = packed;
  return llama::LoadModel(OpenModel(dir, model), spec);
}

std::vector<float> Logits(const Result<tiny_lm::Model>& model) {
  REQUIRE_MESSAGE(model.ok(), model.status().text());
  auto engine = tiny_lm::Engine::Make(*model, {Mode::kFast, 4, nullptr});
  REQUIRE(engine.ok());
  const std::vector<tiny_lm::Token> text{kHello, kWor, 'l', 'd'};
  std::vector<float> logits(text.size() * kTokens);
  REQUIRE(engine->Forward(text, logits).ok());
  return logits;
}

// One layer in 8 bits under `name`, its channels in the order.
PackedFile Packed(const TempDir& dir, const std::string& name, const ChannelOrder& order) {
  const TestModel model = SmallLlama();
  const std::vector<float>& values = model[kDown];
  const auto ordered = Permuted({values.data(), Elem::kF32, kHidden, kFfn}, nullptr, &order);
  QuantSpec spec{WeightFormat::kInt8, 16};
  PackedWriter writer;
  const auto quantised = Quantize({ordered->data(), Elem::kF32, kHidden, kFfn}, spec);
  REQUIRE(quantised.ok());
  REQUIRE(writer.AddPacked(name, *Pack(*quantised)).ok());
  const FileTensor tensor{
      "channel_order." + name, "I32", {kFfn}, std::as_bytes(std::span(order.from)), std::nullopt};
  REQUIRE(writer.AddRaw(tensor).ok());
  REQUIRE(writer.Write(dir / "packed", true).ok());
  return *PackedFile::Open(dir / "packed");
}

TEST_CASE("llama: weights of a packed file are taken, their channels in its order") {
  const TempDir dir;
  ChannelOrder order;
  for (size_t i = 0; i < kFfn; ++i) order.from.push_back(uint32_t(i * 29 % kFfn));
  const PackedFile packed = Packed(dir, kDown, order);
  const auto model = Load(dir, SmallLlama(), &packed);
  const std::vector<float> expected = Logits(Load(dir, SmallLlama(), nullptr));
  const double error = test::Nmse(Logits(model), expected);
  CHECK(error > 1e-9);  // 8 bits
  CHECK(error < 1e-3);
  CHECK(model->layers[1].down.packed->info().format == WeightFormat::kInt8);
  CHECK(model->layers[1].down.act_order == order);
  CHECK_FALSE(model->layers[0].down.packed.has_value());

  auto unordered = model;
  unordered->layers[1].down.act_order = {};
  CHECK(test::Nmse(Logits(unordered), expected) > 10 * error);
}

TEST_CASE("llama: packed files of another model are refused") {
  const TempDir dir;
  ChannelOrder order;
  order.from.resize(kFfn);
  std::iota(order.from.begin(), order.from.end(), 0u);
  const auto refused = [&](const std::string& name, Code code, std::string_view says) {
    const PackedFile packed = Packed(dir, name, order);
    const Status status = Load(dir, SmallLlama(), &packed).status();
    CHECK(status.code() == code);
    CHECK_MESSAGE(status.text().find(says) != std::string::npos, status.text());
  };
  refused("blk.2.ffn_down.weight", Code::kNotFound,
          "no weights blk.2.ffn_down.weight, which the packed file has");
  refused("blk.0.ffn_up.weight", Code::kBadShape,
          "blk.0.ffn_up.weight is 32 x 48, should be 48 x 32");
}

}  // namespace
}  // namespace lutgemm::llama_test
