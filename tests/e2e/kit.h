// The language model of data/tiny_lm for the tests that run it.
#ifndef LUTGEMM_TESTS_E2E_KIT_H_
#define LUTGEMM_TESTS_E2E_KIT_H_

#include "support/nmse.h"
#include "support/temp_dir.h"
#include "tiny_lm/engine.hpp"
#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::e2e {

using test::Nmse;
using test::TempDir;

inline const std::string kData = LUTGEMM_SOURCE_DIR "/data/tiny_lm";
inline const std::string kFull = kData + "/full.safetensors";
inline const std::string kTernary = kData + "/ternary.safetensors";

inline std::vector<uint8_t> Heldout(size_t bytes) {
  std::ifstream file(kData + "/heldout.txt", std::ios::binary);
  std::vector<uint8_t> text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(text.size() >= bytes);
  text.resize(bytes);
  return text;
}

inline QuantSpec Spec(WeightFormat format, uint32_t group, ZeroKind zero = ZeroKind::kNone) {
  QuantSpec spec;
  spec.format = format;
  spec.group = group;
  spec.zero = zero;
  return spec;
}

inline tiny_lm::Model Load(const std::string& path, const std::optional<QuantSpec>& spec) {
  auto model = tiny_lm::LoadModel(path, spec);
  REQUIRE_MESSAGE(model.ok(), model.status().text());
  return *std::move(model);
}

inline tiny_lm::Engine MakeEngine(const tiny_lm::Model& model, const tiny_lm::EngineSpec& spec) {
  auto engine = tiny_lm::Engine::Make(model, spec);
  REQUIRE_MESSAGE(engine.ok(), engine.status().text());
  return *std::move(engine);
}

// Logits of every token, from an empty context, given to the engine `together` at a time.
inline std::vector<float> Logits(tiny_lm::Engine& engine, const std::vector<uint8_t>& tokens,
                                 size_t together) {
  const size_t vocab = engine.config().vocab;
  const std::vector<tiny_lm::Token> ids(tokens.begin(), tokens.end());
  std::vector<float> logits(ids.size() * vocab);
  engine.Reset();
  for (size_t i = 0; i < ids.size(); i += together) {
    const size_t count = std::min(together, ids.size() - i);
    const Status status = engine.Forward({&ids[i], count}, std::span(logits).subspan(i * vocab));
    REQUIRE_MESSAGE(status.ok(), status.text());
  }
  return logits;
}

}  // namespace lutgemm::e2e

#endif  // LUTGEMM_TESTS_E2E_KIT_H_
