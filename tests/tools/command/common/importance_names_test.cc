// Names of weights in GGUF files and in Hugging Face checkpoints.
#include "tools/command/common/importance_names.h"

#include <doctest/doctest.h>

#include <algorithm>

using lutgemm::tools::OtherName;
using lutgemm::tools::OtherNames;

namespace {

// Whether `name`, of expert `expert` where that is given, is another name of a tensor.
bool IsOther(const std::string& tensor, size_t index, const OtherName& want) {
  const std::vector<OtherName> others = OtherNames(tensor, index);
  return std::any_of(others.begin(), others.end(), [&](const OtherName& other) {
    return other.name == want.name && other.expert == want.expert;
  });
}

}  // namespace

TEST_CASE("weights of a Llama have two names") {
  const std::pair<std::string, std::string> names[] = {
      {"attn_q", "self_attn.q_proj"}, {"attn_k", "self_attn.k_proj"},
      {"attn_v", "self_attn.v_proj"}, {"attn_output", "self_attn.o_proj"},
      {"ffn_gate", "mlp.gate_proj"},  {"ffn_up", "mlp.up_proj"},
      {"ffn_down", "mlp.down_proj"}};
  for (const std::string layer : {"0", "7", "126"}) {
    for (const auto& [gguf, hugging_face] : names) {
      CAPTURE(gguf);
      const std::string one = "blk." + layer + "." + gguf + ".weight";
      const std::string other = "model.layers." + layer + "." + hugging_face + ".weight";
      REQUIRE(OtherNames(one, 0).size() == 1);
      CHECK(IsOther(one, 0, {other}));
      REQUIRE(OtherNames(other, 0).size() == 1);
      CHECK(IsOther(other, 0, {one}));
    }
  }
  CHECK(IsOther("output.weight", 0, {"lm_head.weight"}));
  CHECK(IsOther("lm_head.weight", 0, {"output.weight"}));
  CHECK(IsOther("model.embed_tokens.weight", 0, {"token_embd.weight"}));
}

TEST_CASE("experts are one tensor here and many there") {
  constexpr struct {
    const char *gguf, *qwen, *mixtral;
  } kExperts[] = {
      {"gate", "gate_proj", "w1"}, {"up", "up_proj", "w3"}, {"down", "down_proj", "w2"}};
  for (const auto& [gguf, qwen, mixtral] : kExperts) {
    const std::string stack = std::string("blk.12.ffn_") + gguf + "_exps.weight";
    const std::string one = std::string("model.layers.12.mlp.experts.34.") + qwen + ".weight";
    const std::string other =
        std::string("model.layers.12.block_sparse_moe.experts.34.") + mixtral + ".weight";
    CHECK(IsOther(stack, 34, {one}));
    CHECK(IsOther(stack, 34, {other}));
    CHECK_FALSE(IsOther(stack, 3, {one}));
    CHECK(IsOther(one, 0, {stack, 34}));
    CHECK(IsOther(other, 0, {stack, 34}));
  }
}

TEST_CASE("names that neither convention gives out have no other") {
  for (const std::string name :
       {"", "blk", "blk..attn_q.weight", "blk.x.attn_q.weight", "blk.0.attn_q.weight.in_sum2",
        "xblk.0.attn_q.weight", "blk.0.attn_q.bias", "model.layers.0.self_attn.qkv_proj.weight",
        "model.layers.0.mlp.experts.99999999999999999999999.up_proj.weight"}) {
    CAPTURE(name);
    CHECK(OtherNames(name, 0).empty());
  }
}
