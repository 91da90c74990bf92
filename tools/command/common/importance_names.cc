#include "tools/command/common/importance_names.h"

#include <algorithm>
#include <charconv>

namespace lutgemm::tools {
namespace {

// Digits stand in the place of '#', the layer, and of '@', the expert.
struct Names {
  std::string_view gguf, hugging_face;
};
constexpr Names kNames[] = {
    {"token_embd.weight", "model.embed_tokens.weight"},
    {"output.weight", "lm_head.weight"},
    {"blk.#.attn_q.weight", "model.layers.#.self_attn.q_proj.weight"},
    {"blk.#.attn_k.weight", "model.layers.#.self_attn.k_proj.weight"},
    {"blk.#.attn_v.weight", "model.layers.#.self_attn.v_proj.weight"},
    {"blk.#.attn_output.weight", "model.layers.#.self_attn.o_proj.weight"},
    {"blk.#.ffn_gate.weight", "model.layers.#.mlp.gate_proj.weight"},
    {"blk.#.ffn_up.weight", "model.layers.#.mlp.up_proj.weight"},
    {"blk.#.ffn_down.weight", "model.layers.#.mlp.down_proj.weight"},
    {"blk.#.ffn_gate_inp.weight", "model.layers.#.mlp.gate.weight"},
    {"blk.#.ffn_gate_exps.weight", "model.layers.#.mlp.experts.@.gate_proj.weight"},
    {"blk.#.ffn_up_exps.weight", "model.layers.#.mlp.experts.@.up_proj.weight"},
    {"blk.#.ffn_down_exps.weight", "model.layers.#.mlp.experts.@.down_proj.weight"},
    {"blk.#.ffn_gate_inp.weight", "model.layers.#.block_sparse_moe.gate.weight"},
    {"blk.#.ffn_gate_exps.weight", "model.layers.#.block_sparse_moe.experts.@.w1.weight"},
    {"blk.#.ffn_up_exps.weight", "model.layers.#.block_sparse_moe.experts.@.w3.weight"},
    {"blk.#.ffn_down_exps.weight", "model.layers.#.block_sparse_moe.experts.@.w2.weight"},
};

struct Places {
  std::string_view layer, expert;  // digits
};

// Of a name that fits a pattern.
std::optional<Places> Fit(std::string_view pattern, std::string_view name) {
  Places places;
  for (const char wanted : pattern) {
    if (wanted == '#' || wanted == '@') {
      const size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
      if (digits == 0) return std::nullopt;
      (wanted == '#' ? places.layer : places.expert) = name.substr(0, digits);
      name.remove_prefix(digits);
    } else {
      if (!name.starts_with(wanted)) return std::nullopt;
      name.remove_prefix(1);
    }
  }
  return name.empty() ? std::optional(places) : std::nullopt;
}

std::string Fill(std::string_view pattern, const Places& places) {
  std::string name;
  for (const char c : pattern) {
    if (c == '#') {
      name += places.layer;
    } else if (c == '@') {
      name += places.expert;
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace

std::vector<OtherName> OtherNames(std::string_view tensor, size_t index) {
  std::vector<OtherName> others;
  const std::string expert = std::to_string(index);
  for (const Names& names : kNames) {
    if (auto places = Fit(names.gguf, tensor)) {
      places->expert = expert;
      others.push_back({Fill(names.hugging_face, *places)});
    }
    const auto places = Fit(names.hugging_face, tensor);
    if (!places) continue;
    OtherName other{Fill(names.gguf, *places)};
    if (!places->expert.empty()) {
      size_t number = 0;
      const char* end = places->expert.data() + places->expert.size();
      if (std::from_chars(places->expert.data(), end, number).ec != std::errc()) continue;
      other.expert = number;
    }
    others.push_back(std::move(other));
  }
  return others;
}

}  // namespace lutgemm::tools
