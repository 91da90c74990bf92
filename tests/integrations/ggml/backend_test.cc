// The back end for ggml, loaded as a host loads it.
#include "integrations/ggml/blocks.h"
#include "integrations/ggml/host.h"

#include <dlfcn.h>
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

namespace lutgemm::test {
namespace {

using namespace lutgemm_ggml;

constexpr size_t kK = 512, kN = 48;

// A back end of this interface version and mode, without threads of its own.
class Session {
 public:
  explicit Session(int version, const char* mode = "exact") {
    Facts() = {};
    Facts().api_version = version;
    setenv("LUTGEMM_GGML_MODE", mode, 1);
    registry = LoadBackend();
    REQUIRE(registry != nullptr);
    device = registry->get_device(registry, 0);
    backend = device->calls.init_backend(device, "");
    REQUIRE(backend != nullptr);
  }
  ~Session() { backend->calls.free(backend); }

  Registry* registry;
  Device* device;
  Backend* backend;
};

// What hosts call before a graph.
void SetThreads(const Session& session, int threads) {
  void* found = session.registry->get_proc_address(session.registry, "ggml_backend_set_n_threads");
  REQUIRE(found != nullptr);
  void (*set_threads)(Backend*, int) = nullptr;
  std::memcpy(&set_threads, &found, sizeof(set_threads));
  set_threads(session.backend, threads);
}

Tensor WeightsOf(const BlockKind& kind, int64_t parts2 = 1, int64_t parts3 = 1) {
  return MakeTensor(static_cast<int32_t>(kind.type), {kK, kN, parts2, parts3});
}

Tensor ProductOf(Tensor* weights, Tensor* act, float* out) {
  Tensor node = MakeTensor(kTypeF32, {weights->ne[1], act->ne[1], act->ne[2], act->ne[3]});
  node.op = kMulMat;
  node.src[0] = weights;
  node.src[1] = act;
  node.data = out;
  return node;
}

// Activations are rounded to 127 steps of the largest one of a token, at most half a step wrong
// each; float32 arithmetic adds less than a part in 2^12 of what is summed, for sums this long.
void CheckToken(const double* weights, const std::vector<double>& act, const float* out) {
  double largest = 0;
  for (const double a : act) largest = std::max(largest, std::fabs(a));
  for (size_t n = 0; n < kN; ++n) {
    double sum = 0, step = 0, all = 0;
    for (size_t k = 0; k < kK; ++k) {
      const double w = weights[n * kK + k];
      sum += w * act[k];
      step += std::fabs(w) * largest / 254;
      all += std::fabs(w * act[k]);
    }
    CAPTURE(n);
    REQUIRE(std::fabs(sum - static_cast<double>(out[n])) <= step + all * 0x1p-12);
  }
}

}  // namespace

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

TEST_CASE("batches that share weights, strides, and activations that lie apart") {
  Random random(2);
  Session session(2);
  const BlockKind& kind = BlockKinds()[7];
  // Two by three matrices, for four by three batches of five tokens.
  const size_t part = lutgemm_gguf_bytes(kind.type, kN, kK), parts = 6, batches = 12, m = 5;
  const std::vector<uint8_t> data = RandomBlocks(kind, parts * part, random);
  Loaded loaded(session.device, WeightsOf(kind, 2, 3));
  loaded.Set(data.data(), 0, data.size());
  CHECK(loaded.Get(0, data.size()) == data);
  std::vector<std::vector<double>> weights;
  for (size_t i = 0; i < parts; ++i) {
    weights.push_back(ValuesOf(kind.type, kN, kK,
                               {data.begin() + static_cast<ptrdiff_t>(i * part),
                                data.begin() + static_cast<ptrdiff_t>((i + 1) * part)}));
  }
  // In order; with gaps between tokens; elements apart, as after a transposition.
  for (const size_t layout : {0, 1, 2}) {
    CAPTURE(layout);
    const size_t token_step = layout == 2 ? 1 : kK + 24 * layout, step = layout == 2 ? m : 1;
    const size_t batch_step = layout == 2 ? kK * m : m * token_step;
    const std::vector<float> act = random.Normals(batches * batch_step);
    std::vector<float> out(batches * m * kN);
    Tensor tokens = MakeTensor(kTypeF32, {kK, m, 4, 3});
    tokens.nb[0] = 4 * step;
    tokens.nb[1] = 4 * token_step;
    tokens.nb[2] = 4 * batch_step;
    tokens.nb[3] = 4 * tokens.nb[2];
    tokens.data = const_cast<float*>(act.data());
    Tensor node = ProductOf(&loaded.tensor(), &tokens, out.data());
    REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
    for (size_t i = 0; i < batches * m; ++i) {
      const size_t batch = i / m, token = i % m;
      std::vector<double> row(kK);
      for (size_t k = 0; k < kK; ++k) {
        row[k] = static_cast<double>(act[batch * batch_step + token * token_step + k * step]);
      }
      const size_t of = batch % 4 / 2 + batch / 4 * 2;
      CheckToken(weights[of].data(), row, out.data() + i * kN);
    }
  }
}

TEST_CASE("experts: each token with those that it names") {
  Random random(7);
  Session session(2);
  const BlockKind& kind = BlockKinds()[4];
  const size_t part = lutgemm_gguf_bytes(kind.type, kN, kK), experts = 5, used = 3;
  const std::vector<uint8_t> data = RandomBlocks(kind, experts * part, random);
  Loaded loaded(session.device, WeightsOf(kind, experts));
  loaded.Set(data.data(), 0, data.size());
  std::vector<std::vector<double>> weights;
  for (size_t i = 0; i < experts; ++i) {
    const auto begin = data.begin() + static_cast<ptrdiff_t>(i * part);
    weights.push_back(ValuesOf(kind.type, kN, kK, {begin, begin + static_cast<ptrdiff_t>(part)}));
  }
  for (const size_t tokens : {0, 1, 9}) {
    // Activations of a token for all of its experts, and for each its own; ids with gaps.
    for (const size_t slots : {size_t{1}, used}) {
      CAPTURE(tokens);
      CAPTURE(slots);
      const std::vector<float> values = random.Normals(tokens * slots * kK);
      std::vector<int32_t> numbers(tokens * (used + 1));
      for (int32_t& number : numbers) number = random.Int(0, experts - 1);
      std::vector<float> out(tokens * used * kN);
      const auto count = static_cast<int64_t>(tokens);
      Tensor act = MakeTensor(kTypeF32, {kK, static_cast<int64_t>(slots), count});
      act.data = const_cast<float*>(values.data());
      Tensor ids = MakeTensor(kTypeF32, {used, count});
      ids.type = kTypeI32;
      ids.nb[1] = 4 * (used + 1);
      ids.data = numbers.data();
      Tensor node = MakeTensor(kTypeF32, {kN, used, count});
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
      numbers[0] = experts;
      CHECK(Compute(session.backend, &node) == kStatusFailed);
      ids.type = kTypeF32;
      CHECK_FALSE(session.device->calls.supports_op(session.device, &node));
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

TEST_CASE("mode fast has the bits of the library's own run, f16 activations too") {
  Random random(4);
  Session session(2, "fast");
  const BlockKind& kind = BlockKinds()[0];
  const std::vector<uint8_t> data =
      RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  Loaded loaded(session.device, WeightsOf(kind));
  loaded.Set(data.data(), 0, data.size());
  lutgemm_blocks blocks = LUTGEMM_BLOCKS_INIT;
  blocks.type = kind.type;
  blocks.n = kN;
  blocks.k = kK;
  blocks.data = data.data();
  blocks.bytes = data.size();
  lutgemm_quantized* quantized = nullptr;
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  lutgemm_packed* packed = nullptr;
  REQUIRE(lutgemm_import_blocks(&blocks, nullptr, &quantized) == LUTGEMM_OK);
  REQUIRE(lutgemm_quantized_codes(quantized, &codes) == LUTGEMM_OK);
  REQUIRE(lutgemm_pack_codes(&codes, nullptr, &packed) == LUTGEMM_OK);
  for (const bool half : {false, true}) {
    CAPTURE(half);
    constexpr size_t kM = 3;
    std::vector<float> act = random.Normals(kM * kK);
    std::vector<uint16_t> halves(kM * kK);
    // 1 to 2, of either sign.
    for (uint16_t& h : halves)
      h = static_cast<uint16_t>(0x3c00 + random.Int(0, 1023) + 0x8000 * random.Int(0, 1));
    lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
    problem.m = kM;
    problem.act = half ? LUTGEMM_F16 : LUTGEMM_F32;
    lutgemm_plan* plan = nullptr;
    REQUIRE(lutgemm_plan_create(packed, &problem, &plan) == LUTGEMM_OK);
    std::vector<float> expected(kM * kN), out(kM * kN);
    lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
    args.act = half ? static_cast<void*>(halves.data()) : act.data();
    args.out = expected.data();
    args.workspace_bytes = lutgemm_plan_workspace_bytes(plan);
    const std::unique_ptr<void, void (*)(void*)> workspace(
        std::aligned_alloc(64, (args.workspace_bytes + 63) / 64 * 64), std::free);
    args.workspace = workspace.get();
    REQUIRE(lutgemm_run(plan, &args) == LUTGEMM_OK);
    lutgemm_plan_free(plan);
    Tensor tokens = MakeTensor(half ? kTypeF16 : kTypeF32, {kK, kM});
    tokens.data = const_cast<void*>(args.act);
    Tensor node = ProductOf(&loaded.tensor(), &tokens, out.data());
    REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
    CHECK(out == expected);
  }
  lutgemm_packed_free(packed);
  lutgemm_quantized_free(quantized);
}

// The variable names an OpenMP runtime, which then is the process's as it is that of a host;
// without one the threads are a pool's.
TEST_CASE("threads give the same bits") {
  if (const char* runtime = std::getenv("LUTGEMM_TEST_OPENMP"); runtime != nullptr) {
    REQUIRE(dlopen(runtime, RTLD_NOW | RTLD_LOCAL) != nullptr);
  }
  Random random(5);
  Session session(2);
  const BlockKind& kind = BlockKinds()[5];
  const std::vector<uint8_t> data =
      RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  Loaded loaded(session.device, WeightsOf(kind));
  loaded.Set(data.data(), 0, data.size());
  const std::vector<float> act = random.Normals(7 * kK);
  std::vector<float> one(7 * kN), out(7 * kN);
  Tensor tokens = MakeTensor(kTypeF32, {kK, 7});
  tokens.data = const_cast<float*>(act.data());
  Tensor node = ProductOf(&loaded.tensor(), &tokens, one.data());
  REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
  node.data = out.data();
  for (const int threads : {2, 3, 1}) {
    SetThreads(session, threads);
    REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
    CHECK(out == one);
  }
}

TEST_CASE("threads run a graph of products that share activations, and one that follows") {
  Random random(8);
  Session session(2, "fast");
  const std::vector<float> act = random.Normals(4 * kK);
  Tensor tokens = MakeTensor(kTypeF32, {kK, 4});
  tokens.data = const_cast<float*>(act.data());
  // Two of one type and one of another read the tokens; the last one reads what the third made.
  const size_t kinds[] = {0, 0, 2, 7};
  std::vector<std::unique_ptr<Loaded>> weights;
  std::vector<std::vector<float>> outs(4, std::vector<float>(4 * kK));
  std::vector<Tensor> nodes, between(1);
  nodes.reserve(4);
  std::vector<Tensor*> graph;
  for (size_t i = 0; i < 4; ++i) {
    const BlockKind& kind = BlockKinds()[kinds[i]];
    const Tensor like = MakeTensor(static_cast<int32_t>(kind.type), {kK, kK});
    weights.push_back(std::make_unique<Loaded>(session.device, like));
    const auto data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kK, kK), random);
    weights[i]->Set(data.data(), 0, data.size());
    Tensor* from = &tokens;
    if (i == 3) {
      between[0] = nodes[2];
      from = &between[0];
    }
    nodes.push_back(ProductOf(&weights[i]->tensor(), from, outs[i].data()));
    graph.push_back(&nodes[i]);
  }
  for (Tensor* node : graph) REQUIRE(Compute(session.backend, node) == kStatusSuccess);
  const std::vector<std::vector<float>> expected = outs;
  for (const int threads : {1, 2, 4}) {
    CAPTURE(threads);
    for (std::vector<float>& out : outs) std::fill(out.begin(), out.end(), -1.0f);
    SetThreads(session, threads);
    REQUIRE(Compute(session.backend, graph) == kStatusSuccess);
    CHECK(outs == expected);
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
                                  {"LUTGEMM_GGML_SUMMARY", "yes"}};
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
