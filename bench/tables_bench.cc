// Plan::BuildTables: activations to lookup tables or int8, once for each way that a target has. The
// kernel is the first whose tables are built so; others share them.
//   tables/<kernel>/<target>/<format>/<mode>/M:<m>/K:<k>
#include "base/text.h"
#include "bench/single_kernel.h"

#include <set>

namespace lutgemm::bench {
namespace {

constexpr size_t kOutputs = 64;  // N does not matter here

void Build(benchmark::State& state, const Case& of) {
  const auto work = Work::Make(of);
  if (!work.ok()) return state.SkipWithError(work.status().text().c_str());
  if (!Repeat(state, [&] { return (*work)->BuildTables(); })) return;
  CountGiga(state, "Gact/s", double(of.m) * double(of.info.k));
  CountGiga(state, "GB/s", double((*work)->plan().table_bytes()));
}

void RegisterAll(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) {
    std::set<std::pair<std::string_view, uint64_t>> seen;  // target, table_key
    for (const Stored& stored : AllStored(kOutputs, shape.k)) {
      const auto weights = tools::PlanOnlyWeights(stored.info, stored.layout);
      for (const Case& one : CasesOf(stored, shape.m)) {
        const auto plan = MakePlan(*weights, one.problem());
        if (!plan.ok() || !seen.emplace(one.target, plan->table_key()).second) continue;
        const std::string name = base::Cat("tables/", one.Words(), "/M:", shape.m, "/K:", shape.k);
        benchmark::RegisterBenchmark(name.c_str(), &Build, one);
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm::bench

int main(int argc, char** argv) {
  return lutgemm::bench::Main(argc, argv, {{1, 1, 4096}, {64, 1, 4096}},
                              &lutgemm::bench::RegisterAll);
}
