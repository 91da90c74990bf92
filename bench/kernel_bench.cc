// Plan::Apply of single kernels: lookups or byte dot products with tables already built, fold,
// store. One copy of the weights: it lies in the cache that holds it.
//   apply/<kernel>/<target>/<format>/<mode>/M:<m>/N:<n>/K:<k>
#include "base/text.h"
#include "bench/single_kernel.h"

namespace lutgemm::bench {
namespace {

void Apply(benchmark::State& state, const Case& of) {
  const auto work = Work::Make(of);
  if (!work.ok()) return state.SkipWithError(work.status().text().c_str());
  if (!Repeat(state, [&] { return (*work)->Apply(); })) return;
  CountGiga(state, "GMAC/s", double(of.m) * double(of.info.n) * double(of.info.k));
  CountGiga(state, "GB/s", double(PackedBytes(of.info, of.layout)));
}

void RegisterAll(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) {
    for (const Stored& stored : AllStored(shape.n, shape.k)) {
      for (const Case& one : CasesOf(stored, shape.m)) {
        const std::string name =
            base::Cat("apply/", one.Words(), "/M:", shape.m, "/N:", shape.n, "/K:", shape.k);
        benchmark::RegisterBenchmark(name.c_str(), &Apply, one);
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm::bench

int main(int argc, char** argv) {
  return lutgemm::bench::Main(argc, argv, {{1, 4096, 4096}, {64, 4096, 4096}},
                              &lutgemm::bench::RegisterAll);
}
