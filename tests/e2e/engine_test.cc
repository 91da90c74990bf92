// The example engine over the public interface: sharing, threads, packed files, generation.
#include "kit.h"
#include "tiny_lm/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace lutgemm::e2e {
namespace {

constexpr std::string_view kPsalm =
    "The LORD is my shepherd; I shall not want. He maketh me to lie down in green pastures: he "
    "leadeth me beside the still waters.";

std::vector<uint8_t> Tokens(std::string_view text) { return {text.begin(), text.end()}; }

std::unique_ptr<Threads> TwoThreads() {
  auto threads = MakeThreads(2);
  REQUIRE(threads.ok());
  return *std::move(threads);
}

TEST_CASE("tiny_lm: layers with the same input build tables once") {
  for (const Mode mode : {Mode::kExact, Mode::kFast}) {
    CAPTURE(Name(mode));
    const tiny_lm::Model model = Load(kTernary, tiny_lm::TrainedTernary());
    tiny_lm::EngineSpec spec;
    spec.mode = mode;
    spec.prefill = 16;
    tiny_lm::Engine engine = MakeEngine(model, spec);
    // Per layer: query, key, value together; attention out; gate, up together; down. Then the head.
    const size_t per_step = 4 * model.config.layers + 1;
    Logits(engine, Tokens(kPsalm.substr(0, 1)), 1);
    CHECK(engine.table_builds() == per_step);
    Logits(engine, Tokens(kPsalm.substr(0, 16)), 16);
    CHECK(engine.table_builds() == 2 * per_step);
    Logits(engine, Tokens(kPsalm.substr(0, 18)), 18);  // 16 together, then one and one
    CHECK(engine.table_builds() == 5 * per_step);
  }
}

TEST_CASE("tiny_lm: one set of tables serves three weights, with the results of separate runs") {
  const tiny_lm::Model model = Load(kFull, Spec(WeightFormat::kInt4, 64));
  const tiny_lm::Layer& layer = model.layers[0];
  const size_t hidden = model.config.hidden;
  Problem problem;
  problem.m = 3;
  const std::vector<float> act(model.embedding.plain.begin() + 97 * std::ptrdiff_t(hidden),
                               model.embedding.plain.begin() + 100 * std::ptrdiff_t(hidden));
  const std::vector<const tiny_lm::Linear*> layers{&layer.query, &layer.key, &layer.value};
  const auto group = tiny_lm::LinearGroup::Make(layers, problem);
  REQUIRE(group.ok());
  REQUIRE(group->shares_tables());
  tiny_lm::Scratch scratch;
  scratch.Reserve(group->table_bytes(), group->workspace_bytes());
  std::vector<float> q(3 * hidden), k(q), v(q), alone(q);
  REQUIRE(group->Run(act.data(), std::array{q.data(), k.data(), v.data()}, scratch).ok());
  CHECK(scratch.table_builds == 1);
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto single = tiny_lm::LinearGroup::Make({layers[i]}, problem);
    REQUIRE(single.ok());
    CHECK_FALSE(single->shares_tables());
    scratch.Reserve(single->table_bytes(), single->workspace_bytes());
    REQUIRE(single->Run(act.data(), std::array{alone.data()}, scratch).ok());
    CHECK(alone == std::array{q, k, v}[i]);
  }
  CHECK(scratch.table_builds == 4);
}

TEST_CASE("tiny_lm: weights whose tables differ run apart") {
  tiny_lm::Model model = Load(kFull, Spec(WeightFormat::kInt4, 64));
  const tiny_lm::Model other = Load(kFull, Spec(WeightFormat::kInt2, 32));
  model.layers[0].key = other.layers[0].key;
  const tiny_lm::Layer& layer = model.layers[0];
  const auto group = tiny_lm::LinearGroup::Make({&layer.query, &layer.key, &layer.value}, {});
  REQUIRE(group.ok());
  CHECK_FALSE(group->shares_tables());
  tiny_lm::Engine engine = MakeEngine(model, {});
  Logits(engine, Tokens("a"), 1);
  CHECK(engine.table_builds() == 4 * model.config.layers + 1 + 2);
}

TEST_CASE("tiny_lm: two threads give the logits of one") {
  const std::unique_ptr<Threads> threads = TwoThreads();
  const std::vector<uint8_t> tokens = Tokens(kPsalm.substr(0, 70));  // 64 together and six alone
  for (const auto& spec :
       {tiny_lm::TrainedTernary(), Spec(WeightFormat::kInt3, 32, ZeroKind::kInteger),
        Spec(WeightFormat::kInt1, 64)}) {
    const tiny_lm::Model model = Load(kTernary, spec);
    for (const Mode mode : {Mode::kExact, Mode::kFast}) {
      CAPTURE(Name(spec.format));
      CAPTURE(Name(mode));
      tiny_lm::Engine one = MakeEngine(model, {mode, 64, nullptr});
      tiny_lm::Engine two = MakeEngine(model, {mode, 64, threads.get()});
      CHECK(Logits(one, tokens, 70) == Logits(two, tokens, 70));
    }
  }
}

TEST_CASE("tiny_lm: prefill agrees with token-by-token decoding") {
  const std::vector<uint8_t> tokens = Tokens(kPsalm.substr(0, 96));
  for (const auto& spec : {tiny_lm::TrainedTernary(), Spec(WeightFormat::kInt4, 64)}) {
    CAPTURE(Name(spec.format));
    const tiny_lm::Model model = Load(kTernary, spec);
    tiny_lm::Engine engine = MakeEngine(model, {Mode::kExact, 32, nullptr});
    CHECK(Nmse(Logits(engine, tokens, 32), Logits(engine, tokens, 1)) < 1e-5);
  }
}

TEST_CASE("tiny_lm: fast mode stays near exact mode") {
  const std::vector<uint8_t> tokens = Tokens(kPsalm.substr(0, 64));
  const tiny_lm::Model model = Load(kTernary, tiny_lm::TrainedTernary());
  tiny_lm::Engine exact = MakeEngine(model, {Mode::kExact, 64, nullptr});
  tiny_lm::Engine fast = MakeEngine(model, {Mode::kFast, 64, nullptr});
  CHECK(Nmse(Logits(fast, tokens, 64), Logits(exact, tokens, 64)) < 1e-2);
  CHECK(Nmse(Logits(fast, tokens, 1), Logits(exact, tokens, 1)) < 1e-2);
}

// Everything of the checkpoint, linear layers packed, in one file.
void WritePacked(const tiny_lm::Model& model, const std::string& path) {
  const auto file = TensorFile::Open(kFull);
  REQUIRE(file.ok());
  const std::vector<const tiny_lm::Linear*> linears = model.Linears();
  const char* const places[] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                "mlp.down_proj"};
  std::vector<std::string> names;
  for (size_t i = 0; i + 1 < linears.size(); ++i) {
    names.push_back("model.layers." + std::to_string(i / 7) + "." + places[i % 7] + ".weight");
  }
  names.emplace_back("lm_head.weight");
  PackedWriter writer;
  for (size_t i = 0; i < names.size(); ++i) {
    REQUIRE(writer.AddPacked(names[i], *linears[i]->packed).ok());
  }
  for (const FileTensor& tensor : file->tensors()) {
    if (std::find(names.begin(), names.end(), tensor.name) != names.end()) continue;
    REQUIRE(writer.AddRaw(tensor).ok());
  }
  for (const auto& [key, value] : file->metadata()) REQUIRE(writer.SetMetadata(key, value).ok());
  const Status status = writer.Write(path, false);
  REQUIRE_MESSAGE(status.ok(), status.text());
}

TEST_CASE("tiny_lm: a packed file gives the logits of the checkpoint it was packed from") {
  const TempDir dir;
  const std::vector<uint8_t> tokens = Tokens(kPsalm.substr(0, 20));
  const tiny_lm::Model model = Load(kFull, Spec(WeightFormat::kInt3, 64, ZeroKind::kInteger));
  const std::string path = dir / "packed.safetensors";
  WritePacked(model, path);
  const tiny_lm::Model loaded = Load(path, std::nullopt);
  CHECK(loaded.linear_bytes() == model.linear_bytes());
  tiny_lm::Engine engine = MakeEngine(model, {Mode::kFast, 16, nullptr});
  tiny_lm::Engine loaded_engine = MakeEngine(loaded, {Mode::kFast, 16, nullptr});
  CHECK(Logits(loaded_engine, tokens, 20) == Logits(engine, tokens, 20));
}

TEST_CASE("tiny_lm: errors say what is wrong") {
  const auto missing = tiny_lm::LoadModel(kData + "/no_such_file.safetensors", std::nullopt);
  CHECK(missing.status().code() == Code::kIo);

  const TempDir dir;
  const auto file = TensorFile::Open(kFull);
  REQUIRE(file.ok());
  const auto load_without = [&](std::string_view tensor_name, std::string_view key) {
    PackedWriter writer;
    for (const FileTensor& tensor : file->tensors()) {
      if (tensor.name != tensor_name) REQUIRE(writer.AddRaw(tensor).ok());
    }
    for (const auto& [name, value] : file->metadata()) {
      if (name != key) REQUIRE(writer.SetMetadata(name, value).ok());
    }
    const std::string path = dir / "part.safetensors";
    REQUIRE(writer.Write(path, true).ok());
    return tiny_lm::LoadModel(path, std::nullopt).status();
  };
  CHECK(load_without("", "").ok());
  CHECK(load_without("", "hidden_size").text().find("hidden_size") != std::string::npos);
  CHECK(load_without("model.norm.weight", "").text().find("model.norm.weight") !=
        std::string::npos);
  CHECK(load_without("lm_head.weight", "").code() == Code::kNotFound);
}

TEST_CASE("tiny_lm: the engine refuses what does not fit its context") {
  const tiny_lm::Model model = Load(kFull, Spec(WeightFormat::kInt2, 32));
  const size_t context = model.config.context;
  CHECK(tiny_lm::Engine::Make(model, {Mode::kFast, 0, nullptr}).status().code() ==
        Code::kBadArgument);
  CHECK(tiny_lm::Engine::Make(model, {Mode::kFast, context + 1, nullptr}).status().code() ==
        Code::kBadArgument);
  tiny_lm::Engine engine = MakeEngine(model, {Mode::kFast, 64, nullptr});
  const std::vector<tiny_lm::Token> tokens(context + 1, 'a');
  std::vector<float> logits(tokens.size() * model.config.vocab);
  CHECK(engine.Forward(tokens, logits).code() == Code::kBadArgument);
  CHECK(engine.position() == 0);
  CHECK(engine.Forward({tokens.data(), 2}, {logits.data(), model.config.vocab}).code() ==
        Code::kBadArgument);
  REQUIRE(engine.Forward({tokens.data(), context}, logits).ok());
  CHECK(engine.position() == context);
  CHECK(engine.Forward({tokens.data(), 1}, logits).code() == Code::kBadArgument);
}

TEST_CASE("tiny_lm: generation is greedy at temperature 0, seeded above, and goes on for ever") {
  const tiny_lm::Model model = Load(kFull, Spec(WeightFormat::kInt4, 64));
  tiny_lm::Engine engine = MakeEngine(model, {Mode::kFast, 64, nullptr});
  const auto generate = [&](double temperature, uint64_t seed, size_t bytes) {
    tiny_lm::Sampler sampler(temperature, seed);
    auto text = tiny_lm::Generate(engine, "And God said", bytes, sampler);
    REQUIRE_MESSAGE(text.ok(), text.status().text());
    CHECK(text->size() == bytes);
    return *text;
  };
  const std::string greedy = generate(0, 1, 8);
  CHECK(generate(0, 2, 8) == greedy);
  const std::vector<float> logits = Logits(engine, Tokens("And God said"), 12);
  const auto last = logits.end() - std::ptrdiff_t(model.config.vocab);
  CHECK(uint8_t(greedy[0]) == std::max_element(last, logits.end()) - last);

  const std::string sampled = generate(1, 1, 40);
  CHECK(generate(1, 1, 40) == sampled);
  CHECK(generate(1, 2, 40) != sampled);
  generate(1, 1, model.config.context + 50);  // the context fills and is taken up again
}

TEST_CASE("tiny_lm: sampling follows the probabilities") {
  const std::vector<float> logits{0.0f, std::log(3.0f), -std::numeric_limits<float>::infinity()};
  CHECK(tiny_lm::Bits(logits, 0) == doctest::Approx(2.0));
  CHECK(tiny_lm::Bits(logits, 1) == doctest::Approx(std::log2(4.0 / 3.0)));
  tiny_lm::Sampler sampler(1.0, 5);
  std::array<size_t, 3> counts{};
  for (size_t i = 0; i < 4000; ++i) ++counts[sampler.Draw(logits)];
  CHECK(counts[2] == 0);
  CHECK(counts[0] > 880);  // a quarter is 1000, the deviation 27
  CHECK(counts[0] < 1120);
}

}  // namespace
}  // namespace lutgemm::e2e
