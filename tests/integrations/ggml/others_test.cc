// Whole graphs, as servers of RPC give them to a device: what is no product goes elsewhere.
#include "integrations/ggml/session.h"

namespace lutgemm::test {
namespace {

// A session whose device has nothing but its own memory.
class Alone {
 public:
  explicit Alone(bool processor) : set_(setenv("LUTGEMM_GGML_OWN_MEMORY", "1", 1)), session(2) {
    Facts().processor = processor;
  }
  ~Alone() {
    unsetenv("LUTGEMM_GGML_OWN_MEMORY");
    Facts().processor = false;
  }

 private:
  int set_;

 public:
  Session session;
};

Tensor SumOf(Tensor* a, Tensor* b, float* out) {
  Tensor node = MakeTensor(kTypeF32, {a->ne[0]});
  node.op = kAdd;
  node.src[0] = a;
  node.src[1] = b;
  node.data = out;
  return node;
}

// act + act, its product, and that product twice.
struct Chain {
  Chain(Tensor* weights, Random& random)
      : values(random.Normals(kK)), doubled(kK), product(kN), out(kN) {
    act = MakeTensor(kTypeF32, {kK, 1});
    act.data = values.data();
    first = SumOf(&act, &act, doubled.data());
    second = ProductOf(weights, &first, product.data());
    third = SumOf(&second, &second, out.data());
  }
  std::vector<float> values, doubled, product, out;
  Tensor act, first, second, third;
};

TEST_CASE("a graph with an operation that is not done here fails where the host was to ask") {
  Random random(31);
  Session session(2);
  Facts().processor = true;
  const BlockKind& kind = BlockKinds()[0];
  Loaded loaded(session.device, WeightsOf(kind));
  const std::vector<uint8_t> data =
      RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  loaded.Set(data.data(), 0, data.size());
  Chain chain(&loaded.tensor(), random);
  CHECK(Compute(session.backend, &chain.second) == kStatusSuccess);
  CHECK(Compute(session.backend, {&chain.first, &chain.second}) == kStatusFailed);
  CHECK(Compute(session.backend, {&chain.second, &chain.third}) == kStatusFailed);
  Facts().processor = false;
}

TEST_CASE("a device on its own runs other operations on the host's processor") {
  Random random(32);
  for (const bool processor : {true, false}) {
    CAPTURE(processor);
    Alone alone(processor);
    for (const BlockKind& kind : BlockKinds()) {
      CAPTURE(kind.type);
      const std::vector<uint8_t> data =
          RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
      // As much memory as the tensor's bytes, since clients of RPC take no more.
      const Tensor like = WeightsOf(kind);
      CHECK(AllocSize(alone.session.device->calls.get_buffer_type(alone.session.device), like) ==
            data.size());
      Loaded loaded(alone.session.device, like);
      loaded.Set(data.data(), 0, data.size() / 2);
      loaded.Set(data.data() + data.size() / 2, data.size() / 2, data.size() - data.size() / 2);
      CHECK(loaded.Get(0, data.size()) == data);
      CHECK(std::memcmp(loaded.tensor().data, data.data(), data.size()) == 0);
      Chain chain(&loaded.tensor(), random);
      const int32_t status =
          Compute(alone.session.backend, {&chain.first, &chain.second, &chain.third});
      REQUIRE(status == (processor ? kStatusSuccess : kStatusFailed));
      if (!processor) continue;
      CheckToken(ValuesOf(kind.type, kN, kK, data).data(),
                 {chain.doubled.begin(), chain.doubled.end()}, chain.product.data());
      for (size_t n = 0; n < kN; ++n) CHECK(chain.out[n] == 2 * chain.product[n]);
    }
  }
}

TEST_CASE("weights that have not come are no product of this device") {
  Random random(33);
  Alone alone(true);
  Loaded loaded(alone.session.device, WeightsOf(BlockKinds()[0]));
  Chain chain(&loaded.tensor(), random);
  // The processor here does not know products, and says so.
  CHECK(Compute(alone.session.backend, {&chain.first, &chain.second}) == kStatusFailed);
}

}  // namespace
}  // namespace lutgemm::test
