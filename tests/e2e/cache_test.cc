// Keys and values as block floating point in the engine: close to f32, and in any split of tokens
// the same.
#include "kit.h"

namespace lutgemm::e2e {
namespace {

using tiny_lm::CacheSpec;

tiny_lm::EngineSpec With(const std::optional<CacheSpec>& cache) {
  tiny_lm::EngineSpec spec;
  spec.prefill = 16;
  spec.cache = cache;
  return spec;
}

std::vector<float> LogitsWith(const tiny_lm::Model& model, const std::optional<CacheSpec>& cache,
                              size_t together = 64) {
  tiny_lm::Engine engine = MakeEngine(model, With(cache));
  return Logits(engine, Heldout(96), together);
}

TEST_CASE("more bits in the cache bring the logits closer to f32") {
  const tiny_lm::Model model = Load(kFull, std::nullopt);
  const std::vector<float> exact = LogitsWith(model, std::nullopt);
  double before = 1;
  for (const unsigned bits : {3u, 4u, 6u, 8u}) {
    const double nmse = Nmse(LogitsWith(model, CacheSpec{bits, 16, false}), exact);
    CHECK(nmse < before);
    before = nmse;
  }
  CHECK(before < 1e-4);
}

TEST_CASE("sorted channels: the same model, and no different where a block holds a head") {
  const tiny_lm::Model model = Load(kFull, std::nullopt);
  const std::vector<float> exact = LogitsWith(model, std::nullopt);
  CHECK(Nmse(LogitsWith(model, CacheSpec{8, 16, true}), exact) < 1e-4);
  const auto plain = LogitsWith(model, CacheSpec{4, 64, false});
  CHECK(Nmse(LogitsWith(model, CacheSpec{4, 64, true}), plain) < 1e-8);
}

TEST_CASE("keys and values do not depend on how many tokens come together") {
  const tiny_lm::Model model = Load(kFull, std::nullopt);
  const CacheSpec cache{5, 32, true};
  CHECK(Nmse(LogitsWith(model, cache, 1), LogitsWith(model, cache, 40)) < 1e-8);
}

TEST_CASE("an engine forgets its cache, and says what it takes") {
  const tiny_lm::Model model = Load(kFull, std::nullopt);
  tiny_lm::Engine engine = MakeEngine(model, With(CacheSpec{4, 32, false}));
  const std::vector<uint8_t> text = Heldout(40);
  const std::vector<float> first = Logits(engine, text, 40);
  CHECK(Logits(engine, text, 40) == first);
  // A head of 44: blocks of 32 and 12 channels, the latter stored as 16.
  CHECK(engine.cache_bits() == doctest::Approx((48 * 4 + 2 * 8) / 44.0));
  CHECK(tiny_lm::Engine::Make(model, With(CacheSpec{2, 32, false})).status().code() ==
        Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm::e2e
