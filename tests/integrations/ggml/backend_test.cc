// The back end for ggml, loaded as a host loads it: memory, versions, failures.
#include "integrations/ggml/session.h"

namespace lutgemm::test {

TEST_CASE("every type: products of any number of tokens, and the bytes come back") {
  Random random(1);
  for (const int version : {2, 3}) {
    Session session(version);
    for (const BlockKind& kind : BlockKinds()) {
      CAPTURE(version);
      CAPTURE(kind.type);
      const Tensor like = WeightsOf(kind);
      const size_t bytes = lutgemm_gguf_bytes(kind.type, kN, kK);
      const std::vector<uint8_t> data = RandomBlocks(kind, bytes, random);
      const std::vector<double> weights = ValuesOf(kind.type, kN, kK, data);
      Loaded loaded(session.device, like);
      loaded.Set(data.data(), 0, bytes);
      CHECK(loaded.Get(0, bytes) == data);
      for (const size_t m : {0, 1, 2, 5, 33, 512}) {
        CAPTURE(m);
        const std::vector<float> act = random.Normals(m * kK);
        std::vector<float> out(m * kN);
        Tensor tokens = MakeTensor(kTypeF32, {kK, static_cast<int64_t>(m)});
        tokens.data = const_cast<float*>(act.data());
        Tensor node = ProductOf(&loaded.tensor(), &tokens, out.data());
        REQUIRE(session.device->calls.supports_op(session.device, &node));
        REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
        for (size_t token = 0; token<m; token += m> 33 ? 37 : 1) {
          const float* row = act.data() + token * kK;
          CheckToken(weights.data(), {row, row + kK}, out.data() + token * kN);
        }
      }
    }
  }
}

TEST_CASE("bytes may come in parts, in any order, again, or be read in parts") {
  Random random(3);
  Session session(3);
  for (const BlockKind& kind : BlockKinds()) {
    CAPTURE(kind.type);
    const size_t bytes = 3 * lutgemm_gguf_bytes(kind.type, kN, kK);
    std::vector<uint8_t> data = RandomBlocks(kind, bytes, random);
    Loaded loaded(session.device, WeightsOf(kind, 3));
    const size_t cut = bytes / 3 + 7, late = bytes - 1000;
    loaded.Set(data.data() + late, late, bytes - late);
    loaded.Set(data.data(), 0, cut);
    CHECK(loaded.Get(0, cut) ==
          std::vector<uint8_t>(data.begin(), data.begin() + static_cast<ptrdiff_t>(cut)));
    loaded.Set(data.data() + cut - 5, cut - 5, late - cut + 10);
    CHECK(loaded.Get(0, bytes) == data);
    // A block of the middle matrix is another one.
    const std::vector<uint8_t> block = RandomBlocks(kind, kind.bytes, random);
    const size_t at = bytes / 3 + 2 * kind.bytes;
    std::copy(block.begin(), block.end(), data.begin() + static_cast<ptrdiff_t>(at));
    loaded.Set(block.data(), at, block.size());
    CHECK(loaded.Get(at, block.size()) == block);
    CHECK(loaded.Get(0, bytes) == data);
  }
}

TEST_CASE("hosts and settings that are not known are refused") {
  Facts() = {};
  for (const int version : {1, 4}) {
    Facts().api_version = version;
    CHECK(LoadBackend() == nullptr);
  }
  Facts() = {};
  Facts().odd_tensors = true;
  CHECK(LoadBackend() == nullptr);
  Facts() = {};
  const char* const wrong[][2] = {{"LUTGEMM_GGML_MODE", "best"},
                                  {"LUTGEMM_GGML_THREADS", "-1"},
                                  {"LUTGEMM_GGML_THREADS", "2 or 3"},
                                  {"LUTGEMM_GGML_SUMMARY", "yes"},
                                  {"LUTGEMM_GGML_SKIP", "ffn_(down"}};
  for (const auto& [name, value] : wrong) {
    setenv(name, value, 1);
    CHECK(LoadBackend() == nullptr);
    unsetenv(name);
  }
  CHECK(LoadBackend() != nullptr);
}

TEST_CASE("what is not taken over") {
  Session session(2);
  const auto supports = [&](const Tensor& node) {
    return session.device->calls.supports_op(session.device, &node);
  };
  Loaded loaded(session.device, WeightsOf(BlockKinds()[0]));
  Tensor act = MakeTensor(kTypeF32, {kK, 1});
  Tensor node = ProductOf(&loaded.tensor(), &act, nullptr);
  CHECK(supports(node));
  Tensor other = node;
  other.op = kAdd;
  CHECK_FALSE(supports(other));
  other.op = kView;
  CHECK(supports(other));
  Tensor elsewhere = loaded.tensor();
  elsewhere.buffer = nullptr;
  other = node;
  other.src[0] = &elsewhere;
  CHECK_FALSE(supports(other));
  Tensor view = loaded.tensor();
  view.view_src = &loaded.tensor();
  other.src[0] = &view;
  CHECK_FALSE(supports(other));
  Tensor floats = loaded.tensor();
  floats.type = kTypeF32;
  other.src[0] = &floats;
  CHECK_FALSE(supports(other));
  Tensor integers = act;
  integers.type = 26;
  other = node;
  other.src[1] = &integers;
  CHECK_FALSE(supports(other));
}

TEST_CASE("failures are answered, and end nothing") {
  Random random(6);
  Session session(2);
  BufferType* type = session.device->calls.get_buffer_type(session.device);
  CHECK(AllocBuffer(type, size_t{1} << 62) == nullptr);
  const BlockKind& kind = BlockKinds()[0];
  std::vector<uint8_t> data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  Loaded loaded(session.device, WeightsOf(kind));
  std::vector<float> act = random.Normals(kK), out(kN);
  Tensor tokens = MakeTensor(kTypeF32, {kK, 1});
  tokens.data = act.data();
  Tensor node = ProductOf(&loaded.tensor(), &tokens, out.data());
  // Before weights have come.
  CHECK(Compute(session.backend, &node) == kStatusFailed);
  // A scale that is NaN: nothing to multiply by, but bytes to be read, and others to be set.
  std::vector<uint8_t> broken = data;
  broken[1] = 0x7f;
  loaded.Set(broken.data(), 0, broken.size());
  CHECK(Compute(session.backend, &node) == kStatusFailed);
  CHECK(loaded.Get(0, broken.size()) == broken);
  loaded.Set(data.data() + 1, 1, 1);
  CHECK(Compute(session.backend, &node) == kStatusSuccess);
  // Weights that the back end has no memory of.
  Tensor foreign = loaded.tensor();
  foreign.buffer = nullptr;
  node.src[0] = &foreign;
  CHECK(Compute(session.backend, &node) == kStatusFailed);
}

}  // namespace lutgemm::test
