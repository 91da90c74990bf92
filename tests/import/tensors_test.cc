#include "import/tensors.h"

#include "checkpoint.h"

namespace lutgemm::importing {
namespace {

FileTensor Tensor(std::string_view dtype, const Sizes& shape, std::span<const std::byte> bytes) {
  FileTensor tensor;
  tensor.name = "t";
  tensor.dtype = dtype;
  tensor.shape = shape;
  tensor.bytes = bytes;
  return tensor;
}

TEST_CASE("tensors: groups of scales") {
  const std::byte byte{};
  const FileTensor scales = Tensor("F16", {1}, {&byte, 1});
  const TensorFile file;
  const auto group = [&](const std::vector<uint64_t>& config, size_t k, size_t groups) {
    Source source{file, {}, {}};
    source.config.groups = config;
    const auto result = GroupOf(source, scales, k, groups);
    return result.ok() ? *result : 1u;
  };
  CHECK(group({}, 100, 1) == kWholeRow);
  CHECK(group({128}, 256, 2) == 128);
  CHECK(group({}, 256, 4) == 64);
  CHECK(group({128}, 256, 4) == 64);     // modules may have groups of their own
  CHECK(group({32, 48}, 100, 3) == 48);  // 36 would be as good
  CHECK(group({0, 300}, 100, 3) == 1);   // no size that fits
  CHECK(group({}, 100, 0) == 1);
  CHECK(group({}, 100, 101) == 1);
  CHECK(group({~uint64_t{0}}, 100, 3) == 1);
}

TEST_CASE("tensors: scales of one byte") {
  const io_test::Aligned bytes(std::string("\x38\x7e\x01\x00", 4));
  const FileTensor scales = Tensor("F8_E4M3", {4}, bytes.span());
  std::vector<float> out(3);
  CHECK(ScaleElem(scales) == Elem::kE4m3);
  CHECK(LoadScales(scales, Elem::kE4m3, 1, out).ok());
  CHECK(out == std::vector<float>{448, 0x1p-9f, 0});
  CHECK(*ScaleAt(scales, Elem::kE4m3, 0) == 1);
  CHECK(ScaleElem(Tensor("U8", {4}, bytes.span())) == Elem::kE8m0);
  CHECK(*ScaleAt(scales, Elem::kE8m0, 1) == 0.5f);
}

TEST_CASE("tensors: types and shapes in the text of an error") {
  const std::byte bytes[4] = {};
  const FileTensor tensor = Tensor("U8", {2, 2}, bytes);
  CHECK(CheckTensor(tensor, {"U8"}, {2, kAnySize}).ok());
  CHECK(CheckTensor(tensor, {"I8", "U16"}, {2, 2}).text() ==
        "tensor 't': has the type U8; it must be I8, U16");
  CHECK(CheckTensor(tensor, {"U8"}, {kAnySize, 3}).text() ==
        "tensor 't': has the shape [2, 2]; it must be [any, 3]");
  CHECK(CheckTensor(Tensor("U8", {0}, {}), {"U8"}, {kAnySize}).text() ==
        "tensor 't': has the shape [0]; it must be [any] and not empty");
}

// Companions may lie in different shards.
TEST_CASE("tensors: shards") {
  const test::TempDir folder;
  import_test::Checkpoint first, second;
  first.Add("p.qweight", "I32", {4, 1}, import_test::Words({1, 2, 3, 4}));
  second.Add("p.qzeros", "I32", {1, 1}, import_test::Words({0x76543210}));
  second.Add("p.scales", "F32", {1, 8}, import_test::Floats({1, 2, 3, 4, 5, 6, 7, 8}));
  folder.Put("a.safetensors", first.Bytes());
  folder.Put("b.safetensors", second.Bytes());
  folder.Put("config.json", R"({"quantization_config": {"quant_method": "awq"}})");
  const auto file = TensorFile::Open(
      folder.Put("model.safetensors.index.json",
                 R"({"weight_map": {"p.qweight": "a.safetensors", "p.qzeros": "b.safetensors",
          "p.scales": "b.safetensors"}})"));
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  const auto matrix = Import(*file, "p.weight");
  REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  CHECK(matrix->Value(0, 3) == 4);
}

}  // namespace
}  // namespace lutgemm::importing
