#include "tools/measure/producer.h"

#include "tools/measure/sample.h"

#include "model/cost/paper.h"

#include <fmt/core.h>

#include <array>
#include <utility>

namespace lutgemm::tools {
namespace {

namespace paper = model::cost::paper;

constexpr size_t kPasses = 5;

std::string Micro(double seconds) { return NumberText(seconds * 1e6); }
std::string Percent(double share) { return NumberText(100 * share); }

// What the calls read and write.
struct Operands {
  std::vector<std::byte> act, up;
  std::vector<float> gamma, produced, out;
  Scratch tables, workspace;
};

Result<Operands> MakeOperands(const BenchResult& what, const Problem& problem, const Plan& plan,
                              const Plan& plain) {
  Random random(problem.m);
  const size_t count = what.m * what.k;
  std::vector<float> act = RandomActs(count, random), up = RandomActs(count, random);
  Result<Scratch> tables = Scratch::Map(std::max(plan.table_bytes(), plain.table_bytes()));
  if (!tables.ok()) return tables.status();
  Result<Scratch> workspace = Scratch::Map(plan.workspace_bytes());
  if (!workspace.ok()) return workspace.status();
  return Operands{
      StoreActs(act, problem.act), StoreActs(up, problem.act),          RandomActs(what.k, random),
      std::vector<float>(count),   std::vector<float>(what.m * what.n), *std::move(tables),
      *std::move(workspace)};
}

}  // namespace

Result<Producer::Kind> ParseProducer(std::string_view name) noexcept {
  for (const auto kind : {Producer::Kind::kRmsNorm, Producer::Kind::kSiluGate}) {
    if (name == ProducerName(kind)) return kind;
  }
  return Status(Code::kBadArgument,
                "the producer is rmsnorm or silu, not '" + std::string(name) + "'");
}

std::string_view ProducerName(Producer::Kind kind) noexcept {
  return kind == Producer::Kind::kRmsNorm ? "rmsnorm" : "silu";
}

Result<ProducerResult> RunProducer(const BenchWeights& weights, const Problem& problem,
                                   Producer::Kind kind, const TimeSpec& time, Threads* threads) {
  const Result<std::vector<Plan>> plans = MakePlans(weights, problem);
  if (!plans.ok()) return plans.status();
  const Plan& plan = plans->front();
  Problem ready = problem;
  ready.act = Elem::kF32;
  const Result<Plan> plain = MakePlan(weights.copies().front(), ready);
  if (!plain.ok()) return plain.status();
  ProducerResult result;
  result.what = Describe(weights.copies().front(), problem, plan);
  result.what.copies = plans->size();
  result.kind = kind;
  Result<Operands> made = MakeOperands(result.what, problem, plan, *plain);
  if (!made.ok()) return made.status();
  Operands& o = *made;
  const Producer producer = {kind, o.gamma.data(), 1e-5f, o.up.data()};
  Status failure;
  const auto note = [&](Status status) {
    if (!status.ok()) failure = std::move(status);
  };
  const auto produce = [&](size_t) {
    note(plan.Produce(o.act.data(), producer, o.produced.data(), threads));
  };
  const auto separate = [&](size_t i) {
    produce(i);
    note(plain->BuildTables(o.produced.data(), o.tables.span(), threads));
  };
  const auto fused = [&](size_t) {
    note(plan.BuildTables(o.act.data(), producer, o.tables.span(), threads));
  };
  const auto lookups = [&](size_t i) {
    const Plan& of = (*plans)[i % plans->size()];
    note(of.Apply(o.tables.span(), o.out.data(), o.workspace.span(), threads));
  };
  // Turn by turn, so that a disturbance meets all of them.
  TimeSpec spec = time;
  spec.min_seconds /= kPasses;
  std::array<std::vector<double>, 4> seconds;
  for (size_t pass = 0; pass < kPasses && failure.ok(); ++pass) {
    seconds[0].push_back(TimeCalls(spec, produce));
    seconds[1].push_back(TimeCalls(spec, separate));
    seconds[2].push_back(TimeCalls(spec, fused));
    TimeSpec all = spec;
    all.warm_calls = plans->size();
    seconds[3].push_back(TimeCalls(all, lookups));
  }
  if (!failure.ok()) return failure;
  result.produce = Median(seconds[0]);
  result.separate = Median(seconds[1]);
  result.fused = Median(seconds[2]);
  result.what.seconds = result.lookups = Median(seconds[3]);
  return result;
}

Json ProducersJson(std::span<const ProducerResult> results) {
  Json rows = Json::array();
  for (const ProducerResult& r : results) {
    rows.push_back({{"source", "ours"},
                    {"producer", ProducerName(r.kind)},
                    {"format", r.what.format},
                    {"group", r.what.group},
                    {"m", r.what.m},
                    {"n", r.what.n},
                    {"k", r.what.k},
                    {"mode", r.what.mode},
                    {"threads", r.what.threads},
                    {"target", r.what.target},
                    {"kernel", r.what.kernel},
                    {"produce_us", r.produce * 1e6},
                    {"separate_us", r.separate * 1e6},
                    {"fused_us", r.fused * 1e6},
                    {"lookups_us", r.lookups * 1e6},
                    {"separate_overhead", r.separate_overhead()},
                    {"fused_overhead", r.fused_overhead()}});
  }
  Json published = Json::array();
  for (const paper::Table4Row& row : paper::kTable4) {
    const paper::Overhead overhead = paper::OverheadOf(row);
    published.push_back({{"source", "paper"},
                         {"model", row.model},
                         {"batch", row.batch},
                         {"separate_overhead", overhead.separate},
                         {"fused_overhead", overhead.fused}});
  }
  return {{"results", std::move(rows)}, {"table4", std::move(published)}};
}

void PrintProducers(std::span<const ProducerResult> results) {
  Table table({"producer", "format", "M", "N", "K", "<mode", "<kernel", "<target", "produce us",
               "separate us", "fused us", "lookups us", "separate +%", "fused +%"});
  for (const ProducerResult& r : results) {
    table.Add({std::string(ProducerName(r.kind)), r.what.format, fmt::format("{}", r.what.m),
               fmt::format("{}", r.what.n), fmt::format("{}", r.what.k), r.what.mode, r.what.kernel,
               r.what.target, Micro(r.produce), Micro(r.separate), Micro(r.fused), Micro(r.lookups),
               Percent(r.separate_overhead()), Percent(r.fused_overhead())});
  }
  table.Print();
  fmt::print("\npaper, Table 4 (whole layers on a GPU, against no precompute at all):\n");
  Table published({"model", "<batch", "separate +%", "fused +%"});
  for (const paper::Table4Row& row : paper::kTable4) {
    const paper::Overhead overhead = paper::OverheadOf(row);
    published.Add({std::string(row.model), std::string(row.batch), Percent(overhead.separate),
                   Percent(overhead.fused)});
  }
  published.Print();
}

}  // namespace lutgemm::tools
