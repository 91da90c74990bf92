// A small Llama model in a GGUF file: random weights, byte-level vocabulary with some merges.
#ifndef LUTGEMM_TESTS_LLAMA_KIT_H_
#define LUTGEMM_TESTS_LLAMA_KIT_H_

#include "io/kit.h"

#include <lutgemm/lutgemm.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lutgemm::llama_test {

using io_test::GgufKey;
using io_test::GgufString;
using io_test::Little;
using test::TempDir;

// How vocabularies spell a byte: printable ones as themselves, the others from 256 on.
inline std::string Spelling(unsigned byte) {
  unsigned code = byte;
  const auto itself = [](unsigned b) {
    return (b > 32 && b < 127) || (b > 160 && b != 173 && b < 256);
  };
  if (!itself(byte)) {
    code = 256;
    for (unsigned b = 0; b < byte; ++b) code += itself(b) ? 0 : 1;
  }
  if (code < 128) return {static_cast<char>(code)};
  return {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
}

inline std::string Strings(const std::vector<std::string>& texts) {
  std::string bytes = Little(8, 4) + Little(texts.size(), 8);
  for (const std::string& text : texts) bytes += GgufString(text);
  return bytes;
}

inline std::string Integers(const std::vector<int32_t>& values) {
  std::string bytes = Little(5, 4) + Little(values.size(), 8);
  for (const int32_t value : values) bytes += Little(static_cast<uint32_t>(value), 4);
  return bytes;
}

// Value type and bytes of a key.
using Value = std::pair<uint32_t, std::string>;
inline Value Number(uint64_t value) { return {4, Little(value, 4)}; }
inline Value Real(float value) { return {6, Little(std::bit_cast<uint32_t>(value), 4)}; }
inline Value Word(std::string_view text) { return {8, GgufString(text)}; }

struct TestTensor {
  std::vector<uint64_t> shape;  // outermost first
  std::vector<float> values;
  uint32_t type = 0;     // F32, or a type of blocks
  std::string blocks{};  // of that

  std::string bytes() const {
    std::string bytes = blocks;
    if (type != 0) return bytes;
    for (const float value : values) bytes += Little(std::bit_cast<uint32_t>(value), 4);
    return bytes;
  }
};

struct TestModel {
  std::map<std::string, Value> keys;
  std::vector<std::pair<std::string, TestTensor>> tensors;

  const std::vector<float>& operator[](std::string_view name) const {
    for (const auto& [key, tensor] : tensors) {
      if (key == name) return tensor.values;
    }
    FAIL(name);
    return tensors.front().second.values;
  }
  TestTensor& At(std::string_view name) {
    for (auto& [key, tensor] : tensors) {
      if (key == name) return tensor;
    }
    FAIL(name);
    return tensors.front().second;
  }
  void Remove(std::string_view name) {
    std::erase_if(tensors, [&](const auto& entry) { return entry.first == name; });
  }

  std::string bytes() const {
    io_test::Gguf file;
    for (const auto& [key, value] : keys)
      file.keys.push_back(GgufKey(key, value.first, value.second));
    for (const auto& [name, tensor] : tensors) {
      file.tensors.push_back(io_test::GgufDeclaration(
          {name, {tensor.shape.rbegin(), tensor.shape.rend()}, tensor.type, file.data.size()}));
      file.data += tensor.bytes();
      file.data.resize((file.data.size() + 31) / 32 * 32);
    }
    return file.bytes();
  }
};

// 0 to 255 are the bytes, then merged tokens, then special ones.
inline std::vector<std::string> Vocabulary() {
  std::vector<std::string> tokens;
  for (unsigned byte = 0; byte < 256; ++byte) tokens.push_back(Spelling(byte));
  const std::string space = Spelling(' ');
  for (const std::string& text :
       {std::string("he"), std::string("ll"), std::string("hell"), std::string("hello"),
        space + "w", std::string("or"), space + "wor"}) {
    tokens.push_back(text);
  }
  for (const char* text : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"})
    tokens.emplace_back(text);
  return tokens;
}
inline constexpr uint32_t kHe = 256, kLl = 257, kHell = 258, kHello = 259, kW = 260, kOr = 261,
                          kWor = 262, kEndOfText = 263, kImStart = 264, kImEnd = 265, kTokens = 266;

inline std::map<std::string, Value> TokenizerKeys() {
  std::vector<int32_t> types(kTokens, 1);
  for (size_t i = kEndOfText; i < kTokens; ++i) types[i] = 3;
  const std::string space = Spelling(' ');
  return {{"tokenizer.ggml.model", Word("gpt2")},
          {"tokenizer.ggml.pre", Word("smollm")},
          {"tokenizer.ggml.tokens", {9, Strings(Vocabulary())}},
          {"tokenizer.ggml.token_type", {9, Integers(types)}},
          {"tokenizer.ggml.merges",
           {9, Strings({"h e", "l l", "he ll", "hell o", space + " w", "o r", space + "w or"})}},
          {"tokenizer.ggml.eos_token_id", Number(kImEnd)},
          {"tokenizer.ggml.bos_token_id", Number(kImStart)}};
}

inline constexpr size_t kHidden = 32, kHeads = 4, kKvHeads = 2, kHeadDim = 8, kFfn = 48,
                        kLayers = 2;

// Two layers, two query heads for each of keys and values, output tied to the tokens' rows.
inline TestModel SmallLlama() {
  TestModel model;
  model.keys = TokenizerKeys();
  model.keys.insert({{"general.architecture", Word("llama")},
                     {"llama.block_count", Number(kLayers)},
                     {"llama.context_length", Number(64)},
                     {"llama.embedding_length", Number(kHidden)},
                     {"llama.feed_forward_length", Number(kFfn)},
                     {"llama.attention.head_count", Number(kHeads)},
                     {"llama.attention.head_count_kv", Number(kKvHeads)},
                     {"llama.attention.layer_norm_rms_epsilon", Real(1e-3f)},
                     {"llama.rope.freq_base", Real(100)},
                     {"llama.rope.dimension_count", Number(6)},
                     {"llama.vocab_size", Number(kTokens)}});
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 1);
  const auto add = [&](const std::string& name, std::vector<uint64_t> shape) {
    TestTensor tensor{std::move(shape), {}};
    uint64_t count = 1;
    for (const uint64_t extent : tensor.shape) count *= extent;
    const float deviation = tensor.shape.size() == 1 ? 0.1f : 0.25f;
    const float mean = tensor.shape.size() == 1 ? 1.0f : 0.0f;
    for (uint64_t i = 0; i < count; ++i) tensor.values.push_back(mean + deviation * normal(random));
    model.tensors.emplace_back(name, std::move(tensor));
  };
  add("token_embd.weight", {kTokens, kHidden});
  for (size_t layer = 0; layer < kLayers; ++layer) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    add(prefix + "attn_norm.weight", {kHidden});
    add(prefix + "attn_q.weight", {kHeads * kHeadDim, kHidden});
    add(prefix + "attn_k.weight", {kKvHeads * kHeadDim, kHidden});
    add(prefix + "attn_v.weight", {kKvHeads * kHeadDim, kHidden});
    add(prefix + "attn_output.weight", {kHidden, kHeads * kHeadDim});
    add(prefix + "ffn_norm.weight", {kHidden});
    add(prefix + "ffn_gate.weight", {kFfn, kHidden});
    add(prefix + "ffn_up.weight", {kFfn, kHidden});
    add(prefix + "ffn_down.weight", {kHidden, kFfn});
  }
  add("output_norm.weight", {kHidden});
  return model;
}

inline TensorFile OpenModel(const TempDir& dir, const TestModel& model) {
  dir.Put("m.gguf", model.bytes());
  auto file = TensorFile::Open(dir / "m.gguf");
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  return *std::move(file);
}

}  // namespace lutgemm::llama_test

#endif  // LUTGEMM_TESTS_LLAMA_KIT_H_
