#include "oracle/check.h"

#include "base/cpu.h"
#include "base/text.h"
#include "oracle/inputs.h"
#include "oracle/numbers.h"
#include "oracle/outputs.h"
#include "support/run.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <set>

namespace lutgemm::oracle {
namespace {

using base::Cat;
using test::Guarded;
using test::Random;

constexpr unsigned char kUntouched = 0x7f;
// Tokens, and multiply-adds of the oracle, per problem.
constexpr size_t kTokens = 4, kProducts = 120000;

struct Call {
  const Plan& plan;
  const Plan& builder;  // of tables: a plan with the same key
  const RandomProblem& problem;
  const Inputs& inputs;
  std::optional<Producer> producer;
};

std::optional<Producer> ProducerOf(const RandomProblem& problem, const Inputs& inputs) {
  Producer producer;
  switch (problem.producer) {
    case Makes::kNothing:
      return std::nullopt;
    case Makes::kRmsNorm:
      producer.kind = Producer::Kind::kRmsNorm;
      producer.gamma = inputs.gamma.data();
      return producer;
    case Makes::kSiluGate:
      producer.kind = Producer::Kind::kSiluGate;
      producer.up = inputs.up.data();
      return producer;
  }
  return std::nullopt;
}

Threads* Pool() {
  static const std::unique_ptr<Threads> pool = [] {
    auto made = MakeThreads(2);
    REQUIRE(made.ok());
    return std::move(*made);
  }();
  return pool.get();
}

Status RunSlices(const Call& call, const Guarded& workspace, void* out, Random& random) {
  std::memset(workspace.data(), 0, Plan::kWorkspaceHeader);
  std::vector<size_t> order(call.problem.slices);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  for (size_t ith : order) {
    Status status =
        call.plan.RunSlice(call.inputs.act.data(), out, workspace.span(), ith, order.size());
    if (!status.ok()) return status;
  }
  return {};
}

Status RunTables(const Call& call, const Guarded& workspace, void* out) {
  const Guarded tables(std::max(call.plan.table_bytes(), call.builder.table_bytes()), 0xcc);
  const void* act = call.inputs.act.data();
  const Plan& builder = call.builder;
  Status status = call.producer ? builder.BuildTables(act, *call.producer, tables.span(), Pool())
                                : builder.BuildTables(act, tables.span(), Pool());
  if (status.ok()) status = call.plan.Apply(tables.span(), out, workspace.span(), Pool());
  if (status.ok() && !tables.intact()) return {Code::kInternal, "bytes beside tables written"};
  return status;
}

// Runs the problem; an error's text is what went wrong.
Status Execute(const Call& call, const Guarded& out, Random& random) {
  const Guarded workspace(call.plan.workspace_bytes(), 0xcc);
  const void* act = call.inputs.act.data();
  Threads* threads = call.problem.way == Way::kThreads ? Pool() : nullptr;
  Status status;
  if (call.problem.way == Way::kSlices) {
    status = RunSlices(call, workspace, out.data(), random);
  } else if (call.problem.way == Way::kTables) {
    status = RunTables(call, workspace, out.data());
  } else if (call.producer) {
    status = call.plan.Run(act, *call.producer, out.data(), workspace.span(), threads);
  } else {
    status = call.plan.Run(act, out.data(), workspace.span(), threads);
  }
  if (status.ok() && !workspace.intact()) {
    return {Code::kInternal, "bytes beside the workspace written"};
  }
  return status;
}

// Whether the bytes around outputs, and between those of tokens, are as they were.
bool Untouched(const Guarded& out, const Problem& p, size_t n) {
  const size_t bytes = ElemBytes(p.out);
  const auto* at = reinterpret_cast<const unsigned char*>(out.data());
  for (size_t token = 0; token + 1 < p.m; ++token) {
    for (size_t i = n * bytes; i < p.out_stride * bytes; ++i) {
      if (at[token * p.out_stride * bytes + i] != kUntouched) return false;
    }
  }
  return out.intact();
}

std::vector<size_t> Sample(size_t count, size_t most, Random& random, std::set<size_t> picked) {
  picked.insert(0), picked.insert(count - 1);
  for (size_t tries = 0; picked.size() < std::min(most, count) && tries < 4 * most; ++tries) {
    picked.insert(random.Below(count));
  }
  return {picked.begin(), picked.end()};
}

Spec SpecOf(const Weights& weights, const RandomProblem& problem, const Plan& plan) {
  const Problem& p = problem.problem;
  Spec spec{p.mode, plan.method(), weights.packed.layout(), p.block, p.act_bfp};
  spec.int8_acts = p.act == Elem::kI8;
  spec.int32_outputs = p.out == Elem::kI32;
  for (uint8_t zero : weights.matrix.zeros)
    spec.largest_zero = std::max<unsigned>(spec.largest_zero, zero);
  return spec;
}

// What the token's producer makes of it, by the formulas of lutgemm::Producer in float64.
std::string CheckProduced(const Call& call, size_t token, std::span<const float> made) {
  const Problem& p = call.problem.problem;
  const std::vector<float> x = TokenOf(call.inputs.act, p, token, made.size());
  double squares = 0;
  for (float v : x) squares += static_cast<double>(v) * v;
  const double mean = squares / static_cast<double>(x.size()) + call.producer->epsilon;
  const double r = 1.0 / std::sqrt(mean);
  // Relative: half of what 64 running sums and their tree lose, and a few operations.
  const double sums = (static_cast<double>(x.size()) / 64 + 16) * 0x1p-24;
  std::vector<float> up;
  if (call.problem.producer == Makes::kSiluGate) up = TokenOf(call.inputs.up, p, token, x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double want = up.empty() ? x[i] * r * call.inputs.gamma[i]
                                   : x[i] / (1.0 + std::exp(-static_cast<double>(x[i]))) * up[i];
    const double bound = std::abs(want) * (up.empty() ? sums : 5e-7) + 1e-35;
    if (up.empty() || std::abs(x[i]) <= 87) {
      if (!(std::abs(made[i] - want) <= bound)) {
        return Cat("producer: token ", token, ", channel ", i, " is ", made[i], ", not ", want);
      }
    }
  }
  return {};
}

// The token's activations as the product meets them.
std::string TokenActs(const Call& call, size_t token, std::span<const float> produced,
                      std::vector<float>& acts) {
  const Problem& p = call.problem.problem;
  const size_t k = acts.size();
  std::vector<float> made;
  if (call.producer) {
    made.assign(produced.begin() + static_cast<ptrdiff_t>(token * k),
                produced.begin() + static_cast<ptrdiff_t>((token + 1) * k));
    if (std::string wrong = CheckProduced(call, token, made); !wrong.empty()) return wrong;
  } else {
    made = TokenOf(call.inputs.act, p, token, k);
  }
  const std::vector<uint32_t>& from = p.act_order.from;
  for (size_t i = 0; i < k; ++i) acts[i] = made[from.empty() ? i : from[i]];
  return {};
}

struct Output {
  const Spec& spec;
  const Row& row;
  const float* bias;
  size_t token, index;
};

// One output against the page, and the page against float64.
std::string CheckOutput(const Output& o, const Token& token, std::span<const float> acts,
                        const Problem& p, const std::byte* out) {
  const size_t at = o.token * p.out_stride + o.index;
  if (p.out == Elem::kI32) {
    int32_t have;
    std::memcpy(&have, out + at * 4, 4);
    const int64_t want = IntegerProduct(token, o.row);
    if (have == want) return {};
    return Cat("token ", o.token, ", output ", o.index, " is ", have, ", the oracle has ", want);
  }
  const float acc = Accumulator(token, o.row, o.spec);
  const float have = Load(out, p.out, at), want = Finished(acc, o.row, o.bias, p.out);
  if (!Same(have, want)) {
    return Cat("token ", o.token, ", output ", o.index, " is ", have, ", the oracle has ", want);
  }
  const Bounded bounded = AccumulatorBound(acts, token, o.row, o.spec);
  if (!std::isfinite(acc) || !std::isfinite(bounded.error)) return {};
  if (std::abs(acc - bounded.value) <= bounded.error) return {};
  return Cat("token ", o.token, ", output ", o.index, " has sum ", acc, ", in float64 ",
             bounded.value, ", further than ", bounded.error);
}

std::string CheckSample(const Call& call, const Weights& weights, const Guarded& out,
                        Random& random) {
  const WeightInfo& info = weights.matrix.info;
  const Problem& p = call.problem.problem;
  const Spec spec = SpecOf(weights, call.problem, call.plan);
  std::vector<float> produced(call.producer ? p.m * info.k : 0);
  if (call.producer) {
    REQUIRE(call.plan.Produce(call.inputs.act.data(), *call.producer, produced.data()).ok());
  }
  const size_t most = std::clamp<size_t>(kProducts / info.k / kTokens, 3, 40);
  std::vector<Row> rows;
  const std::vector<size_t> outputs = Sample(info.n, most, random, {});
  for (size_t n : outputs) rows.push_back(RowOf(weights.matrix, n));
  std::vector<float> acts(info.k);
  for (size_t t : Sample(p.m, kTokens, random, call.inputs.special)) {
    if (std::string wrong = TokenActs(call, t, produced, acts); !wrong.empty()) return wrong;
    const Token token = Prepare(acts, info, spec);
    for (size_t i = 0; i < rows.size(); ++i) {
      const Output o{spec, rows[i], p.bias ? p.bias + outputs[i] : nullptr, t, outputs[i]};
      std::string wrong = CheckOutput(o, token, acts, p, out.data());
      if (!wrong.empty()) return wrong;
    }
  }
  return {};
}

// The same kernel on the target that builds tables, which serve all targets alike.
Result<Plan> PlanOfBuilder(const Weights& weights, const RandomProblem& problem,
                           std::string_view kernel) {
  Problem p = problem.problem;
  p.target = problem.builder, p.kernel = kernel;
  return MakePlan(weights.packed, p);
}

}  // namespace

Outcome CheckProblem(const Weights& weights, RandomProblem& problem, Random& random) {
  const WeightInfo& info = weights.matrix.info;
  Problem& p = problem.problem;
  p.bias = problem.bias.empty() ? nullptr : problem.bias.data();
  const Result<Plan> plan = MakePlan(weights.packed, p);
  if (!plan.ok()) return {Cat("no plan: ", plan.status().text()), {}};
  Outcome outcome{{}, Cat(plan->kernel(), " on ", plan->target())};
  outcome.by_parts = plan->Explain().find(" parts of ") != std::string_view::npos;
  outcome.spans = BlocksOf(info, SpecOf(weights, problem, *plan)).front().span;
  const Inputs inputs = RandomInputs(problem, info.k, random);
  const Result<Plan> other = PlanOfBuilder(weights, problem, plan->kernel());
  const bool shares = other.ok() && other->table_key() == plan->table_key();
  const Call call{*plan, shares ? *other : *plan, problem, inputs, ProducerOf(problem, inputs)};
  const Guarded out(((p.m - 1) * p.out_stride + info.n) * ElemBytes(p.out), kUntouched);
  const Status status = Execute(call, out, random);
  if (!status.ok()) {
    outcome.wrong = Cat("no run: ", status.text());
  } else if (!Untouched(out, p, info.n)) {
    outcome.wrong = "bytes beside outputs written";
  } else {
    outcome.wrong = CheckSample(call, weights, out, random);
  }
  if (!outcome.wrong.empty()) outcome.wrong += Cat("; ", plan->Explain());
  return outcome;
}

}  // namespace lutgemm::oracle
