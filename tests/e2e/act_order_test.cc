// A small model whose checkpoint is GPTQ with act order: packed, then run by the engine that reads
// the order of channels beside each weight.
#include "import/checkpoint.h"
#include "kit.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>

namespace lutgemm::e2e {
namespace {

#ifdef LUTGEMM_COMMAND

constexpr size_t kHidden = 64, kFfn = 96, kLayers = 2, kGroup = 32;
constexpr char kMetadata[] =
    R"("vocab_size":"256","hidden_size":"64","intermediate_size":"96","num_hidden_layers":"2",)"
    R"("num_attention_heads":"4","max_position_embeddings":"64","rope_theta":"100.0",)"
    R"("rms_norm_eps":"1e-3")";
constexpr char kConfig[] =
    R"({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 32}})";

class Maker {
 public:
  import_test::Checkpoint Make() {
    Floats("model.embed_tokens.weight", {256, kHidden}, 0, 1);
    for (size_t layer = 0; layer < kLayers; ++layer) {
      const std::string prefix = "model.layers." + std::to_string(layer) + ".";
      Floats(prefix + "input_layernorm.weight", {kHidden}, 1, 0.1f);
      Floats(prefix + "post_attention_layernorm.weight", {kHidden}, 1, 0.1f);
      for (const char* part : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
        Gptq(prefix + "self_attn." + part, kHidden, kHidden);
      }
      Gptq(prefix + "mlp.gate_proj", kFfn, kHidden);
      Gptq(prefix + "mlp.up_proj", kFfn, kHidden);
      Gptq(prefix + "mlp.down_proj", kHidden, kFfn);
    }
    Floats("model.norm.weight", {kHidden}, 1, 0.1f);
    Gptq("lm_head", 256, kHidden);
    return std::move(file_.Metadata(kMetadata));
  }

 private:
  void Floats(const std::string& name, std::vector<uint64_t> shape, float mean, float deviation) {
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(shape[0] * (shape.size() > 1 ? shape[1] : 1));
    for (float& value : values) value = normal(random_);
    file_.Add(name, "F32", std::move(shape), import_test::Floats(values));
  }

  // Random codes of 4 bits; every channel belongs to a group that chance chose.
  void Gptq(const std::string& name, size_t n, size_t k) {
    std::vector<uint32_t> groups(k), codes(k / 8 * n);
    for (size_t i = 0; i < k; ++i) groups[i] = static_cast<uint32_t>(i / kGroup);
    std::shuffle(groups.begin(), groups.end(), random_);
    for (uint32_t& word : codes) word = static_cast<uint32_t>(random_());
    std::vector<float> scales(k / kGroup * n);
    for (size_t i = 0; i < scales.size(); ++i) {  // those of one group larger than the others'
      scales[i] = std::ldexp(1.0f + static_cast<float>(random_() % 64) / 64, i < n ? -4 : -7);
    }
    const std::vector<uint32_t> zeros(k / kGroup * n / 8, 0x77777777);
    file_.Add(name + ".qweight", "I32", {k / 8, n}, import_test::Words(codes));
    file_.Add(name + ".qzeros", "I32", {k / kGroup, n / 8}, import_test::Words(zeros));
    file_.Add(name + ".scales", "F16", {k / kGroup, n}, import_test::Halves(scales));
    file_.Add(name + ".g_idx", "I32", {k}, import_test::Words(groups));
  }

  import_test::Checkpoint file_;
  std::mt19937_64 random_{11};
};

// The packed file without tensors whose names begin so.
std::string Without(const TempDir& dir, const std::string& path, std::string_view beginning) {
  const auto packed = PackedFile::Open(path);
  REQUIRE(packed.ok());
  PackedWriter writer;
  for (const std::string& name : packed->names()) {
    REQUIRE(writer.AddPacked(name, *packed->Get(name)).ok());
  }
  for (const FileTensor& tensor : packed->file().tensors()) {
    const auto names = packed->names();
    const bool stays = !tensor.name.starts_with(beginning);
    if (stays && std::ranges::find(names, tensor.name) == names.end()) {
      REQUIRE(writer.AddRaw(tensor).ok());
    }
  }
  for (const auto& [key, value] : packed->file().metadata()) {
    if (!key.starts_with("lutgemm")) REQUIRE(writer.SetMetadata(key, value).ok());
  }
  REQUIRE(writer.Write(dir / "without.safetensors", true).ok());
  return dir / "without.safetensors";
}

// The values of every linear layer where inputs have their channels, from the checkpoint itself.
tiny_lm::Model Plain(const tiny_lm::Model& packed, const std::string& checkpoint) {
  const auto importer = Importer::Open(*TensorFile::Open(checkpoint));
  REQUIRE(importer.ok());
  tiny_lm::Model model = packed;
  const auto plain = [&](const std::string& name, tiny_lm::Linear& linear) {
    const auto weights = importer->Import(name + ".weight");
    REQUIRE_MESSAGE(weights.ok(), weights.status().text());
    REQUIRE(weights->act_order.size() == linear.k);
    linear = {linear.n, linear.k, {}, std::vector<float>(linear.n * linear.k)};
    for (size_t row = 0; row < linear.n; ++row) {
      for (size_t i = 0; i < linear.k; ++i) {
        linear.plain[row * linear.k + weights->act_order[i]] =
            static_cast<float>(weights->matrix.Value(row, i));
      }
    }
  };
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    tiny_lm::Layer& layer = model.layers[i];
    plain(prefix + "self_attn.q_proj", layer.query);
    plain(prefix + "self_attn.k_proj", layer.key);
    plain(prefix + "self_attn.v_proj", layer.value);
    plain(prefix + "self_attn.o_proj", layer.attention_out);
    plain(prefix + "mlp.gate_proj", layer.gate);
    plain(prefix + "mlp.up_proj", layer.up);
    plain(prefix + "mlp.down_proj", layer.down);
  }
  plain("lm_head", model.head);
  return model;
}

std::vector<float> LogitsOf(const tiny_lm::Model& model, size_t together) {
  const std::string_view text = "Blessed is the man";
  tiny_lm::Engine engine = MakeEngine(model, {Mode::kFast, 16, nullptr});
  return Logits(engine, {text.begin(), text.end()}, together);
}

TEST_CASE("act order of GPTQ: the engine gathers channels as the packed file says") {
  const TempDir dir;
  const std::string checkpoint = dir.Put("gptq.safetensors", Maker().Make().Bytes());
  dir.Put("config.json", kConfig);
  const std::string packed = dir / "packed.safetensors";
  const std::string repack = std::string(LUTGEMM_COMMAND) + " repack " + checkpoint + " -o " +
                             packed + " > " + (dir / "report");
  REQUIRE(std::system(repack.c_str()) == 0);

  const tiny_lm::Model model = Load(packed, std::nullopt);
  for (const tiny_lm::Linear* linear : model.Linears()) {
    REQUIRE(linear->packed.has_value());
    CHECK(linear->act_order.size() == linear->k);
  }
  const tiny_lm::Model plain = Plain(model, checkpoint);
  std::vector<float> row(kHidden);
  REQUIRE(model.head.Row(3, row).ok());
  CHECK(std::equal(row.begin(), row.end(), &plain.head.plain[3 * kHidden]));

  const std::vector<float> expected = LogitsOf(plain, 1);
  // Activations have 8 bits.
  CHECK(Nmse(LogitsOf(model, 1), expected) < 1e-2);
  CHECK(Nmse(LogitsOf(model, 16), expected) < 1e-2);
  const tiny_lm::Model unordered = Load(Without(dir, packed, "channel_order."), std::nullopt);
  CHECK(Nmse(LogitsOf(unordered, 1), expected) > 0.1);
}

#endif

TEST_CASE("an order beside packed weights that is none is refused") {
  const TempDir dir;
  const tiny_lm::Model model = Load(kFull, Spec(WeightFormat::kInt2, 32));
  const auto file = TensorFile::Open(kFull);
  std::vector<uint32_t> order(model.config.hidden);
  const auto load = [&](std::string_view dtype, uint64_t channels) {
    PackedWriter writer;
    REQUIRE(writer.AddPacked("lm_head.weight", *model.head.packed).ok());
    for (const FileTensor& tensor : file->tensors()) {
      if (tensor.name != "lm_head.weight") REQUIRE(writer.AddRaw(tensor).ok());
    }
    const std::span<const uint32_t> begin(order.data(), channels);
    const FileTensor tensor{"channel_order.lm_head.weight",
                            std::string(dtype),
                            {channels},
                            std::as_bytes(begin),
                            std::nullopt};
    REQUIRE(writer.AddRaw(tensor).ok());
    for (const auto& [key, value] : file->metadata()) REQUIRE(writer.SetMetadata(key, value).ok());
    REQUIRE(writer.Write(dir / "p.safetensors", true).ok());
    return tiny_lm::LoadModel(dir / "p.safetensors", std::nullopt).status();
  };
  const auto refused = [](const Status& status) {
    CHECK(status.code() == Code::kCorruptFile);
    CHECK_MESSAGE(status.text().starts_with("channel_order.lm_head.weight is no order of the 176"),
                  status.text());
  };
  refused(load("I32", order.size()));  // one channel again and again
  std::iota(order.begin(), order.end(), 0u);
  CHECK(load("I32", order.size()).ok());
  refused(load("I32", order.size() - 1));
  refused(load("F32", order.size()));
  order.back() = 176;
  refused(load("I32", order.size()));
}

}  // namespace
}  // namespace lutgemm::e2e
