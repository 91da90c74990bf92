#include "import/quant_state.h"

#include "checkpoint.h"

namespace lutgemm::importing {
namespace {

Result<QuantState> Parsed(const std::string& json) {
  const io_test::Aligned bytes(json);
  FileTensor tensor;
  tensor.name = "s";
  tensor.dtype = "U8";
  tensor.shape = {json.size()};
  tensor.bytes = bytes.span();
  return ParseQuantState(tensor);
}

TEST_CASE("quant state: numbers of all spellings") {
  const auto state = Parsed(R"({"quant_type": "nf4", "blocksize": 64, "shape": [4096, 11008],
      "nested_blocksize": 256, "nested_offset": 4.5e-2, "other": {"blocksize": 1}})");
  REQUIRE(state.ok());
  CHECK(state->block == 64);
  CHECK(state->shape == std::vector<uint64_t>{4096, 11008});
  CHECK(state->nested_block == 256);
  CHECK(state->nested_offset == 0.045f);
  CHECK(Parsed(R"({"blocksize": 1, "shape": [1], "nested_offset": -1})")->nested_offset == -1);
  CHECK(Parsed(R"({"blocksize": 1, "shape": [1], "nested_offset": 2})")->nested_offset == 2);
}

TEST_CASE("quant state: what is none") {
  const auto code = [](const std::string& json) {
    const auto state = Parsed(json);
    REQUIRE_FALSE(state.ok());
    CHECK(import_test::Contains(state.status().text(), "tensor 's'"));
    return state.status().code();
  };
  CHECK(code("") == Code::kCorruptFile);
  CHECK(code("{") == Code::kCorruptFile);
  CHECK(code("[64]") == Code::kCorruptFile);
  CHECK(code(R"({"blocksize": 64})") == Code::kCorruptFile);
  CHECK(code(R"({"shape": [1, 2]})") == Code::kCorruptFile);
  CHECK(code(R"({"blocksize": 1, "shape": [1], "nested_offset": 1e99})") == Code::kNotFinite);
  CHECK(code(R"({"blocksize": 1, "shape": [1], "nested_offset": "1"})") == Code::kNotFinite);
}

}  // namespace
}  // namespace lutgemm::importing
