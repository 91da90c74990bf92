// Rows of weights, and weights that are left to the host.
#include "integrations/ggml/session.h"

namespace lutgemm::test {
namespace {

// Rows that a tensor of row numbers asks for.
Tensor RowsOf(Tensor* weights, Tensor* ids, float* out) {
  Tensor node = MakeTensor(kTypeF32, {weights->ne[0], ids->ne[0], ids->ne[1], ids->ne[2]});
  node.op = kGetRows;
  node.src[0] = weights;
  node.src[1] = ids;
  node.data = out;
  return node;
}

Tensor IdsOf(std::vector<int32_t>& numbers, const std::vector<int64_t>& ne) {
  Tensor ids = MakeTensor(kTypeF32, ne);
  ids.type = kTypeI32;
  ids.data = numbers.data();
  return ids;
}

std::vector<float> FloatsOf(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

// As a host asks where weights go: they have a name, and a buffer without memory.
bool Takes(const Session& session, const Tensor& like, const char* name) {
  BufferType* type = session.device->calls.get_buffer_type(session.device);
  Buffer nothing{};
  nothing.type = type;
  Tensor weights = like;
  std::strcpy(weights.name, name);
  weights.buffer = &nothing;
  Tensor act = MakeTensor(kTypeF32, {kK, 512});
  const Tensor product = ProductOf(&weights, &act, nullptr);
  std::vector<int32_t> numbers(512);
  Tensor ids = IdsOf(numbers, {512});
  const Tensor rows = RowsOf(&weights, &ids, nullptr);
  const bool takes = session.device->calls.supports_op(session.device, &product);
  CHECK(session.device->calls.supports_op(session.device, &rows) == takes);
  return takes;
}

}  // namespace

TEST_CASE("rows of every type have the very values of its definition") {
  Random random(21);
  Session session(2, "fast");
  for (const BlockKind& kind : BlockKinds()) {
    CAPTURE(kind.type);
    const size_t bytes = lutgemm_gguf_bytes(kind.type, kN, kK);
    const std::vector<uint8_t> data = RandomBlocks(kind, bytes, random);
    const std::vector<float> values = FloatsOf(ValuesOf(kind.type, kN, kK, data));
    Loaded loaded(session.device, WeightsOf(kind));
    loaded.Set(data.data(), 0, bytes);
    for (const size_t count : {0, 1, 70}) {
      std::vector<int32_t> numbers(count);
      for (int32_t& number : numbers) number = random.Int(0, kN - 1);
      std::vector<float> out(count * kK);
      Tensor ids = IdsOf(numbers, {static_cast<int64_t>(count)});
      Tensor node = RowsOf(&loaded.tensor(), &ids, out.data());
      REQUIRE(session.device->calls.supports_op(session.device, &node));
      REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
      for (size_t i = 0; i < count; ++i) {
        const float* row = values.data() + static_cast<size_t>(numbers[i]) * kK;
        REQUIRE(std::memcmp(out.data() + i * kK, row, kK * sizeof(float)) == 0);
      }
    }
  }
}

TEST_CASE("rows of several matrices, by numbers that lie apart, to rows that do") {
  Random random(22);
  Session session(3);
  const BlockKind& kind = BlockKinds()[9];
  const size_t part = lutgemm_gguf_bytes(kind.type, kN, kK), parts2 = 2, parts3 = 3, count = 5;
  const std::vector<uint8_t> data = RandomBlocks(kind, parts2 * parts3 * part, random);
  Loaded loaded(session.device, WeightsOf(kind, parts2, parts3));
  loaded.Set(data.data(), 0, data.size());
  const auto values = FloatsOf(ValuesOf(kind.type, kN * parts2 * parts3, kK, data));
  // Every other number counts.
  std::vector<int32_t> numbers(2 * count * parts2 * parts3, -1);
  for (size_t i = 0; i < numbers.size(); i += 2) numbers[i] = random.Int(0, kN - 1);
  Tensor ids = IdsOf(numbers, {count, parts2, parts3});
  for (size_t d = 0; d < 4; ++d) ids.nb[d] *= 2;
  const size_t step = kK + 8;
  std::vector<float> out(count * parts2 * parts3 * step, 7.0f);
  Tensor node = RowsOf(&loaded.tensor(), &ids, out.data());
  for (size_t d = 1; d < 4; ++d) node.nb[d] = node.nb[d] / kK * step;
  REQUIRE(Compute(session.backend, &node) == kStatusSuccess);
  for (size_t i = 0; i < count * parts2 * parts3; ++i) {
    const size_t row = i / count * kN + static_cast<size_t>(numbers[2 * i]);
    REQUIRE(std::equal(&values[row * kK], &values[row * kK] + kK, &out[i * step]));
    REQUIRE(out[i * step + kK] == 7.0f);
  }
}

TEST_CASE("rows that feed a product, and take memory that its activations had") {
  Random random(23);
  Session session(2);
  const BlockKind& kind = BlockKinds()[4];
  const auto data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kK, kK), random);
  Loaded loaded(session.device, MakeTensor(static_cast<int32_t>(kind.type), {kK, kK}));
  loaded.Set(data.data(), 0, data.size());
  std::vector<int32_t> numbers = {3, 200}, others = {17, 4};
  Tensor ids = IdsOf(numbers, {2}), next = IdsOf(others, {2});
  std::vector<float> act(2 * kK), out(2 * kK), expected(2 * kK);
  Tensor rows = RowsOf(&loaded.tensor(), &ids, act.data());
  Tensor product = ProductOf(&loaded.tensor(), &rows, out.data());
  Tensor later = RowsOf(&loaded.tensor(), &next, act.data());
  REQUIRE(Compute(session.backend, &rows) == kStatusSuccess);
  REQUIRE(Compute(session.backend, &product) == kStatusSuccess);
  expected = out;
  out.assign(out.size(), -1.0f);
  REQUIRE(Compute(session.backend, {&rows, &product, &later}) == kStatusSuccess);
  CHECK(out == expected);
}

TEST_CASE("rows that are not there") {
  Random random(24);
  Session session(2);
  const BlockKind& kind = BlockKinds()[0];
  const auto data = RandomBlocks(kind, lutgemm_gguf_bytes(kind.type, kN, kK), random);
  Loaded loaded(session.device, WeightsOf(kind));
  std::vector<int32_t> numbers = {0};
  std::vector<float> out(kK);
  Tensor ids = IdsOf(numbers, {1});
  Tensor node = RowsOf(&loaded.tensor(), &ids, out.data());
  CHECK(Compute(session.backend, &node) == kStatusFailed);  // before weights have come
  loaded.Set(data.data(), 0, data.size());
  CHECK(Compute(session.backend, &node) == kStatusSuccess);
  for (const int32_t number : {-1, static_cast<int32_t>(kN), INT32_MAX, INT32_MIN}) {
    numbers[0] = number;
    CHECK(Compute(session.backend, &node) == kStatusFailed);
  }
  ids.type = kTypeF32;
  CHECK_FALSE(session.device->calls.supports_op(session.device, &node));
}

TEST_CASE("weights whose names LUTGEMM_GGML_SKIP has are left to the host") {
  const Tensor like = WeightsOf(BlockKinds()[0]);
  setenv("LUTGEMM_GGML_SKIP", "ffn_(up|down)|^token_embd", 1);
  Session session(2);
  unsetenv("LUTGEMM_GGML_SKIP");
  CHECK_FALSE(Takes(session, like, "blk.7.ffn_down.weight"));
  CHECK_FALSE(Takes(session, like, "token_embd.weight"));
  CHECK(Takes(session, like, "blk.7.ffn_gate.weight"));
  CHECK(Takes(session, like, "per_layer_token_embd.weight"));
  // What was put into the back end's memory all the same can only be computed here.
  Loaded loaded(session.device, like);
  std::strcpy(loaded.tensor().name, "blk.7.ffn_down.weight");
  Tensor act = MakeTensor(kTypeF32, {kK, 1});
  const Tensor node = ProductOf(&loaded.tensor(), &act, nullptr);
  CHECK(session.device->calls.supports_op(session.device, &node));
  Session other(2);
  CHECK(Takes(other, like, "blk.7.ffn_down.weight"));
}

}  // namespace lutgemm::test
