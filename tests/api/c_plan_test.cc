// Products through the C interface, bit for bit those of the C++ one.
#include <algorithm>
#include <cstring>
#include <string>

#include "api/c_kit.h"
#include "base/buffer.h"

namespace lutgemm::test {
namespace {

// One product by every route of the C interface and by the C++ one.
struct Routes {
  static constexpr size_t kTokens = 3, kN = 37, kK = 75;
  std::vector<float> act;
  base::Buffer workspace, tables;

  std::vector<float> Cpp(const PackedWeights& weights, const Problem& problem) {
    const Result<Plan> plan = MakePlan(weights, problem);
    REQUIRE_MESSAGE(plan.ok(), plan.status().text());
    std::vector<float> out(kTokens * kN);
    workspace = *base::Buffer::Allocate(plan->workspace_bytes());
    const Status status = plan->Run(act.data(), out.data(), workspace.span());
    REQUIRE_MESSAGE(status.ok(), status.text());
    return out;
  }

  lutgemm_run_args Args(const lutgemm_plan* plan, std::vector<float>* out) {
    workspace = *base::Buffer::Allocate(lutgemm_plan_workspace_bytes(plan));
    tables = *base::Buffer::Allocate(lutgemm_plan_table_bytes(plan));
    lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
    args.act = act.data();
    args.out = out->data();
    args.workspace = workspace.data();
    args.workspace_bytes = workspace.size();
    args.tables = tables.data();
    args.table_bytes = tables.size();
    return args;
  }
};

TEST_CASE("runs, slices and tables give the bits of the C++ interface") {
  Random random(72);
  Routes routes;
  routes.act = random.Normals(Routes::kTokens * Routes::kK);
  const std::vector<float> bias = random.Normals(Routes::kN);
  const Weights w = RandomWeights(Routes::kN, Routes::kK);
  lutgemm_threads* pool = nullptr;
  MustSucceed(lutgemm_threads_create(2, &pool));
  const ThreadsHandle threads(pool);
  for (const QuantSpec& spec : AllSpecs()) {
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      CAPTURE(Name(spec.format));
      CAPTURE(Name(spec.zero));
      CAPTURE(Name(mode));
      Problem cpp;
      cpp.m = Routes::kTokens;
      cpp.mode = mode;
      cpp.threads = 2;
      cpp.bias = bias.data();
      const std::vector<float> want = routes.Cpp(PackCpp(w, spec), cpp);

      PackedHandle packed = PackC(w, spec);
      lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
      problem.m = Routes::kTokens;
      problem.mode = static_cast<uint32_t>(mode);
      problem.threads = 2;
      problem.bias = bias.data();
      lutgemm_plan* made = nullptr;
      MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
      const PlanHandle plan(made);
      packed.reset();  // the plan keeps the weights

      std::vector<float> out(want.size());
      lutgemm_run_args args = routes.Args(plan.get(), &out);
      MustSucceed(lutgemm_run(plan.get(), &args));
      CHECK(out == want);
      args.threads = pool;
      std::fill(out.begin(), out.end(), 0.0f);
      MustSucceed(lutgemm_run(plan.get(), &args));
      CHECK(out == want);

      std::fill(out.begin(), out.end(), 0.0f);
      std::memset(args.workspace, 0, LUTGEMM_WORKSPACE_HEADER);
      MustSucceed(lutgemm_run_slice(plan.get(), &args, 1, 2));
      MustSucceed(lutgemm_run_slice(plan.get(), &args, 0, 2));
      CHECK(out == want);

      std::fill(out.begin(), out.end(), 0.0f);
      MustSucceed(lutgemm_build_tables(plan.get(), &args));
      MustSucceed(lutgemm_apply(plan.get(), &args));
      CHECK(out == want);
    }
  }
}

TEST_CASE("every field of a problem arrives") {
  const Weights w = RandomWeights(33, 64);
  const QuantSpec spec = {WeightFormat::kInt2, 64, ZeroKind::kNone, Elem::kF32, false};
  const PackedHandle packed = PackC(w, spec);
  Random random(73);
  const std::vector<int8_t> act = random.Int8s(2 * 70);
  Problem cpp;
  cpp.m = 2;
  cpp.act = Elem::kI8;
  cpp.out = Elem::kI32;
  cpp.mode = Mode::kExact;
  cpp.act_stride = 70;
  cpp.out_stride = 40;
  const Result<Plan> want_plan = MakePlan(PackCpp(w, spec), cpp);
  REQUIRE_MESSAGE(want_plan.ok(), want_plan.status().text());
  std::vector<int32_t> want(2 * 40, -1), out(2 * 40, -1);
  base::Buffer workspace = *base::Buffer::Allocate(want_plan->workspace_bytes());
  REQUIRE(want_plan->Run(act.data(), want.data(), workspace.span()).ok());

  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = 2;
  problem.act = LUTGEMM_I8;
  problem.out = LUTGEMM_I32;
  problem.mode = LUTGEMM_EXACT;
  problem.act_stride = 70;
  problem.out_stride = 40;
  lutgemm_plan* made = nullptr;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  PlanHandle plan(made);
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  args.act = act.data();
  args.out = out.data();
  args.workspace = workspace.data();
  args.workspace_bytes = workspace.size();
  MustSucceed(lutgemm_run(plan.get(), &args));
  CHECK(out == want);
  CHECK(std::string(lutgemm_plan_explain(made)) == want_plan->Explain());
  CHECK(lutgemm_plan_row(made) == want_plan->row());
  CHECK(lutgemm_plan_target(made) == want_plan->target());
  CHECK(lutgemm_plan_table_key(made) == want_plan->table_key());

  // Forced rows and targets, by the names that the library lists, and a block.
  problem = LUTGEMM_PROBLEM_INIT;
  problem.target = lutgemm_target_name(lutgemm_target_count() - 1);
  problem.row = made != nullptr ? lutgemm_plan_row(made) : nullptr;
  problem.mode = LUTGEMM_EXACT;
  problem.block = 32;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  const PlanHandle forced(made);
  CHECK(std::string(lutgemm_plan_target(made)) == problem.target);
  CHECK(std::string(lutgemm_plan_row(made)) == problem.row);
  problem.row = "no such row";
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_NO_KERNEL);
  CHECK(made == nullptr);
  problem.row = nullptr;
  problem.target = "no such target";
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
  CHECK(std::string(lutgemm_last_error()).find("no such target") != std::string::npos);
  problem.target = nullptr;
  problem.block = 7;
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
}

}  // namespace
}  // namespace lutgemm::test
