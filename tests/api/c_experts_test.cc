// C interface: groups of products against single ones.
#include "base/buffer.h"
#include "c_kit.h"

#include <cstring>

namespace lutgemm::test {
namespace {

constexpr size_t kN = 70, kK = 128;
using ExpertsHandle =
    std::unique_ptr<lutgemm_experts, Freer<lutgemm_experts, lutgemm_experts_free>>;

ExpertsHandle MustPlan(const std::vector<const lutgemm_packed*>& packed, size_t rows) {
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = rows, problem.threads = 2;
  lutgemm_experts* experts = nullptr;
  MustSucceed(lutgemm_experts_create(packed.data(), packed.size(), &problem, &experts));
  return ExpertsHandle(experts);
}

// Rows of one part, by a plan of its own.
std::vector<float> Single(const lutgemm_packed* packed, const char* kernel, const float* bias,
                          const std::vector<float>& act) {
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = act.size() / kK, problem.kernel = kernel, problem.bias = bias;
  lutgemm_plan* made = nullptr;
  MustSucceed(lutgemm_plan_create(packed, &problem, &made));
  const PlanHandle plan(made);
  std::vector<float> out(problem.m * kN);
  base::Buffer workspace = *base::Buffer::Allocate(lutgemm_plan_workspace_bytes(made));
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  args.act = act.data(), args.out = out.data();
  args.workspace = workspace.data(), args.workspace_bytes = workspace.size();
  MustSucceed(lutgemm_run(made, &args));
  return out;
}

TEST_CASE("a group of products from C has the bits of single products") {
  std::vector<PackedHandle> weights;
  std::vector<const lutgemm_packed*> packed;
  for (size_t i = 0; i < 3; ++i) {
    Weights w = RandomWeights(kN, kK);
    for (float& value : w.values) value *= 1.0f + static_cast<float>(i);
    weights.push_back(PackC(w, {WeightFormat::kInt4, 64}));
    packed.push_back(weights.back().get());
  }
  const ExpertsHandle experts = MustPlan(packed, 6);
  Random random(78);
  const std::vector<float> act = random.Normals(2 * kK), bias = random.Normals(kN);
  const uint32_t tokens[] = {1, 0, 1, 1};
  const lutgemm_expert_rows parts[] = {{2, 1, bias.data()}, {1, 0, nullptr}, {0, 3, nullptr}};
  std::vector<float> gathered;
  for (uint32_t token : tokens) {
    gathered.insert(gathered.end(), act.data() + token * kK, act.data() + (token + 1) * kK);
  }
  std::vector<float> want = Single(packed[2], lutgemm_experts_kernel(experts.get(), 1), bias.data(),
                                   {gathered.begin(), gathered.begin() + kK});
  const auto rest = Single(packed[0], lutgemm_experts_kernel(experts.get(), 3), nullptr,
                           {gathered.begin() + kK, gathered.end()});
  want.insert(want.end(), rest.begin(), rest.end());

  std::vector<float> out(want.size());
  base::Buffer workspace = *base::Buffer::Allocate(lutgemm_experts_workspace_bytes(experts.get()));
  std::memset(workspace.data(), 0, LUTGEMM_WORKSPACE_HEADER);
  lutgemm_experts_run_args args = LUTGEMM_EXPERTS_RUN_ARGS_INIT;
  args.act = act.data(), args.out = out.data();
  args.parts = parts, args.part_count = 3;
  args.tokens = tokens, args.row_count = 4, args.token_count = 2;
  args.workspace = workspace.data(), args.workspace_bytes = workspace.size();
  MustSucceed(lutgemm_experts_run(experts.get(), &args));
  CHECK(out == want);
  std::fill(out.begin(), out.end(), -1.0f);
  MustSucceed(lutgemm_experts_run_slice(experts.get(), &args, 1, 2));
  MustSucceed(lutgemm_experts_run_slice(experts.get(), &args, 0, 2));
  CHECK(out == want);

  args.row_count = 3;
  CHECK(lutgemm_experts_run(experts.get(), &args) == LUTGEMM_BAD_SHAPE);
  args.tokens = nullptr;
  CHECK(lutgemm_experts_run(experts.get(), &args) == LUTGEMM_BAD_ARGUMENT);
  args.row_count = 0, args.parts = nullptr;
  CHECK(lutgemm_experts_run(experts.get(), &args) == LUTGEMM_BAD_ARGUMENT);
  lutgemm_producer producer = LUTGEMM_PRODUCER_INIT;
  args.parts = parts, args.producer = &producer;  // without gamma
  CHECK(lutgemm_experts_run(experts.get(), &args) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_experts_run(nullptr, &args) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_experts_workspace_bytes(nullptr) == 0);
  CHECK(lutgemm_experts_kernel(nullptr, 1) == nullptr);
  lutgemm_experts_free(nullptr);
}

TEST_CASE("groups of no weights, or of none, are refused") {
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  lutgemm_experts* experts = nullptr;
  const lutgemm_packed* none[] = {nullptr};
  CHECK(lutgemm_experts_create(none, 1, &problem, &experts) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_experts_create(nullptr, 0, &problem, &experts) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_experts_create(nullptr, 0, &problem, nullptr) == LUTGEMM_BAD_ARGUMENT);
  CHECK(experts == nullptr);
}

}  // namespace
}  // namespace lutgemm::test
