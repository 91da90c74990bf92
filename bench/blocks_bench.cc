// Blocks of GGUF on one thread: to codes and scales, and all the way to packed weights. GB/s counts
// the blocks' bytes.
//   blocks/<import or pack>/<type>/N:<n>/K:<k>
#include "base/buffer.h"
#include "base/splitmix.h"
#include "base/text.h"
#include "bench/single_kernel.h"
#include "io/gguf_types.h"

#include <lutgemm/import.hpp>

#include <vector>

namespace lutgemm::bench {
namespace {

constexpr GgufType kTypes[] = {
    GgufType::kQ4_0,   GgufType::kQ4_1,   GgufType::kQ5_0,  GgufType::kQ5_1,  GgufType::kQ8_0,
    GgufType::kQ2_K,   GgufType::kQ3_K,   GgufType::kQ4_K,  GgufType::kQ5_K,  GgufType::kQ6_K,
    GgufType::kIq4_Nl, GgufType::kIq4_Xs, GgufType::kMxfp4, GgufType::kNvfp4, GgufType::kTq1_0,
    GgufType::kTq2_0,  GgufType::kQ1_0,   GgufType::kQ2_0};

// Random blocks whose scales are finite: no byte is the upper one of an f16 infinity or NaN.
std::vector<std::byte> BlocksOf(GgufType type, const Shape& shape) {
  std::vector<std::byte> bytes(GgufBytes(type, shape.n, shape.k));
  base::SplitMix64 random(1);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.Bits() & 0xbfu);
  return bytes;
}

void Import(benchmark::State& state, GgufType type, const Shape& shape) {
  const std::vector<std::byte> bytes = BlocksOf(type, shape);
  const bool done = Repeat(state, [&] {
    auto matrix = ImportBlocks(type, bytes, shape.n, shape.k);
    benchmark::DoNotOptimize(matrix);
    return matrix.status();
  });
  if (done) CountGiga(state, "GB/s", double(bytes.size()));
}

// Into memory that was touched before, as where a model follows another one.
void Pack(benchmark::State& state, GgufType type, const Shape& shape) {
  const std::vector<std::byte> bytes = BlocksOf(type, shape);
  const GgufBlocks blocks{type, shape.n, shape.k, bytes};
  const Result<PackedWeights> once = PackBlocks(blocks);
  auto memory = base::Buffer::Allocate(once.ok() ? once->blob().size() : 0);
  const bool done = Repeat(state, [&] {
    auto packed = PackBlocksInto(blocks, memory->span());
    benchmark::DoNotOptimize(packed);
    return packed.status();
  });
  if (done) CountGiga(state, "GB/s", double(bytes.size()));
}

void RegisterAll(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) {
    for (const GgufType type : kTypes) {
      if (GgufBytes(type, shape.n, shape.k) == 0) continue;  // blocks do not divide K
      const auto name = [&](const char* what) {
        return base::Cat("blocks/", what, "/", io::FindGgufType(static_cast<uint32_t>(type))->name,
                         "/N:", shape.n, "/K:", shape.k);
      };
      benchmark::RegisterBenchmark(name("import").c_str(), &Import, type, shape);
      benchmark::RegisterBenchmark(name("pack").c_str(), &Pack, type, shape);
    }
  }
}

}  // namespace
}  // namespace lutgemm::bench

int main(int argc, char** argv) {
  return lutgemm::bench::Main(argc, argv, {{1, 4096, 4096}}, &lutgemm::bench::RegisterAll);
}
