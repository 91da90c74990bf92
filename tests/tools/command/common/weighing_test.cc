// repack --importance: what is quantised is what the library makes with the file's numbers, and the
// report names the tensors that the file does not have.
#include "tools/command/common/weighing.h"

#include "tools/command/common/importance_kit.h"
#include "tools/command/quantised_kit.h"

#include <lutgemm/channel_order.hpp>
#include <lutgemm/io.hpp>

using namespace lutgemm;
using namespace lutgemm::test::tool;
namespace importance = lutgemm::test::importance;

namespace {

constexpr size_t kHidden = 64, kInner = 96;
const std::string kLayer = "model.layers.0.";

std::vector<Tensor> Model() {
  return {RandomTensor(kLayer + "self_attn.q_proj.weight", kHidden, kHidden, 1),
          RandomTensor(kLayer + "self_attn.k_proj.weight", kHidden, kHidden, 2),
          RandomTensor(kLayer + "self_attn.v_proj.weight", kHidden, kHidden, 3),
          RandomTensor(kLayer + "self_attn.o_proj.weight", kHidden, kHidden, 4),
          RandomTensor(kLayer + "mlp.gate_proj.weight", kInner, kHidden, 5),
          RandomTensor(kLayer + "mlp.up_proj.weight", kInner, kHidden, 6),
          RandomTensor(kLayer + "mlp.down_proj.weight", kHidden, kInner, 7)};
}

std::vector<float> Means(size_t count, uint64_t seed) {
  lutgemm::test::Random random(seed);
  std::vector<float> means = random.Normals(count);
  for (float& mean : means) mean = std::exp(2 * mean);
  return means;
}

// Importance of q_proj, o_proj and down_proj by their GGUF names.
void WriteImportance(const std::string& path) {
  WriteText(path, importance::Binary({{"blk.0.attn_q.weight", 1, Means(kHidden, 11)},
                                      {"blk.0.attn_output.weight", 1, Means(kHidden, 12)},
                                      {"blk.0.ffn_down.weight", 1, Means(kInner, 13)}}));
}

QuantSpec Spec() { return {WeightFormat::kInt2, 32, ZeroKind::kNone, Elem::kF16, true}; }

std::vector<std::string> Repack(const TempDir& dir) {
  return {"repack", dir / "in", "-o", dir / "out",    "--format",
          "int2",   "--group",  "32", "--importance", dir / "imatrix"};
}

void CheckSame(const PackedFile& file, const std::string& name, const QuantizedMatrix& want) {
  CAPTURE(name);
  const auto weights = file.Get(name);
  REQUIRE_MESSAGE(weights.ok(), weights.status().text());
  const auto got = Unpack(*weights);
  REQUIRE(got.ok());
  CHECK(got->codes == want.codes);
  CHECK(got->scales == want.scales);
}

QuantizedMatrix Made(const Tensor& tensor, const std::vector<float>& columns) {
  const Tensor2D matrix{tensor.values.data(), Elem::kF32, tensor.shape[0], tensor.shape[1], 0};
  auto made = Quantize(matrix, Spec(), QuantizeOptions{.importance = columns});
  REQUIRE(made.ok());
  return *std::move(made);
}

}  // namespace

TEST_CASE("importance weighs the search, and the report names tensors without") {
  const TempDir dir;
  const std::vector<Tensor> model = Model();
  WriteSafetensors(dir / "in", model);
  WriteImportance(dir / "imatrix");
  const Json report = RunJson(dir, Repack(dir));
  CHECK(report["without_importance"] ==
        Json::array({model[1].name, model[2].name, model[4].name, model[5].name}));
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  CheckSame(*file, model[0].name, Made(model[0], Means(kHidden, 11)));
  CheckSame(*file, model[1].name, Made(model[1], {}));
  CheckSame(*file, model[3].name, Made(model[3], Means(kHidden, 12)));
  CheckSame(*file, model[6].name, Made(model[6], Means(kInner, 13)));
  CHECK(Made(model[0], Means(kHidden, 11)).codes != Made(model[0], {}).codes);

  std::vector<std::string> again = Repack(dir);
  again.push_back("--force");
  const Outcome shown = Run(dir, again);
  CHECK(shown.code == 0);
  CHECK(shown.out.find("importance      of 3 tensors; not in " + dir / "imatrix" + ": 4\n  " +
                       model[1].name + "\n") != std::string::npos);
}

TEST_CASE("importance follows the order of channels") {
  const TempDir dir;
  const std::vector<Tensor> model = Model();
  WriteSafetensors(dir / "in", model);
  WriteImportance(dir / "imatrix");
  std::vector<std::string> repack = Repack(dir);
  repack.insert(repack.end(), {"--order", "head", "--head-dim", "32"});
  REQUIRE(Run(dir, repack).code == 0);
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE(file.ok());
  // down_proj's columns stand in the order that the file tells.
  const FileTensor* stored = nullptr;
  for (const FileTensor& tensor : file->file().tensors()) {
    if (tensor.name.starts_with("channel_order.") && tensor.shape[0] == kInner) stored = &tensor;
  }
  REQUIRE(stored != nullptr);
  ChannelOrder order;
  order.from.resize(kInner);
  std::memcpy(order.from.data(), stored->bytes.data(), stored->bytes.size());
  Tensor down = model[6];
  std::vector<float> means = Means(kInner, 13), turned = means;
  for (size_t col = 0; col < kInner; ++col) {
    turned[col] = means[order.from[col]];
    for (size_t row = 0; row < kHidden; ++row) {
      down.values[row * kInner + col] = model[6].values[row * kInner + order.from[col]];
    }
  }
  REQUIRE(turned != means);
  CheckSame(*file, down.name, Made(down, turned));
}

TEST_CASE("verify quantises again with the same importance") {
  const TempDir dir;
  WriteSafetensors(dir / "in", Model());
  WriteImportance(dir / "imatrix");
  const std::vector<std::string> verify = {"verify", dir / "out", "--against", dir / "in"};
  std::vector<std::string> weighed = verify;
  weighed.insert(weighed.end(), {"--importance", dir / "imatrix"});
  for (const std::string order : {"none", "head"}) {
    CAPTURE(order);
    std::vector<std::string> repack = Repack(dir);
    repack.insert(repack.end(), {"--force", "--order", order});
    if (order != "none") repack.insert(repack.end(), {"--head-dim", "32"});
    REQUIRE(Run(dir, repack).code == 0);
    CHECK(Run(dir, weighed).code == 0);
    const Outcome without = Run(dir, verify);
    CHECK(without.code == 1);
    CHECK(without.out.find("q_proj.weight': ") != std::string::npos);
    CHECK(without.out.find("k_proj.weight': ") == std::string::npos);
  }
  WriteText(dir / "imatrix", importance::Binary({{"blk.0.attn_q.weight", 1, Means(63, 1)}}));
  CHECK(Run(dir, weighed).out.find("has 63 values") != std::string::npos);
  CHECK(Run(dir, {"verify", dir / "out", "--importance", dir / "imatrix"}).code == 2);
}

TEST_CASE("verify finds the importance of quantised weights, in their order, and of experts") {
  const TempDir dir;
  WriteText(dir / "in", GptqWithOrder().Bytes());
  WriteText(dir / "config.json", kGptqConfig);
  WriteText(dir / "imatrix", importance::Binary({{"p.weight", 1, Means(kHidden, 15)}}));
  REQUIRE(Run(dir, Repack(dir)).code == 0);
  const std::vector<std::string> verify = {"verify", dir / "out", "--against", dir / "in"};
  std::vector<std::string> weighed = verify;
  weighed.insert(weighed.end(), {"--importance", dir / "imatrix"});
  CHECK(Run(dir, weighed).code == 0);
  CHECK(Run(dir, verify).code == 1);

  std::filesystem::remove(dir / "config.json");
  lutgemm::test::Random random(8);
  const Tensor stack{"blk.0.ffn_up_exps.weight", {3, 32, 64}, random.Normals(3 * 32 * 64)};
  WriteSafetensors(dir / "in", {stack});
  WriteText(dir / "imatrix",
            importance::Gguf({{stack.name + ".in_sum2", {64, 3}, Means(3 * 64, 14)},
                              {stack.name + ".counts", {1, 3}, {4, 1, 2}}}));
  std::vector<std::string> repack = Repack(dir);
  repack.push_back("--force");
  REQUIRE(Run(dir, repack).code == 0);
  CHECK(Run(dir, weighed).code == 0);
  CHECK(Run(dir, verify).code == 1);
}

TEST_CASE("experts of a stack have importance of their own") {
  const TempDir dir;
  lutgemm::test::Random random(8);
  const Tensor stack{"blk.0.ffn_up_exps.weight", {3, 32, 64}, random.Normals(3 * 32 * 64)};
  WriteSafetensors(dir / "in", {stack});
  const std::vector<float> sums = Means(3 * 64, 14);
  WriteText(dir / "imatrix", importance::Gguf({{stack.name + ".in_sum2", {64, 3}, sums},
                                               {stack.name + ".counts", {1, 3}, {4, 1, 0}}}));
  const Json report = RunJson(dir, Repack(dir));
  CHECK(report["without_importance"].empty());
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE(file.ok());
  for (size_t i = 0; i < 3; ++i) {
    const auto* values = stack.values.data() + i * 32 * 64;
    const Tensor expert{"", {32, 64}, {values, values + 32 * 64}};
    // The third met no token: its columns count alike.
    const std::vector<float> means(&sums[i * 64], &sums[i * 64] + 64);
    CheckSame(*file, stack.name + "[" + std::to_string(i) + "]",
              Made(expert, i == 2 ? std::vector<float>() : means));
  }
}

TEST_CASE("a wrong size, a broken file and the file as output are refused before any work") {
  const TempDir dir;
  WriteSafetensors(dir / "in", Model());
  WriteText(dir / "imatrix", importance::Binary({{"blk.0.attn_q.weight", 1, Means(63, 1)}}));
  const Outcome wrong = Run(dir, Repack(dir));
  CHECK(wrong.code == 3);
  CHECK(wrong.err.find("tensor 'model.layers.0.self_attn.q_proj.weight': importance "
                       "'blk.0.attn_q.weight' has 63 values; the tensor has 64 columns") !=
        std::string::npos);
  WriteText(dir / "imatrix", "nonsense");
  const Outcome broken = Run(dir, Repack(dir));
  CHECK(broken.code == 3);
  CHECK(broken.err.find("imatrix: is no importance matrix") != std::string::npos);
  WriteImportance(dir / "imatrix");
  const Outcome onto = Run(dir, {"repack", dir / "in", "-o", dir / "imatrix", "--force",
                                 "--importance", dir / "imatrix"});
  CHECK(onto.code != 0);
  CHECK(dir.Names() == std::set<std::string>{"in", "imatrix"});
}

TEST_CASE("without a file nothing is weighed") {
  const auto weighing = tools::Weighing::Read("");
  REQUIRE(weighing.ok());
  CHECK_FALSE(weighing->on());
  CHECK(tools::Weighing::Read("/absent").status().code() == Code::kIo);
}
