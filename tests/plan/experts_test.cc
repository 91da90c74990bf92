// Groups of products: the bits of single products, whatever tokens the rows take, in whatever order
// slices run.
#include "plan/experts.h"

#include "kit.h"
#include "plan/impl_kit.h"

#include <numeric>
#include <string>
#include <thread>

namespace lutgemm {
namespace {

using test::Guarded;
using test::Random;

struct Case {
  WeightFormat format;
  LayoutId layout = LayoutId::kDefault;
  uint32_t group = 64;
  Mode mode = Mode::kFast;
};
constexpr Case kCases[] = {
    {WeightFormat::kInt1},
    {WeightFormat::kInt2, LayoutId::kPlanes, 128, Mode::kExact},
    {WeightFormat::kInt4},
    {WeightFormat::kInt4, LayoutId::kCodes, kWholeTensor},
    {WeightFormat::kTernary, LayoutId::kTrits, kWholeTensor},
    {WeightFormat::kNf4},
};

// Some weights, and a call of a group of products with all that single products need.
struct Group {
  static constexpr size_t kN = 100, kK = 333;
  std::vector<PackedWeights> experts;
  std::vector<std::vector<float>> biases;
  std::vector<ExpertRows> parts;
  std::vector<uint32_t> tokens;
  size_t token_count = 0, rows = 0;
  std::vector<float> act;
  Problem problem;

  Group(const Case& c, Random& random) {
    WeightInfo info = test::InfoOf(c.format, kN, kK);
    if (c.format != WeightFormat::kNf4) info.group = c.group, info.scale = Elem::kF32;
    for (int i = 0; i < 4; ++i) {
      experts.push_back(test::MustPack(test::RandomMatrix(info, random), c.layout));
      biases.push_back(random.Normals(kN));
    }
    problem.mode = c.mode;
  }
  // Parts of so many rows, of tokens drawn from `count`.
  void SetParts(std::vector<ExpertRows> to, size_t count, Random& random) {
    parts = std::move(to);
    rows = 0;
    for (const ExpertRows& part : parts) rows += part.rows;
    token_count = count;
    tokens.clear();
    for (size_t i = 0; i < rows && count != 0; ++i) {
      tokens.push_back(static_cast<uint32_t>(random.Below(count)));
    }
    act = random.Normals(std::max(rows, count) * kK);
  }
  ExpertRun Run(void* out) const { return {act.data(), out, parts, tokens, token_count, nullptr}; }
  ExpertPlan MustPlan() const {
    auto plan = MakeExpertPlan(experts, problem);
    REQUIRE_MESSAGE(plan.ok(), plan.status().text());
    return std::move(*plan);
  }

  // Single products, with the kernels of the plan.
  std::vector<float> Want(const ExpertPlan& plan) const {
    std::vector<float> want;
    size_t row = 0;
    for (const ExpertRows& part : parts) {
      if (part.rows == 0) continue;
      std::vector<float> gathered;
      for (size_t i = row; i < row + part.rows; ++i) {
        const size_t token = tokens.empty() ? i : tokens[i];
        gathered.insert(gathered.end(), act.begin() + static_cast<ptrdiff_t>(token * kK),
                        act.begin() + static_cast<ptrdiff_t>((token + 1) * kK));
      }
      Problem one = problem;
      one.m = part.rows, one.bias = part.bias;
      one.kernel = plan.kernel(part.rows), one.target = plan.target();
      const Plan single = test::MustPlan(experts[part.expert], one);
      const auto out = test::RunPlan(single, gathered, part.rows * kN);
      want.insert(want.end(), out.begin(), out.end());
      row += part.rows;
    }
    return want;
  }
};

void CheckRun(const Group& group, Threads* pool) {
  const ExpertPlan plan = group.MustPlan();
  const auto want = group.Want(plan);
  CAPTURE(std::string(plan.kernel(1)));
  const Guarded workspace(plan.workspace_bytes(), 0xcc);
  for (Threads* threads : {static_cast<Threads*>(nullptr), pool}) {
    std::vector<float> out(group.rows * Group::kN, -1.0f);
    const Status status = plan.Run(group.Run(out.data()), workspace.span(), threads);
    REQUIRE_MESSAGE(status.ok(), status.text());
    CHECK(test::FirstDifference(out, want) == want.size());
    CHECK(workspace.intact());
  }
}

TEST_CASE("groups of products have the bits of single ones, on every target") {
  Random random(71);
  auto pool = MakeThreads(3);
  REQUIRE(pool.ok());
  for (const Case& c : kCases) {
    Group group(c, random);
    for (const std::string_view target : Targets()) {
      CAPTURE(std::string(target));
      CAPTURE(std::string(Name(c.format)));
      group.problem.target = target, group.problem.m = 150, group.problem.threads = 3;
      const float* bias = group.biases[2].data();
      // Experts that nobody takes, or twice; tokens that nobody takes, or all of one part.
      group.SetParts({{3, 1}, {0, 0}, {2, 5, bias}, {1, 2}, {3, 1}}, 7, random);
      CheckRun(group, pool->get());
      group.SetParts({{0, 9}, {1, 70}, {2, 1, bias}}, 0, random);
      CheckRun(group, pool->get());
      group.SetParts({{0, 1}, {1, 1}, {2, 1}, {3, 1}}, 1, random);
      CheckRun(group, pool->get());
    }
  }
}

TEST_CASE("slices of a group at once, in turn and backwards give Run's bits") {
  Random random(72);
  Group group(kCases[2], random);
  group.problem.m = 40, group.problem.threads = 8;
  group.SetParts({{1, 20}, {0, 3}, {2, 1}}, 9, random);
  const ExpertPlan plan = group.MustPlan();
  const auto want = group.Want(plan);
  for (const size_t nth : {size_t{1}, size_t{3}, size_t{8}}) {
    const Guarded workspace(plan.workspace_bytes());
    std::vector<float> out(want.size());
    const auto slice = [&](size_t ith) {
      CHECK(plan.RunSlice(group.Run(out.data()), workspace.span(), ith, nth).ok());
    };
    for (size_t i = 0; i < nth; ++i) slice(i);
    CHECK(out == want);
    std::fill(out.begin(), out.end(), -1.0f);
    for (size_t i = nth; i-- > 0;) slice(i);
    CHECK(out == want);
    for (int turn = 0; turn < 20; ++turn) {
      std::fill(out.begin(), out.end(), -1.0f);
      std::vector<std::thread> threads;
      for (size_t i = 0; i < nth; ++i) threads.emplace_back(slice, i);
      for (std::thread& thread : threads) thread.join();
      CHECK(out == want);
    }
    CHECK(workspace.intact());
  }
}

TEST_CASE("a producer and outliers are those of single products") {
  Random random(73);
  Group group(kCases[3], random);
  group.problem.m = 12, group.problem.threads = 2;
  group.SetParts({{1, 7}, {2, 5}}, 3, random);
  for (size_t i = 5; i < group.act.size(); i += 97) group.act[i] *= 50;
  CheckRun(group, nullptr);
  const std::vector<float> gamma = random.Normals(Group::kK);
  Producer producer;
  producer.gamma = gamma.data();
  const ExpertPlan plan = group.MustPlan();
  const Guarded workspace(plan.workspace_bytes());
  std::vector<float> out(group.rows * Group::kN);
  ExpertRun run = group.Run(out.data());
  run.producer = &producer;
  REQUIRE(plan.Run(run, workspace.span()).ok());
  Problem all = group.problem;
  all.m = 3;
  std::vector<float> made(group.act.size());
  REQUIRE(
      test::MustPlan(group.experts[0], all).Produce(group.act.data(), producer, made.data()).ok());
  group.act = made;
  CHECK(out == group.Want(plan));
}

// Counts what preparation is called for.
size_t packed = 0;
void CountPack(const kernels::PackActArgs&, size_t, size_t) { ++packed; }
void NoKernel(const kernels::KernelArgs&) {}

TEST_CASE("a token is prepared once however many rows take it, and nothing is done for none") {
  Random random(74);
  Group group(kCases[2], random);
  group.problem.m = 40;
  group.SetParts({{0, 10}, {1, 0}, {2, 10}}, 2, random);
  const ExpertPlan plan = group.MustPlan();
  const ExpertsImpl& made = ExpertsImpl::Of(plan);
  kernels::TargetKernels target = *made.kernels.front().choice.target;
  target.pack_act.fill(&CountPack);
  target.kernel.fill(&NoKernel);
  auto counting = made.kernels;
  for (plan::ExpertKernel& kernel : counting) kernel.choice.target = &target;
  const ExpertsImpl impl{made.request, made.blocking, made.split, counting,
                         made.experts, made.views,    made.memory};
  const Guarded workspace(plan.workspace_bytes());
  std::vector<float> out(group.rows * Group::kN);
  packed = 0;
  REQUIRE(impl.Run(group.Run(out.data()), workspace.span(), nullptr).ok());
  CHECK(packed == 2);
  group.SetParts({{0, 0}, {1, 0}}, 0, random);
  packed = 0;
  CHECK(impl.Run({out.data(), out.data(), group.parts, {}, 0, nullptr}, workspace.span(), nullptr)
            .ok());
  CHECK(packed == 0);
}

TEST_CASE("calls and weights that do not fit the plan are refused") {
  Random random(75);
  Group group(kCases[2], random);
  group.problem.m = 10;
  group.SetParts({{1, 2}, {3, 2}}, 3, random);
  const ExpertPlan plan = group.MustPlan();
  const Guarded workspace(plan.workspace_bytes());
  std::vector<float> out(20 * Group::kN);
  const auto code = [&](auto change) {
    Group changed = group;
    change(changed);
    return plan.Run(changed.Run(out.data()), workspace.span()).code();
  };
  CHECK(code([](Group&) {}) == Code::kOk);
  CHECK(code([](Group& g) { g.parts[0].expert = 4; }) == Code::kBadArgument);
  CHECK(code([](Group& g) { g.parts[1].rows = 9; }) == Code::kBadShape);
  CHECK(code([](Group& g) { g.parts[1].rows = SIZE_MAX; }) == Code::kBadShape);
  CHECK(code([](Group& g) { g.parts[1].rows = 1; }) == Code::kBadShape);
  CHECK(code([](Group& g) { g.tokens[3] = 3; }) == Code::kBadArgument);
  CHECK(code([](Group& g) { g.token_count = 11; }) == Code::kBadShape);
  CHECK(plan.Run(group.Run(out.data()), workspace.span().first(64)).code() ==
        Code::kWorkspaceTooSmall);
  CHECK(plan.Run(group.Run(nullptr), workspace.span()).code() == Code::kBadArgument);
  CHECK(plan.RunSlice(group.Run(out.data()), workspace.span(), 1, 2).code() == Code::kBadArgument);

  CHECK(MakeExpertPlan({}, group.problem).status().code() == Code::kBadArgument);
  std::vector<PackedWeights> mixed = group.experts;
  mixed.push_back(Group(kCases[0], random).experts[0]);
  CHECK(MakeExpertPlan(mixed, group.problem).status().code() == Code::kBadArgument);
  group.problem.bias = group.biases[0].data();
  CHECK(MakeExpertPlan(group.experts, group.problem).status().code() == Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm
