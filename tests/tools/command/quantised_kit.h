// Small checkpoints with quantised weights, for the commands that read them.
#ifndef LUTGEMM_TESTS_TOOLS_COMMAND_QUANTISED_KIT_H_
#define LUTGEMM_TESTS_TOOLS_COMMAND_QUANTISED_KIT_H_

#include "import/checkpoint.h"
#include "io/kit.h"
#include "tools/kit.h"

#include <string>
#include <vector>

namespace lutgemm::test::tool {

// Random blocks whose first `halves` f16 numbers are between 2^-8 and 2^-7.
inline std::string RandomBlocks(size_t blocks, size_t bytes, size_t halves) {
  Random random(blocks);
  std::string data(blocks * bytes, '\0');
  for (char& byte : data) byte = static_cast<char>(random.Bits());
  for (size_t block = 0; block < blocks; ++block) {
    for (size_t half = 0; half < halves; ++half) data[block * bytes + 2 * half + 1] = '\x1c';
  }
  return data;
}

// Q4_0, Q4_K with super-groups, IQ2_XXS that has no format here, Q8_0 embeddings, an F32 norm.
inline io_test::Gguf QuantisedGguf() {
  io_test::Gguf file;
  const auto add = [&file](const std::string& name, std::vector<uint64_t> dims, uint32_t type,
                           const std::string& data) {
    file.tensors.push_back(io_test::GgufDeclaration({name, dims, type, file.data.size()}));
    file.data += data;
  };
  add("blk.0.attn_q.weight", {64, 32}, 2, RandomBlocks(64, 18, 1));
  add("blk.0.ffn_up.weight", {256, 32}, 12, RandomBlocks(32, 144, 2));
  add("blk.0.ffn_down.weight", {256, 32}, 16, RandomBlocks(32, 66, 1));
  add("token_embd.weight", {64, 64}, 8, RandomBlocks(128, 34, 1));
  add("norm.weight", {64}, 0, import_test::Floats(std::vector<float>(64, 1.0f)));
  return file;
}

inline constexpr char kGptqConfig[] =
    R"({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 32}})";

// GPTQ of 4 bits, 32 x 64 in groups of 32 whose channels alternate, and a float head.
inline import_test::Checkpoint GptqWithOrder() {
  import_test::Random random(7);
  std::vector<uint32_t> groups(64);
  for (size_t k = 0; k < groups.size(); ++k) groups[k] = k % 2;
  import_test::Checkpoint file;
  file.Add("p.qweight", "I32", {8, 32}, import_test::Words(random.WordsOf(256)));
  file.Add("p.qzeros", "I32", {2, 4}, import_test::Words(random.WordsOf(8)));
  file.Add("p.scales", "F16", {2, 32}, import_test::Halves(std::vector<float>(64, 0.25f)));
  file.Add("p.g_idx", "I32", {64}, import_test::Words(groups));
  file.Add("lm_head.weight", "F32", {32, 64},
           import_test::Floats(RandomTensor("lm_head.weight", 32, 64).values));
  return file;
}

inline Json Named(const Json& list, const std::string& name) {
  for (const Json& one : list) {
    if (one["name"] == name) return one;
  }
  FAIL("no entry " << name);
  return {};
}

}  // namespace lutgemm::test::tool

#endif  // LUTGEMM_TESTS_TOOLS_COMMAND_QUANTISED_KIT_H_
