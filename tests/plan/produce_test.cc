// Producers fused into preparation: the bits of producing first, on every target.
#include "kit.h"
#include "support/sample.h"

#include <cmath>
#include <limits>

namespace lutgemm {
namespace {

using test::Guarded;
using test::Info;
using test::Random;

constexpr Producer::Kind kKinds[] = {Producer::Kind::kRmsNorm, Producer::Kind::kSiluGate};

std::vector<std::byte> StoreAs(const std::vector<float>& values, Elem elem) {
  std::vector<std::byte> bytes(values.size() * ElemBytes(elem));
  for (size_t i = 0; i < values.size(); ++i) format::StoreElem(bytes.data(), elem, i, values[i]);
  return bytes;
}

// What a producer reads: random elements of one type, [m][stride].
struct Inputs {
  std::vector<std::byte> act, up;
  std::vector<float> gamma;

  Inputs(size_t m, size_t k, size_t stride, Elem elem, Random& random)
      : act(StoreAs(random.Normals(m * stride), elem)),
        up(StoreAs(random.Normals(m * stride), elem)),
        gamma(random.Normals(k)) {}

  Producer Of(Producer::Kind kind) const { return {kind, gamma.data(), 1e-5f, up.data()}; }
};

std::vector<float> Produced(const Plan& plan, const void* act, const Producer& producer,
                            size_t count, Threads* threads = nullptr) {
  const Guarded out(count * sizeof(float), 0x7f);
  const Status status = plan.Produce(act, producer, reinterpret_cast<float*>(out.data()), threads);
  REQUIRE_MESSAGE(status.ok(), status.text());
  CHECK(out.intact());
  std::vector<float> values(count);
  std::memcpy(values.data(), out.data(), count * sizeof(float));
  return values;
}

std::vector<float> RunFused(const Plan& plan, const void* act, const Producer& producer,
                            size_t outputs, Threads* threads) {
  const Guarded out(outputs * sizeof(float), 0x7f), workspace(plan.workspace_bytes(), 0xcc);
  const Status status = plan.Run(act, producer, out.data(), workspace.span(), threads);
  REQUIRE_MESSAGE(status.ok(), status.text());
  CHECK(out.intact());
  CHECK(workspace.intact());
  std::vector<float> result(outputs);
  std::memcpy(result.data(), out.data(), outputs * sizeof(float));
  return result;
}

std::vector<float> ApplyFused(const Plan& plan, const void* act, const Producer& producer,
                              size_t outputs, Threads* threads) {
  const Guarded tables(plan.table_bytes(), 0xcc), workspace(plan.workspace_bytes());
  std::vector<float> out(outputs);
  REQUIRE(plan.BuildTables(act, producer, tables.span(), threads).ok());
  REQUIRE(plan.Apply(tables.span(), out.data(), workspace.span(), threads).ok());
  CHECK(tables.intact());
  return out;
}

struct Weights {
  WeightFormat format;
  uint32_t group;
};
constexpr Weights kWeights[] = {{WeightFormat::kInt2, 64},
                                {WeightFormat::kInt4, 128},
                                {WeightFormat::kInt3, kWholeRow},
                                {WeightFormat::kTernary, kWholeRow}};

// Several units per token where m is below the threads; ends that are no whole vector or block.
TEST_CASE("fused and separate producers give the same bits: rows, types, threads, targets") {
  auto pool = MakeThreads(4);
  REQUIRE(pool.ok());
  for (const Weights& w : kWeights) {
    Random random(81);
    const size_t n = 40, k = 3333;
    const PackedWeights weights =
        test::MustPack(test::RandomMatrix(Info(w.format, n, k, w.group), random));
    for (const Elem elem : {Elem::kF32, Elem::kF16, Elem::kBF16}) {
      for (const size_t m : {size_t{1}, size_t{6}}) {
        const size_t stride = k + 5;
        const Inputs inputs(m, k, stride, elem, random);
        for (std::string_view target : Targets()) {
          for (const Mode mode : {Mode::kFast, Mode::kExact}) {
            if (!test::Sampled()) continue;
            Problem problem;
            problem.m = m;
            problem.mode = mode;
            problem.target = target;
            const Plan plain = test::MustPlan(weights, problem);
            problem.act = elem;
            problem.act_stride = stride;
            const Plan one = test::MustPlan(weights, problem);
            problem.threads = 4;
            const Plan four = test::MustPlan(weights, problem);
            for (const Producer::Kind kind : kKinds) {
              CAPTURE(std::string(four.Explain()));
              CAPTURE(Name(elem));
              CAPTURE(static_cast<int>(kind));
              const Producer producer = inputs.Of(kind);
              const auto act = Produced(one, inputs.act.data(), producer, m * k);
              CHECK(act == Produced(four, inputs.act.data(), producer, m * k, pool->get()));
              const auto want = test::RunPlan(plain, act, m * n);
              const void* x = inputs.act.data();
              CHECK(RunFused(one, x, producer, m * n, nullptr) == want);
              CHECK(RunFused(four, x, producer, m * n, pool->get()) == want);
              CHECK(ApplyFused(one, x, producer, m * n, nullptr) == want);
              CHECK(ApplyFused(four, x, producer, m * n, pool->get()) == want);
            }
          }
        }
      }
    }
  }
}

// The documented arithmetic, one operation after the other.
std::vector<float> NormAsDocumented(const std::vector<float>& x, const std::vector<float>& gamma,
                                    float epsilon) {
  float sums[64] = {};
  for (size_t i = 0; i < x.size(); ++i) sums[i % 64] += x[i] * x[i];
  for (size_t i = 16; i < 64; ++i) sums[i % 16] += sums[i];
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  const float r = 1.0f / std::sqrt(sums[0] / static_cast<float>(x.size()) + epsilon);
  std::vector<float> act;
  for (size_t i = 0; i < x.size(); ++i) act.push_back((x[i] * r) * gamma[i]);
  return act;
}

Plan PlanFor(size_t k, std::string_view target) {
  Random random(82);
  Problem problem;
  problem.target = target;
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt4, 8, k, 32), random);
  return test::MustPlan(test::MustPack(matrix), problem);
}

TEST_CASE("RMSNorm is the documented arithmetic, and near float64") {
  Random random(83);
  for (const size_t k : {size_t{1}, size_t{63}, size_t{64}, size_t{130}, size_t{4096}}) {
    const std::vector<float> x = random.Normals(k), gamma = random.Normals(k);
    const auto want = NormAsDocumented(x, gamma, 1e-6f);
    double squares = 0.0;
    for (const float v : x) squares += double{v} * double{v};
    const double r = 1.0 / std::sqrt(squares / double(k) + 1e-6);
    for (size_t i = 0; i < k; ++i) {
      const double exact = double{x[i]} * r * double{gamma[i]};
      CHECK(std::abs(double{want[i]} - exact) <= 1e-6 * std::abs(exact));
    }
    for (std::string_view target : Targets()) {
      Producer producer;
      producer.gamma = gamma.data();
      producer.epsilon = 1e-6f;
      CAPTURE(std::string(target));
      CHECK(Produced(PlanFor(k, target), x.data(), producer, k) == want);
    }
  }
}

TEST_CASE("SiLU is near float64 over its range, with equal bits on every target") {
  std::vector<float> x = {0.0f, -0.0f, 1e-40f, -1e-40f, 3.4e38f, -3.4e38f, 88.0f, -88.0f};
  for (int i = -3480; i <= 3480; ++i) x.push_back(static_cast<float>(i) * 0.025f);
  const size_t k = x.size();
  const std::vector<float> up(k, 1.0f);
  Producer producer;
  producer.kind = Producer::Kind::kSiluGate;
  producer.up = up.data();
  const auto first = Produced(PlanFor(k, Targets().front()), x.data(), producer, k);
  for (size_t i = 0; i < k; ++i) {
    CAPTURE(x[i]);
    const double exact = double{x[i]} / (1.0 + std::exp(-double{x[i]}));
    // Below -87 the exponential stays where it is: next to nothing, unless x is huge.
    const double slack = x[i] < -87.0f ? std::abs(double{x[i]}) * 2e-38 : 1e-44;
    CHECK(std::abs(double{first[i]} - exact) <= 4e-7 * std::abs(exact) + slack);
  }
  for (std::string_view target : Targets()) {
    const auto other = Produced(PlanFor(k, target), x.data(), producer, k);
    CAPTURE(std::string(target));
    CHECK(test::FirstDifference(first, other) == k);
  }
}

TEST_CASE("a token's NaN stays in its token") {
  Random random(84);
  const size_t m = 3, k = 200, n = 8;
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt2, n, k, 32), random);
  const PackedWeights weights = test::MustPack(matrix);
  for (std::string_view target : Targets()) {
    for (const Producer::Kind kind : kKinds) {
      for (const float special :
           {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Problem problem;
        problem.m = m;
        problem.target = target;
        const Plan plan = test::MustPlan(weights, problem);
        Inputs inputs(m, k, k, Elem::kF32, random);
        const Producer producer = inputs.Of(kind);
        const auto clean = RunFused(plan, inputs.act.data(), producer, m * n, nullptr);
        format::StoreElem(inputs.act.data(), Elem::kF32, k + 17, special);
        const auto out = RunFused(plan, inputs.act.data(), producer, m * n, nullptr);
        for (size_t i = 0; i < out.size(); ++i) {
          CHECK((i / n == 1 ? std::isnan(out[i]) : out[i] == clean[i]));
        }
      }
    }
  }
}

TEST_CASE("producers that cannot be are refused") {
  Random random(85);
  const size_t k = 64;
  const auto matrix = test::RandomMatrix(Info(WeightFormat::kInt4, 8, k, 32), random);
  const PackedWeights weights = test::MustPack(matrix);
  const Inputs inputs(1, k, k, Elem::kF32, random);
  const Guarded workspace(size_t{1} << 20);
  float out[64];
  const auto code = [&](const Plan& plan, const Producer& producer) {
    const Code run = plan.Run(inputs.act.data(), producer, out, workspace.span()).code();
    CHECK(plan.BuildTables(inputs.act.data(), producer, workspace.span()).code() == run);
    CHECK(plan.Produce(inputs.act.data(), producer, out).code() == run);
    return run;
  };
  Problem problem;
  const Plan plan = test::MustPlan(weights, problem);
  const Producer good = inputs.Of(Producer::Kind::kRmsNorm);
  CHECK(code(plan, good) == Code::kOk);
  CHECK(plan.Produce(nullptr, good, out).code() == Code::kBadArgument);
  CHECK(plan.Produce(inputs.act.data(), good, nullptr).code() == Code::kBadArgument);
  Producer bad = good;
  bad.gamma = nullptr;
  CHECK(code(plan, bad) == Code::kBadArgument);
  for (const float epsilon : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity()}) {
    bad = good;
    bad.epsilon = epsilon;
    CHECK(code(plan, bad) == Code::kBadArgument);
  }
  bad = inputs.Of(Producer::Kind::kSiluGate);
  bad.up = nullptr;
  CHECK(code(plan, bad) == Code::kBadArgument);
  bad = good;
  bad.kind = static_cast<Producer::Kind>(7);
  CHECK(code(plan, bad) == Code::kBadArgument);
  problem.act = Elem::kI8;
  CHECK(code(test::MustPlan(weights, problem), good) == Code::kUnsupportedFormat);
}

}  // namespace
}  // namespace lutgemm
