// Products of a mixture of experts.
#include "integrations/ggml/session.h"

namespace lutgemm::test {
namespace {

// `used` of so many experts for each token.
void CheckExperts(const BlockKind& kind, size_t experts, size_t used) {
  Random random(7);
  Session session(2);
  const size_t part = lutgemm_gguf_bytes(kind.type, kN, kK);
  const std::vector<uint8_t> data = RandomBlocks(kind, experts * part, random);
  Loaded loaded(session.device, WeightsOf(kind, static_cast<int64_t>(experts)));
  loaded.Set(data.data(), 0, data.size());
  std::vector<std::vector<double>> weights;
  for (size_t i = 0; i < experts; ++i) {
    const auto begin = data.begin() + static_cast<ptrdiff_t>(i * part);
    weights.push_back(ValuesOf(kind.type, kN, kK, {begin, begin + static_cast<ptrdiff_t>(part)}));
  }
  for (const size_t tokens : {0, 1, 9, 40}) {
    // Activations of a token for all of its experts, and for each its own; ids with gaps.
    for (const size_t slots : {size_t{1}, used}) {
      CAPTURE(tokens);
      CAPTURE(slots);
      const std::vector<float> values = random.Normals(tokens * slots * kK);
      std::vector<int32_t> numbers(tokens * (used + 1));
      for (int32_t& number : numbers) number = random.Int(0, static_cast<int>(experts) - 1);
      std::vector<float> out(tokens * used * kN);
      const auto count = static_cast<int64_t>(tokens);
      Tensor act = MakeTensor(kTypeF32, {kK, static_cast<int64_t>(slots), count});
      act.data = const_cast<float*>(values.data());
      Tensor ids = MakeTensor(kTypeF32, {static_cast<int64_t>(used), count});
      ids.type = kTypeI32;
      ids.nb[1] = 4 * (used + 1);
      ids.data = numbers.data();
      Tensor node = MakeTensor(kTypeF32, {kN, static_cast<int64_t>(used), count});
      node.op = kMulMatId;
      node.src[0] = &loaded.tensor();
      node.src[1] = &act;
      node.src[2] = &ids;
      node.data = out.data();
      REQUIRE(session.device->calls.supports_op(session.device, &node));
      REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
      for (size_t i = 0; i < tokens * used; ++i) {
        const size_t token = i / used, slot = i % used;
        const float* row = values.data() + (token * slots + slot % slots) * kK;
        const auto expert = static_cast<size_t>(numbers[token * (used + 1) + slot]);
        CheckToken(weights[expert].data(), {row, row + kK}, out.data() + i * kN);
      }
      if (tokens == 0) continue;
      numbers[0] = static_cast<int32_t>(experts);
      CHECK(Compute(session.backend, &node) == kStatusFailed);
      ids.type = kTypeF32;
      CHECK_FALSE(session.device->calls.supports_op(session.device, &node));
    }
  }
}

}  // namespace

TEST_CASE("experts: each token with those that it names") { CheckExperts(BlockKinds()[4], 5, 3); }

TEST_CASE("hundreds of experts, as many used as large models use") {
  CheckExperts(BlockKinds()[0], 256, 8);
  CheckExperts(BlockKinds()[7], 512, 10);
}

TEST_CASE("all experts of a token, and one") {
  CheckExperts(BlockKinds()[4], 128, 128);
  CheckExperts(BlockKinds()[9], 33, 1);
}

}  // namespace lutgemm::test
