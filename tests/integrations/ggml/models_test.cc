// Models as hosts load, run and free them: again and again, several at once, from several threads;
// and what the back end says it can run, at any time.
#include "integrations/ggml/session.h"

#include <malloc.h>

#include <thread>

namespace lutgemm::test {
namespace {

constexpr size_t kTokens = 3;

// A model of one matrix of each kind in its own buffer.
class Model {
 public:
  Model(const Session& session, uint64_t seed) {
    Random random(seed);
    act_ = random.Normals(kTokens * kK);
    for (const BlockKind& kind : BlockKinds()) {
      const auto data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
      weights_.push_back(std::make_unique<Loaded>(session.device, WeightsOf(kind)));
      weights_.back()->Set(data.data(), 0, data.size());
    }
  }

  // The outputs of all products, run as one graph.
  std::vector<float> Run(Backend* backend) {
    std::vector<float> out(weights_.size() * kTokens * kN);
    Tensor tokens = MakeTensor(kTypeF32, {kK, kTokens});
    tokens.data = act_.data();
    std::vector<Tensor> nodes;
    std::vector<Tensor*> graph;
    for (size_t i = 0; i < weights_.size(); ++i) {
      nodes.push_back(ProductOf(&weights_[i]->tensor(), &tokens, out.data() + i * kTokens * kN));
    }
    for (Tensor& node : nodes) graph.push_back(&node);
    CHECK(Compute(backend, graph) == kStatusSuccess);
    return out;
  }

 private:
  std::vector<float> act_;
  std::vector<std::unique_ptr<Loaded>> weights_;
};

class OtherBackend {
 public:
  explicit OtherBackend(const Session& session)
      : backend_(session.device->calls.init_backend(session.device, "")) {}
  ~OtherBackend() { backend_->calls.free(backend_); }
  Backend* get() { return backend_; }

 private:
  Backend* backend_;
};

size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_CASE("a thousand loads, runs and frees leave nothing behind") {
  Session session(2);
  const auto cycle = [&](uint64_t seed) {
    Model model(session, seed);
    OtherBackend backend(session);
    model.Run(backend.get());
  };
  for (uint64_t seed = 0; seed < 5; ++seed) cycle(seed);
  const size_t before = BytesInUse();
  const uint64_t rounds = std::getenv("LUTGEMM_TEST_SAMPLE") != nullptr ? 50 : 1000;
  for (uint64_t seed = 0; seed < rounds; ++seed) cycle(seed % 7);
  // Allocators that count nothing say 0.
  CHECK(BytesInUse() <= before + (size_t{64} << 10));
}

TEST_CASE("two models at once, each by a thread and back end of its own") {
  Session session(3, "fast");
  std::vector<float> expected[2];
  for (size_t i = 0; i < 2; ++i) expected[i] = Model(session, i).Run(session.backend);
  CHECK(expected[0] != expected[1]);
  std::vector<float> found[2][4];
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (std::vector<float>& out : found[i]) {
        Model model(session, i);
        OtherBackend backend(session);
        out = model.Run(backend.get());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 2; ++i) {
    for (const std::vector<float>& out : found[i]) CHECK(out == expected[i]);
  }
}

TEST_CASE("one model by two contexts at once") {
  Session session(2, "fast");
  Model model(session, 3);
  const std::vector<float> expected = model.Run(session.backend);
  std::vector<float> found[2];
  std::vector<std::thread> threads;
  for (std::vector<float>& out : found) {
    threads.emplace_back([&] {
      OtherBackend backend(session);
      for (int round = 0; round < 8; ++round) out = model.Run(backend.get());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& out : found) CHECK(out == expected);
}

TEST_CASE("what is taken before weights are loaded is taken for any number of tokens") {
  Session session(2);
  BufferType* type = session.device->calls.get_buffer_type(session.device);
  Buffer nothing{};
  nothing.type = type;
  for (const BlockKind& kind : BlockKinds()) {
    CAPTURE(kind.type);
    Tensor like = WeightsOf(kind);
    like.buffer = &nothing;
    Tensor act = MakeTensor(kTypeF32, {kK, 512});
    const Tensor asked = ProductOf(&like, &act, nullptr);
    REQUIRE(session.device->calls.supports_op(session.device, &asked));
    Loaded loaded(session.device, WeightsOf(kind));
    for (const int64_t m : {0, 1, 2, 511, 4096}) {
      for (const int32_t elem : {kTypeF32, kTypeF16}) {
        // Whole, a part of wider rows, transposed.
        for (const size_t layout : {0, 1, 2}) {
          Tensor tokens = MakeTensor(elem, {kK, m});
          if (layout == 1) tokens.nb[1] *= 3;
          if (layout == 2) tokens.nb[0] *= static_cast<size_t>(m), tokens.nb[1] /= kK;
          const Tensor node = ProductOf(&loaded.tensor(), &tokens, nullptr);
          CHECK(session.device->calls.supports_op(session.device, &node));
        }
      }
    }
  }
}

}  // namespace lutgemm::test
