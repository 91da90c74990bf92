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

TEST_CASE("producers give the bits of the C++ interface") {
  constexpr size_t kTokens = Routes::kTokens, kK = Routes::kK;
  Random random(75);
  Routes routes;
  routes.act = random.Normals(kTokens * kK);
  const std::vector<float> gamma = random.Normals(kK), up = random.Normals(kTokens * kK);
  const Weights w = RandomWeights(Routes::kN, kK);
  const QuantSpec spec = {WeightFormat::kInt2, 32, ZeroKind::kNone, Elem::kF32, false};
  Problem cpp;
  cpp.m = kTokens;
  const Result<Plan> want_plan = MakePlan(PackCpp(w, spec), cpp);
  REQUIRE_MESSAGE(want_plan.ok(), want_plan.status().text());
  const PackedHandle packed = PackC(w, spec);
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = kTokens;
  lutgemm_plan* made = nullptr;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  const PlanHandle plan(made);
  std::vector<float> out(kTokens * Routes::kN);
  lutgemm_run_args args = routes.Args(plan.get(), &out);
  lutgemm_producer producer = LUTGEMM_PRODUCER_INIT;
  CHECK(producer.epsilon == Producer{}.epsilon);
  producer.epsilon = 0.25f;
  producer.gamma = gamma.data();
  producer.up = up.data();
  for (const auto kind : {Producer::Kind::kRmsNorm, Producer::Kind::kSiluGate}) {
    producer.kind = static_cast<uint32_t>(kind);
    const Producer same = {kind, gamma.data(), 0.25f, up.data()};
    std::vector<float> want(out.size()), want_act(kTokens * kK), act(kTokens * kK);
    base::Buffer memory = *base::Buffer::Allocate(want_plan->workspace_bytes());
    REQUIRE(want_plan->Run(routes.act.data(), same, want.data(), memory.span()).ok());
    REQUIRE(want_plan->Produce(routes.act.data(), same, want_act.data()).ok());
    std::fill(out.begin(), out.end(), 0.0f);
    MustSucceed(lutgemm_run_fused(made, &producer, &args));
    CHECK(out == want);
    std::fill(out.begin(), out.end(), 0.0f);
    MustSucceed(lutgemm_build_tables_fused(made, &producer, &args));
    MustSucceed(lutgemm_apply(made, &args));
    CHECK(out == want);
    lutgemm_run_args row = args;
    row.out = act.data();
    MustSucceed(lutgemm_produce(made, &producer, &row));
    CHECK(act == want_act);
  }
  for (const auto run : {lutgemm_run_fused, lutgemm_build_tables_fused, lutgemm_produce}) {
    CHECK(run(made, nullptr, &args) == LUTGEMM_BAD_ARGUMENT);
    CHECK(run(nullptr, &producer, &args) == LUTGEMM_BAD_ARGUMENT);
    lutgemm_producer bad = producer;
    bad.struct_size = 4;
    CHECK(run(made, &bad, &args) == LUTGEMM_BAD_ARGUMENT);
    bad = producer;
    bad.kind = 2;
    CHECK(run(made, &bad, &args) == LUTGEMM_BAD_ARGUMENT);
    bad = producer;
    bad.up = nullptr;
    CHECK(run(made, &bad, &args) == LUTGEMM_BAD_ARGUMENT);
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
  for (uint32_t i = 0; i < w.k; ++i) cpp.act_order.from.push_back(i * 5 % uint32_t(w.k));
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
  std::vector<uint32_t> order = cpp.act_order.from;
  problem.act_order = order.data();
  lutgemm_plan* made = nullptr;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  PlanHandle plan(made);
  std::ranges::fill(order, 0u);  // the plan has a copy
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  args.act = act.data();
  args.out = out.data();
  args.workspace = workspace.data();
  args.workspace_bytes = workspace.size();
  MustSucceed(lutgemm_run(plan.get(), &args));
  CHECK(out == want);
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
  made = plan.get();
  CHECK(std::string(lutgemm_plan_explain(made)) == want_plan->Explain());
  CHECK(lutgemm_plan_kernel(made) == want_plan->kernel());
  CHECK(lutgemm_plan_method(made) == static_cast<uint32_t>(want_plan->method()));
  CHECK(lutgemm_plan_regime(made) == static_cast<uint32_t>(want_plan->regime()));
  CHECK(lutgemm_plan_block(made) == want_plan->block());
  CHECK(lutgemm_plan_k_chunk(made) == want_plan->k_chunk());
  CHECK(lutgemm_plan_target(made) == want_plan->target());
  CHECK(lutgemm_plan_table_key(made) == want_plan->table_key());

  // Forced kernels and targets, by the names that the library lists, and a block.
  problem = LUTGEMM_PROBLEM_INIT;
  problem.target = lutgemm_target_name(lutgemm_target_count() - 1);
  problem.kernel = "dot_gemm_planes_b2";
  problem.mode = LUTGEMM_EXACT;
  problem.block = 32;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  const PlanHandle forced(made);
  CHECK(std::string(lutgemm_plan_target(made)) == problem.target);
  CHECK(std::string(lutgemm_plan_kernel(made)) == problem.kernel);
  problem.kernel = "no such kernel";
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_NO_KERNEL);
  CHECK(made == nullptr);
  problem.kernel = nullptr;
  problem.target = "no such target";
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
  CHECK(std::string(lutgemm_last_error()).find("no such target") != std::string::npos);
  problem.target = nullptr;
  problem.block = 7;
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
}

}  // namespace
}  // namespace lutgemm::test
