// Llama models of GGUF files in the example engine, against a forward pass in float64 that is
// written here, from the architecture alone.
#include "llama/load.hpp"

#include "kit.h"
#include "support/nmse.h"
#include "tiny_lm/engine.hpp"
#include "tiny_lm/reference.hpp"
#include "tiny_lm/text.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lutgemm::llama_test {
namespace {

using Row = std::vector<double>;
using Tokens = std::vector<tiny_lm::Token>;

// out[i] = sum over j of weights[i][j] * x[j].
Row Times(const std::vector<float>& weights, const Row& x) {
  Row out(weights.size() / x.size());
  for (size_t i = 0; i < out.size(); ++i) {
    for (size_t j = 0; j < x.size(); ++j) out[i] += double(weights[i * x.size() + j]) * x[j];
  }
  return out;
}

Row Normed(const Row& x, const std::vector<float>& weight) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  const double eps = double(1e-3f);
  Row out(x);
  for (size_t i = 0; i < x.size(); ++i) {
    out[i] = x[i] * double(weight[i]) / std::sqrt(squares / double(x.size()) + eps);
  }
  return out;
}

// The first six dimensions of every head, neighbours together.
void Turn(Row& heads, size_t position) {
  for (size_t head = 0; head < heads.size(); head += kHeadDim) {
    for (size_t i = 0; i < 6; i += 2) {
      const double angle = double(position) / std::pow(100.0, double(i) / 6);
      const double x = heads[head + i], y = heads[head + i + 1];
      heads[head + i] = x * std::cos(angle) - y * std::sin(angle);
      heads[head + i + 1] = x * std::sin(angle) + y * std::cos(angle);
    }
  }
}

// The logits of the last token.
class Forward {
 public:
  explicit Forward(const TestModel& model) : model_(model) {}

  Row Logits(const Tokens& tokens) const {
    std::vector<Row> stream;
    for (const auto token : tokens) {
      const auto& rows = model_["token_embd.weight"];
      stream.emplace_back(&rows[token * kHidden], &rows[token * kHidden] + kHidden);
    }
    for (size_t layer = 0; layer < kLayers; ++layer) {
      const std::string blk = "blk." + std::to_string(layer) + ".";
      Attend(blk, stream);
      for (Row& x : stream) {
        const Row normed = Normed(x, model_[blk + "ffn_norm.weight"]);
        Row gate = Times(model_[blk + "ffn_gate.weight"], normed);
        const Row up = Times(model_[blk + "ffn_up.weight"], normed);
        for (size_t i = 0; i < kFfn; ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
        Add(x, Times(model_[blk + "ffn_down.weight"], gate));
      }
    }
    return Times(model_[output], Normed(stream.back(), model_["output_norm.weight"]));
  }

  std::string output = "token_embd.weight";

 private:
  static void Add(Row& x, const Row& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  void Attend(const std::string& blk, std::vector<Row>& stream) const {
    std::vector<Row> queries, keys, values;
    for (size_t t = 0; t < stream.size(); ++t) {
      const Row normed = Normed(stream[t], model_[blk + "attn_norm.weight"]);
      queries.push_back(Times(model_[blk + "attn_q.weight"], normed));
      keys.push_back(Times(model_[blk + "attn_k.weight"], normed));
      values.push_back(Times(model_[blk + "attn_v.weight"], normed));
      Turn(queries[t], t);
      Turn(keys[t], t);
    }
    for (size_t t = 0; t < stream.size(); ++t) {
      Row mixed(kHeads * kHeadDim);
      for (size_t head = 0; head < kHeads; ++head) {
        const size_t query = head * kHeadDim, kv = head / (kHeads / kKvHeads) * kHeadDim;
        Row weights;
        double sum = 0;
        for (size_t past = 0; past <= t; ++past) {
          double score = 0;
          for (size_t i = 0; i < kHeadDim; ++i) score += queries[t][query + i] * keys[past][kv + i];
          weights.push_back(std::exp(score / std::sqrt(double(kHeadDim))));
          sum += weights.back();
        }
        for (size_t past = 0; past <= t; ++past) {
          for (size_t i = 0; i < kHeadDim; ++i) {
            mixed[query + i] += weights[past] / sum * values[past][kv + i];
          }
        }
      }
      Add(stream[t], Times(model_[blk + "attn_output.weight"], mixed));
    }
  }

  const TestModel& model_;
};

tiny_lm::Model Load(const TestModel& model, const llama::LoadSpec& spec = {}) {
  const TempDir dir;
  auto loaded = llama::LoadModel(OpenModel(dir, model), spec);
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().text());
  return *std::move(loaded);
}

const Tokens kText{kHello, kWor, 'l', 'd', ',', ' ', kHe, 'y', kImEnd, 'a', 'b', 'c', 0};

// Logits of all tokens, so many at a time.
std::vector<float> Logits(const tiny_lm::Model& model, size_t together, size_t prefill) {
  tiny_lm::EngineSpec spec;
  spec.prefill = prefill;
  spec.context = 16;
  auto engine = tiny_lm::Engine::Make(model, spec);
  REQUIRE_MESSAGE(engine.ok(), engine.status().text());
  std::vector<float> logits(kText.size() * kTokens);
  for (size_t i = 0; i < kText.size(); i += together) {
    const size_t count = std::min(together, kText.size() - i);
    const Status status =
        engine->Forward({&kText[i], count}, std::span(logits).subspan(i * kTokens));
    REQUIRE_MESSAGE(status.ok(), status.text());
  }
  return logits;
}

std::vector<float> Expected(const Forward& forward) {
  std::vector<float> logits;
  for (size_t t = 0; t < kText.size(); ++t) {
    const Row row = forward.Logits({kText.begin(), kText.begin() + std::ptrdiff_t(t) + 1});
    logits.insert(logits.end(), row.begin(), row.end());
  }
  return logits;
}

// The engine is in f32: some hundred roundings of 2^-24, squared.
constexpr double kLimit = 1e-10;

TEST_CASE("llama: logits are those of the architecture, one token at a time and many") {
  const TestModel file = SmallLlama();
  const tiny_lm::Model model = Load(file);
  CHECK(model.config.kv_heads == kKvHeads);
  CHECK(model.config.head_dim == kHeadDim);
  CHECK(model.config.rope.size == 6);
  CHECK(model.embedding.n == 0);
  const std::vector<float> expected = Expected(Forward(file));
  CHECK(test::Nmse(Logits(model, 1, 1), expected) < kLimit);
  CHECK(test::Nmse(Logits(model, kText.size(), 16), expected) < kLimit);  // by eights, then alone
  CHECK(test::Nmse(Logits(model, kText.size(), 5), expected) < kLimit);
}

TEST_CASE("llama: an output of its own, factors of rotary angles, defaults of metadata") {
  TestModel file = SmallLlama();
  TestTensor output = file.At("token_embd.weight");
  for (float& value : output.values) value = -value + 0.1f;
  file.tensors.emplace_back("output.weight", output);
  Forward forward(file);
  forward.output = "output.weight";
  CHECK(test::Nmse(Logits(Load(file), 1, 1), Expected(forward)) < kLimit);

  file.tensors.emplace_back("rope_freqs.weight", TestTensor{{3}, {1, 1, 1}});
  const std::vector<float> same = Logits(Load(file), 1, 1);
  CHECK(test::Nmse(same, Expected(forward)) < kLimit);
  file.At("rope_freqs.weight").values[0] = 2;
  CHECK(test::Nmse(Logits(Load(file), 1, 1), same) > 1e-6);

  file.keys.erase("llama.rope.freq_base");
  file.keys.erase("llama.rope.dimension_count");
  file.keys.erase("llama.vocab_size");
  file.Remove("rope_freqs.weight");
  const tiny_lm::Model model = Load(file);
  CHECK(model.config.rope.theta == 10000);
  CHECK(model.config.rope.size == kHeadDim);
}

TEST_CASE("llama: the float64 reference agrees with the architecture") {
  const TestModel file = SmallLlama();
  const tiny_lm::Model model = Load(file, {true, {}});
  const std::vector<float> logits = Expected(Forward(file));
  double bits = 0;
  for (size_t t = 0; t + 1 < kText.size(); ++t) {
    bits += tiny_lm::Bits({&logits[t * kTokens], kTokens}, kText[t + 1]);
  }
  const tiny_lm::TokenText text{kText, std::vector<uint32_t>(kText.size(), 2)};
  const tiny_lm::Score score = tiny_lm::EvaluateReference(model, kText.size(), text);
  REQUIRE(score.window_bits.size() == 1);
  CHECK(score.window_bits[0] == doctest::Approx(bits).epsilon(1e-6));  // logits above are f32
  CHECK(score.bytes == 2 * (kText.size() - 1));
  const auto engine = tiny_lm::Evaluate(model, {Mode::kFast, kText.size(), {}}, text);
  REQUIRE_MESSAGE(engine.ok(), engine.status().text());
  CHECK(engine->window_bits[0] == doctest::Approx(bits).epsilon(1e-5));
}

TEST_CASE("llama: layers quantised anew, tokens' rows as they are") {
  llama::LoadSpec spec;
  spec.quantize = [](const Tensor2D& weights, Threads* threads) {
    QuantSpec int4;
    int4.group = 16;
    return Quantize(weights, int4, threads);
  };
  const TestModel file = SmallLlama();
  const tiny_lm::Model model = Load(file, spec);
  REQUIRE(model.layers[1].down.packed.has_value());
  CHECK(model.layers[1].down.packed->info().group == 16);
  CHECK_FALSE(model.head.packed.has_value());
  CHECK(model.head.plain == file["token_embd.weight"]);
  const double error = test::Nmse(Logits(model, 1, 1), Expected(Forward(file)));
  CHECK(error > 1e-6);
  CHECK(error < 0.2);
}

// The same codes as blocks of Q8_0, 1/64 each, or of Q4_1, 1/8 each from -1 on, and their values.
void MakeBlocks(TestTensor& tensor, bool bytes) {
  for (size_t i = 0; i < tensor.values.size(); i += 32) {
    tensor.blocks += bytes ? std::string("\0\x24", 2) : std::string("\0\x30\0\xbc", 4);
    std::string codes(32, '\0');
    for (size_t j = 0; j < 32; ++j) {
      float& value = tensor.values[i + j];
      const float low = bytes ? -128 : 0, high = bytes ? 127 : 15;
      const float code = std::clamp(std::round(bytes ? value * 64 : (value + 1) * 8), low, high);
      value = bytes ? code / 64 : code / 8 - 1;
      codes[j] = static_cast<char>(code);
    }
    if (!bytes) {
      for (size_t j = 0; j < 16; ++j) codes[j] = static_cast<char>(codes[j] | codes[j + 16] << 4);
      codes.resize(16);
    }
    tensor.blocks += codes;
  }
  tensor.type = bytes ? 8 : 3;
}

TEST_CASE("llama: blocks are packed as what they are, and tokens are their rows") {
  TestModel file = SmallLlama();
  MakeBlocks(file.At("token_embd.weight"), true);
  MakeBlocks(file.At("blk.0.ffn_up.weight"), false);
  const std::vector<float>& rows = file["token_embd.weight"];
  const tiny_lm::Model plain = Load(file, {true, {}});
  CHECK(plain.head.plain == rows);
  CHECK(plain.layers[0].up.plain == file["blk.0.ffn_up.weight"]);
  const tiny_lm::Model stored = Load(file);
  REQUIRE(stored.head.packed.has_value());
  REQUIRE(stored.layers[0].up.packed.has_value());
  CHECK(stored.head.packed->info().format == WeightFormat::kInt8);
  CHECK(stored.layers[0].up.packed->info().format == WeightFormat::kInt4);
  std::vector<float> row(kHidden);
  for (const size_t token : {size_t{0}, size_t{kHello}, size_t{kTokens - 1}}) {
    REQUIRE(stored.token_rows().Row(token, row).ok());
    CHECK(std::equal(row.begin(), row.end(), rows.begin() + std::ptrdiff_t(token * kHidden)));
  }
  const std::vector<float> expected = Expected(Forward(file));
  CHECK(test::Nmse(Logits(plain, 1, 1), expected) < kLimit);
  const double error = test::Nmse(Logits(stored, kText.size(), 16), expected);
  CHECK(error > kLimit);  // activations have 8 bits
  CHECK(error < 1e-2);
}

struct Refusal {
  const char* key;
  Value value;  // none: the key is left out
  Code code;
  const char* says;
};

void CheckRefused(const TestModel& model, Code code, std::string_view says) {
  CAPTURE(says);
  const TempDir dir;
  const auto loaded = llama::LoadModel(OpenModel(dir, model), {});
  CHECK(loaded.status().code() == code);
  CHECK_MESSAGE(loaded.status().text().find(says) != std::string::npos, loaded.status().text());
}

TEST_CASE("llama: metadata that is refused") {
  const std::vector<Refusal> refusals = {
      {"general.architecture", Word("qwen2"), Code::kUnsupportedFormat,
       "'qwen2'; models of 'llama'"},
      {"general.architecture", {}, Code::kNotFound, "no general.architecture"},
      {"llama.expert_count", Number(8), Code::kUnsupportedFormat, "experts"},
      {"llama.rope.scaling.type", Word("yarn"), Code::kUnsupportedFormat, "'yarn'; 'none'"},
      {"llama.block_count", {}, Code::kNotFound, "no llama.block_count"},
      {"llama.block_count", Number(0), Code::kCorruptFile, "llama.block_count is 0"},
      {"llama.block_count", Number(3), Code::kNotFound, "no tensor blk.2.attn_norm.weight"},
      {"llama.block_count", Number(1), Code::kUnsupportedFormat, "blk.1.attn_norm.weight is none"},
      {"llama.block_count", Word("two"), Code::kCorruptFile, "llama.block_count is not a number"},
      {"llama.embedding_length", Number(1 << 21), Code::kCorruptFile, "it must be 1 to 1048576"},
      {"llama.embedding_length", Number(64), Code::kBadShape,
       "attn_norm.weight is 32, should be 64"},
      {"llama.context_length", {}, Code::kNotFound, "no llama.context_length"},
      {"llama.attention.head_count", Number(5), Code::kCorruptFile, "heads must be a multiple"},
      {"llama.attention.head_count_kv", Number(3), Code::kCorruptFile, "share 3 of keys"},
      {"llama.attention.head_count_kv", {}, Code::kBadShape, "attn_k.weight is 16 x 32"},
      {"llama.attention.value_length", Number(4), Code::kUnsupportedFormat, "differ in size"},
      {"llama.attention.layer_norm_rms_epsilon", Real(-1), Code::kCorruptFile, "above 0"},
      {"llama.attention.layer_norm_rms_epsilon", {}, Code::kNotFound, "layer_norm_rms_epsilon"},
      {"llama.rope.freq_base", Real(INFINITY), Code::kCorruptFile, "must be finite"},
      {"llama.rope.dimension_count", Number(5), Code::kCorruptFile, "turn 5 dimensions"},
      {"llama.rope.dimension_count", Number(10), Code::kCorruptFile, "turn 10 dimensions"},
      {"llama.vocab_size", Number(7), Code::kCorruptFile, "llama.vocab_size"}};
  for (const Refusal& refusal : refusals) {
    TestModel model = SmallLlama();
    model.keys.erase(refusal.key);
    if (!refusal.value.second.empty()) model.keys[refusal.key] = refusal.value;
    CheckRefused(model, refusal.code, refusal.says);
  }
}

TEST_CASE("llama: tensors that are refused") {
  TestModel model = SmallLlama();
  model.Remove("token_embd.weight");
  CheckRefused(model, Code::kNotFound, "no matrix token_embd.weight");
  model = SmallLlama();
  model.Remove("output_norm.weight");
  CheckRefused(model, Code::kNotFound, "no tensor output_norm.weight");
  model = SmallLlama();
  model.tensors.emplace_back("blk.0.attn_q.bias", TestTensor{{32}, std::vector<float>(32)});
  CheckRefused(model, Code::kUnsupportedFormat, "tensor blk.0.attn_q.bias is none");
  model = SmallLlama();
  model.At("blk.1.ffn_down.weight").shape = {kFfn, kHidden};
  CheckRefused(model, Code::kBadShape, "blk.1.ffn_down.weight is 48 x 32, should be 32 x 48");
  model = SmallLlama();
  model.tensors.emplace_back("rope_freqs.weight", TestTensor{{4}, {1, 1, 1, 1}});
  CheckRefused(model, Code::kBadShape, "rope_freqs.weight is 4, should be 3");
}

TEST_CASE("llama: the engine refuses tokens that are none, and more than its context") {
  const tiny_lm::Model model = Load(SmallLlama());
  tiny_lm::EngineSpec spec;
  spec.prefill = 4;
  spec.context = 4;
  auto engine = tiny_lm::Engine::Make(model, spec);
  REQUIRE(engine.ok());
  std::vector<float> logits(8 * kTokens);
  CHECK(engine->Forward(Tokens{kTokens}, logits).text().find("token 266") != std::string::npos);
  CHECK(engine->Read(Tokens(5, 'a')).code() == Code::kBadArgument);
  CHECK(engine->Read(Tokens(4, 'a')).ok());
  CHECK(engine->position() == 4);
  spec.context = 65;
  CHECK(tiny_lm::Engine::Make(model, spec).status().code() == Code::kBadArgument);
}

// What follows a prompt does not depend on how it was read, nor on a context that it does not fill.
TEST_CASE("llama: a text goes on greedily, and on where the context is full") {
  const tiny_lm::Model model = Load(SmallLlama());
  const auto write = [&](size_t context, size_t count) {
    tiny_lm::EngineSpec spec;
    spec.prefill = 4;
    spec.context = context;
    auto engine = tiny_lm::Engine::Make(model, spec);
    REQUIRE(engine.ok());
    tiny_lm::Sampler sampler(0, 1);
    Tokens tokens;
    const Status status = tiny_lm::Continue(*engine, kText, sampler, [&](tiny_lm::Token token) {
      tokens.push_back(token);
      return tokens.size() < count;
    });
    REQUIRE_MESSAGE(status.ok(), status.text());
    return tokens;
  };
  const Tokens written = write(64, 10);
  Tokens all = kText;
  const TestModel file = SmallLlama();
  for (size_t i = 0; i < 3; ++i) {
    const Row logits = Forward(file).Logits(all);
    const auto best =
        tiny_lm::Token(std::max_element(logits.begin(), logits.end()) - logits.begin());
    CHECK(written[i] == best);
    all.push_back(best);
  }
  CHECK(write(32, 10) == written);
  CHECK(write(8, 30).size() == 30);
}

}  // namespace
}  // namespace lutgemm::llama_test
