// Pack on one thread: codes and scales to the bytes of a layout. GB/s counts packed bytes.
//   pack/<format>/<layout>/N:<n>/K:<k>
#include "base/text.h"
#include "bench/single_kernel.h"

namespace lutgemm::bench {
namespace {

void PackCodes(benchmark::State& state, const Stored& stored) {
  const QuantizedMatrix& matrix = *MatrixOf(stored.info);
  const bool done = Repeat(state, [&] {
    auto packed = Pack(matrix, stored.layout);
    benchmark::DoNotOptimize(packed);
    return packed.status();
  });
  if (!done) return;
  CountGiga(state, "Gweight/s", double(stored.info.n) * double(stored.info.k));
  CountGiga(state, "GB/s", double(PackedBytes(stored.info, stored.layout)));
}

void RegisterAll(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) {
    for (const Stored& stored : AllStored(shape.n, shape.k)) {
      const std::string name = base::Cat("pack/", Name(stored.info.format), "/",
                                         Name(stored.layout), "/N:", shape.n, "/K:", shape.k);
      benchmark::RegisterBenchmark(name.c_str(), &PackCodes, stored);
    }
  }
}

}  // namespace
}  // namespace lutgemm::bench

int main(int argc, char** argv) {
  return lutgemm::bench::Main(argc, argv, {{1, 4096, 4096}}, &lutgemm::bench::RegisterAll);
}
