// Activations in a channel order: the bits of activations that were permuted beforehand.
#include "format/traits.h"
#include "kit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>

namespace lutgemm {
namespace {

using test::Guarded;
using test::InfoOf;
using test::Random;

ChannelOrder RandomOrder(size_t k, Random& random) {
  ChannelOrder order;
  order.from.resize(k);
  std::iota(order.from.begin(), order.from.end(), 0u);
  for (size_t i = k; i > 1; --i) std::swap(order.from[i - 1], order.from[random.Below(i)]);
  return order;
}

// Elements of `bytes` each, [m][stride], of which the first k of a token come into their order.
std::vector<std::byte> PermutedActs(const std::vector<std::byte>& acts, size_t stride, size_t bytes,
                                    const ChannelOrder& order) {
  std::vector<std::byte> to = acts;
  for (size_t token = 0; token < acts.size() / (stride * bytes); ++token) {
    const size_t first = token * stride;
    for (size_t i = 0; i < order.size(); ++i) {
      std::memcpy(&to[(first + i) * bytes], &acts[(first + order.from[i]) * bytes], bytes);
    }
  }
  return to;
}

std::vector<std::byte> RandomActs(size_t count, Elem elem, Random& random) {
  std::vector<std::byte> acts(count * ElemBytes(elem));
  for (size_t i = 0; i < count; ++i) {
    // Some outliers, which fast int8 keeps apart.
    const float value = random.Normal() * (random.Below(97) == 0 ? 30.0f : 1.0f);
    if (elem == Elem::kI8) {
      acts[i] = static_cast<std::byte>(random.Int(-128, 127));
    } else {
      format::StoreElem(acts.data(), elem, i, value);
    }
  }
  return acts;
}

// Slices in turn, from the last to the first.
std::vector<float> RunSlices(const Plan& plan, const std::vector<std::byte>& act, size_t outputs,
                             size_t nth) {
  const Guarded workspace(plan.workspace_bytes());
  std::vector<float> out(outputs);
  for (size_t ith = nth; ith-- > 0;) {
    CHECK(plan.RunSlice(act.data(), out.data(), workspace.span(), ith, nth).ok());
  }
  CHECK(workspace.intact());
  return out;
}

std::vector<float> BuildAndApply(const Plan& plan, const std::vector<std::byte>& act,
                                 size_t outputs) {
  const Guarded tables(plan.table_bytes(), 0xcc), workspace(plan.workspace_bytes());
  std::vector<float> out(outputs);
  CHECK(plan.BuildTables(act.data(), tables.span()).ok());
  CHECK(plan.Apply(tables.span(), out.data(), workspace.span()).ok());
  CHECK(tables.intact());
  return out;
}

struct OrderCase {
  WeightFormat format;
  LayoutId layout = LayoutId::kDefault;
};
constexpr OrderCase kCases[] = {
    {WeightFormat::kInt1},    {WeightFormat::kInt2},
    {WeightFormat::kInt4},    {WeightFormat::kInt4, LayoutId::kPlanes},
    {WeightFormat::kTernary}, {WeightFormat::kTernary, LayoutId::kPlanes},
    {WeightFormat::kBitmod4}, {WeightFormat::kBfp6}};

// Runs one problem, of which the row is tried, in its order and with permuted activations. Returns
// whether the row can run it.
bool CheckOrdered(const PackedWeights& weights, Problem problem, Random& random) {
  const WeightInfo& info = weights.info();
  problem.act_stride = info.k + 3;
  const Result<Plan> plain = MakePlan(weights, problem);
  if (!plain.ok()) return false;
  const ChannelOrder order = RandomOrder(info.k, random);
  problem.act_order = order;
  problem.threads = 3;
  const Plan plan = test::MustPlan(weights, problem);
  CAPTURE(std::string(plan.Explain()));
  CAPTURE(Name(problem.act));
  CHECK(plan.Explain().find("gathered by act_order") != std::string_view::npos);
  CHECK(plain->Explain().find("act_order") == std::string_view::npos);
  const size_t bytes = ElemBytes(problem.act), outputs = problem.m * info.n;
  const auto acts = RandomActs(problem.m * problem.act_stride, problem.act, random);
  const auto permuted = PermutedActs(acts, problem.act_stride, bytes, order);
  const auto want = test::RunPlan(*plain, permuted, outputs);
  CHECK(test::FirstDifference(test::RunPlan(plan, acts, outputs), want) == outputs);
  CHECK(test::FirstDifference(RunSlices(plan, acts, outputs, 3), want) == outputs);
  CHECK(test::FirstDifference(BuildAndApply(plan, acts, outputs), want) == outputs);
  return true;
}

// K is more than two gathered pieces and ends in the middle of a vector.
TEST_CASE("gathered and permuted activations give the same bits: rows, types, tokens, targets") {
  Random random(91);
  const size_t n = 40, k = 599;
  std::set<Method> methods;
  for (const OrderCase& c : kCases) {
    const PackedWeights weights =
        test::MustPack(test::RandomMatrix(InfoOf(c.format, n, k), random), c.layout);
    for (const std::string_view target : Targets()) {
      for (const KernelInfo& kernel : Kernels()) {
        if (kernel.layout != weights.layout()) continue;
        for (const Elem act : {Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kI8}) {
          for (size_t m = 1; m <= 5; ++m) {
            Problem problem;
            problem.m = m;
            problem.act = act;
            problem.mode =
                kernel.fast && (!kernel.exact || m % 2 == 0) ? Mode::kFast : Mode::kExact;
            problem.target = target;
            problem.kernel = kernel.name;
            if (CheckOrdered(weights, problem, random)) methods.insert(kernel.method);
          }
        }
      }
    }
  }
  for (const Method method : {Method::kLut4, Method::kTernary5, Method::kDot, Method::kCodebook}) {
    CHECK(methods.contains(method));
  }
}

TEST_CASE("columns of weights and activations in one order: the integer product stays") {
  Random random(92);
  const size_t n = 33, k = 300, m = 3;
  WeightInfo info = InfoOf(WeightFormat::kInt3, n, k);
  info.group = kWholeRow;
  const QuantizedMatrix matrix = test::RandomMatrix(info, random);
  const ChannelOrder order = RandomOrder(k, random);
  QuantizedMatrix ordered = matrix;
  for (size_t i = 0; i < n * k; ++i) {
    ordered.codes[i] = matrix.codes[i / k * k + order.from[i % k]];
  }
  Problem problem;
  problem.m = m;
  problem.act = Elem::kI8;
  problem.out = Elem::kI32;
  problem.mode = Mode::kExact;
  const std::vector<int8_t> acts = random.Int8s(m * k);
  const auto want =
      test::RunPlan<int32_t>(test::MustPlan(test::MustPack(matrix), problem), acts, m * n);
  problem.act_order = order;
  const Plan plan = test::MustPlan(test::MustPack(ordered), problem);
  CHECK(test::RunPlan<int32_t>(plan, acts, m * n) == want);
}

TEST_CASE("producers count channels as the activations do") {
  Random random(93);
  const size_t n = 20, k = 777, m = 2;
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoOf(WeightFormat::kInt2, n, k), random));
  const ChannelOrder order = RandomOrder(k, random);
  const std::vector<float> gamma = random.Normals(k);
  for (const Elem elem : {Elem::kF32, Elem::kF16, Elem::kBF16}) {
    const auto acts = RandomActs(m * k, elem, random), up = RandomActs(m * k, elem, random);
    for (const std::string_view target : Targets()) {
      for (const auto kind : {Producer::Kind::kRmsNorm, Producer::Kind::kSiluGate}) {
        CAPTURE(std::string(target));
        CAPTURE(static_cast<int>(kind));
        const Producer producer{kind, gamma.data(), 1e-5f, up.data()};
        Problem problem;
        problem.m = m;
        problem.target = target;
        const Plan plain = test::MustPlan(weights, problem);
        problem.act = elem;
        std::vector<float> natural(m * k), made(m * k), out(m * n);
        REQUIRE(
            test::MustPlan(weights, problem).Produce(acts.data(), producer, natural.data()).ok());
        problem.act_order = order;
        const Plan plan = test::MustPlan(weights, problem);
        REQUIRE(plan.Produce(acts.data(), producer, made.data()).ok());
        CHECK(made == natural);
        std::vector<float> permuted(m * k);
        for (size_t i = 0; i < m * k; ++i) permuted[i] = made[i / k * k + order.from[i % k]];
        const Guarded workspace(plan.workspace_bytes());
        REQUIRE(plan.Run(acts.data(), producer, out.data(), workspace.span()).ok());
        CHECK(out == test::RunPlan(plain, permuted, m * n));
      }
    }
  }
}

TEST_CASE("plans with equal orders share tables, others do not") {
  Random random(94);
  const size_t k = 256;
  const ChannelOrder order = RandomOrder(k, random), other = RandomOrder(k, random);
  const auto plan = [&](size_t n, const ChannelOrder& of) {
    Problem problem;
    problem.act_order = of;
    const WeightInfo info = InfoOf(WeightFormat::kInt4, n, k);
    return test::MustPlan(test::MustPack(test::RandomMatrix(info, random)), problem);
  };
  const Plan query = plan(64, order), key = plan(32, order), strange = plan(32, other);
  const Plan natural = plan(32, {});
  CHECK(query.table_key() == key.table_key());
  CHECK(query.table_key() != strange.table_key());
  CHECK(query.table_key() != natural.table_key());
  const std::vector<float> acts = random.Normals(k);
  const Guarded tables(query.table_bytes());
  REQUIRE(query.BuildTables(acts.data(), tables.span()).ok());
  for (const Plan* reader : {&key, &strange, &natural}) {
    const Guarded workspace(reader->workspace_bytes());
    std::vector<float> out(32);
    const Status status = reader->Apply(tables.span(), out.data(), workspace.span());
    CHECK(status.code() == (reader == &key ? Code::kOk : Code::kLayoutMismatch));
    if (status.ok()) CHECK(out == test::RunPlan(key, acts, 32));
  }
}

TEST_CASE("NaN stays in its token, wherever the order takes it") {
  Random random(95);
  const size_t n = 8, k = 130, m = 2;
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoOf(WeightFormat::kInt4, n, k), random));
  Problem problem;
  problem.m = m;
  problem.act_order = RandomOrder(k, random);
  const Plan plan = test::MustPlan(weights, problem);
  for (const size_t channel : {size_t{0}, size_t{64}, k - 1}) {
    std::vector<float> acts = random.Normals(m * k);
    acts[k + channel] = std::numeric_limits<float>::quiet_NaN();
    const auto out = test::RunPlan(plan, acts, m * n);
    for (size_t i = 0; i < out.size(); ++i) CHECK(std::isnan(out[i]) == (i >= n));
  }
}

TEST_CASE("an order that is no permutation of K channels is refused") {
  Random random(96);
  const size_t k = 64;
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoOf(WeightFormat::kInt4, 8, k), random));
  Problem problem;
  const auto code = [&] { return MakePlan(weights, problem).status().code(); };
  for (const size_t size : {size_t{1}, k - 1, k + 1}) {
    problem.act_order = RandomOrder(size, random);
    CHECK(code() == Code::kBadShape);
  }
  problem.act_order = RandomOrder(k, random);
  CHECK(code() == Code::kOk);
  problem.act_order.from[5] = problem.act_order.from[6];
  CHECK(code() == Code::kBadArgument);
  CHECK(MakePlan(weights, problem).status().text().find("act_order is no permutation") !=
        std::string::npos);
  problem.act_order.from[5] = static_cast<uint32_t>(k);
  CHECK(code() == Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm
