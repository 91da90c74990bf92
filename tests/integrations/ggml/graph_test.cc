// Products of graphs: shapes, modes, threads.
#include "format/fp.h"
#include "integrations/ggml/session.h"

#include <dlfcn.h>

namespace lutgemm::test {

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
  // In order; with gaps between tokens; elements apart, as after a transposition. As f32 and as
  // f16, which holds all of these values.
  for (const size_t mode : {0, 1, 2, 3, 4, 5}) {
    const size_t layout = mode % 3, elem = mode < 3 ? 4 : 2;
    CAPTURE(layout);
    CAPTURE(elem);
    const size_t token_step = layout == 2 ? 1 : kK + 24 * layout, step = layout == 2 ? m : 1;
    const size_t batch_step = layout == 2 ? kK * m : m * token_step;
    std::vector<float> act = random.Normals(batches * batch_step);
    std::vector<uint16_t> halves(act.size());
    for (size_t i = 0; i < act.size(); ++i) {
      halves[i] = format::F32ToF16(act[i]);
      act[i] = format::F16ToF32(halves[i]);
    }
    std::vector<float> out(batches * m * kN);
    Tensor tokens = MakeTensor(elem == 4 ? kTypeF32 : kTypeF16, {kK, m, 4, 3});
    tokens.nb[0] = elem * step;
    tokens.nb[1] = elem * token_step;
    tokens.nb[2] = elem * batch_step;
    tokens.nb[3] = 4 * tokens.nb[2];
    tokens.data = elem == 4 ? static_cast<void*>(act.data()) : halves.data();
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

TEST_CASE("more tokens than are multiplied at once") {
  Random random(6);
  Session session(2);
  const BlockKind& kind = BlockKinds()[0];
  const std::vector<uint8_t> data =
      RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  Loaded loaded(session.device, WeightsOf(kind));
  loaded.Set(data.data(), 0, data.size());
  const std::vector<double> weights = ValuesOf(kind.type, kN, kK, data);
  constexpr size_t kM = 2 * 16384 + 3;
  std::vector<float> act = random.Normals(kM * kK), out(kM * kN);
  Tensor tokens = MakeTensor(kTypeF32, {kK, kM});
  tokens.data = act.data();
  Tensor node = ProductOf(&loaded.tensor(), &tokens, out.data());
  REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
  for (const size_t token : {size_t{0}, size_t{16383}, size_t{16384}, size_t{32768}, kM - 1}) {
    const auto row = act.begin() + static_cast<ptrdiff_t>(token * kK);
    CheckToken(weights.data(), {row, row + static_cast<ptrdiff_t>(kK)}, out.data() + token * kN);
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

TEST_CASE("a product that asks for f32 runs exactly") {
  Random random(9);
  const BlockKind& kind = BlockKinds()[0];
  const auto data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  const std::vector<float> act = random.Normals(2 * kK);
  Tensor tokens = MakeTensor(kTypeF32, {kK, 2});
  tokens.data = const_cast<float*>(act.data());
  const auto products = [&](const char* mode, size_t param) {
    Session session(2, mode);
    Loaded loaded(session.device, WeightsOf(kind));
    loaded.Set(data.data(), 0, data.size());
    std::vector<float> out(2 * kN);
    Tensor node = ProductOf(&loaded.tensor(), &tokens, out.data());
    if (param < 16) node.params[param] = lutgemm_ggml::kPrecisionF32;
    REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
    return out;
  };
  const std::vector<float> exact = products("exact", 16);
  CHECK(products("fast", 16) != exact);
  CHECK(products("fast", 0) == exact);
  CHECK(products("fast", 3) == exact);
}

TEST_CASE("memory of activations may be that of later outputs") {
  Random random(10);
  Session session(2);
  SetThreads(session, 4);
  const BlockKind& kind = BlockKinds()[0];
  const auto data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kK, kK), random);
  Loaded loaded(session.device, MakeTensor(static_cast<int32_t>(kind.type), {kK, kK}));
  loaded.Set(data.data(), 0, data.size());
  const std::vector<float> act = random.Normals(kK), other = random.Normals(kK);
  std::vector<float> first(kK), expected(kK);
  Tensor tokens = MakeTensor(kTypeF32, {kK, 1}), others = tokens;
  tokens.data = const_cast<float*>(act.data());
  Tensor node = ProductOf(&loaded.tensor(), &tokens, expected.data());
  REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> reused = act;
    tokens.data = reused.data();
    others.data = const_cast<float*>(other.data());
    Tensor one = ProductOf(&loaded.tensor(), &tokens, first.data());
    Tensor two = ProductOf(&loaded.tensor(), &others, reused.data());
    REQUIRE(Compute(session.backend, {&one, &two}) == kStatusSuccess);
    REQUIRE(first == expected);
  }
}

}  // namespace lutgemm::test
