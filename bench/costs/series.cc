#include "bench/costs/series.h"

#include "tools/console/options.h"

#include <lutgemm/plan.hpp>

#include <algorithm>
#include <tuple>

namespace lutgemm::bench {
namespace {

using W = WeightFormat;
using plan::Level;

constexpr size_t kMib = size_t{1} << 20;
constexpr auto kPlanes = LayoutId::kPlanes, kCodes = LayoutId::kCodes, kTrits = LayoutId::kTrits;

struct Shape {
  size_t n, k;
};

Stored Of(W format, LayoutId layout, Shape shape) {
  return {tools::InfoOf(DefaultSpec(format), shape.n, shape.k), layout};
}

// One format for every kernel that competes with another at many numbers of tokens.
std::vector<Stored> Main(Shape shape) {
  return {Of(W::kInt1, kPlanes, shape),   Of(W::kInt2, kPlanes, shape),
          Of(W::kInt3, kPlanes, shape),   Of(W::kInt4, kCodes, shape),
          Of(W::kInt4, kPlanes, shape),   Of(W::kTernary, kPlanes, shape),
          Of(W::kTernary, kTrits, shape), Of(W::kBitmod3, kPlanes, shape),
          Of(W::kBitmod4, kCodes, shape), Of(W::kMxfp4, kCodes, shape)};
}

std::vector<Stored> Others(Shape shape) {
  return {Of(W::kNvfp4, kCodes, shape), Of(W::kNf4, kCodes, shape),   Of(W::kBfp4, kCodes, shape),
          Of(W::kBfp5, kPlanes, shape), Of(W::kBfp6, kPlanes, shape), Of(W::kBfp7, kPlanes, shape),
          Of(W::kBfp8, kPlanes, shape)};
}

// Other groups of formats that are not integers.
std::vector<Stored> Regrouped(Shape shape) {
  std::vector<Stored> all;
  for (const auto& [format, layout, group] :
       {std::tuple(W::kBitmod3, kPlanes, 32u), std::tuple(W::kBitmod4, kCodes, 32u),
        std::tuple(W::kBfp5, kPlanes, 128u), std::tuple(W::kBfp6, kPlanes, 128u),
        std::tuple(W::kBfp7, kPlanes, 128u), std::tuple(W::kBfp8, kPlanes, 128u)}) {
    Stored stored = Of(format, layout, shape);
    stored.info.group = group;
    all.push_back(stored);
  }
  return all;
}

// Integers in groups, or with zero points, that are not the usual ones.
std::vector<Stored> Grouped(uint32_t group, ZeroKind zero, Shape shape) {
  std::vector<Stored> all;
  for (const auto& [format, layout] :
       {std::pair(W::kInt1, kPlanes), std::pair(W::kInt2, kPlanes), std::pair(W::kInt3, kPlanes),
        std::pair(W::kInt4, kPlanes), std::pair(W::kInt4, kCodes)}) {
    if (zero != ZeroKind::kNone && format == W::kInt1) continue;
    Stored stored = Of(format, layout, shape);
    stored.info.group = group, stored.info.zero = zero;
    all.push_back(stored);
  }
  return all;
}

std::vector<Series> Portable() {
  const Shape small{256, 1024};
  return {
      {Level::kL2, {1, 2, 4, 8, 16, 64}, Main(small)},
      {Level::kL2, {1, 4, 16}, Others(small)},
      {Level::kL3, {1, 4, 16}, Main({1024, 4096})},
      {Level::kL2, {1, 4, 16}, Regrouped(small)},
      {Level::kL2, {1, 4, 16}, Grouped(32, ZeroKind::kNone, small)},
      {Level::kL2, {1, 4, 16}, Grouped(kWholeRow, ZeroKind::kNone, small)},
      {Level::kL2, {1, 4, 16}, Grouped(128, ZeroKind::kInteger, small)},
      {Level::kL2, {1, 4, 16}, Grouped(128, ZeroKind::kFloat, small)},
  };
}

}  // namespace

std::vector<Stored> PinnedWeights() {
  std::vector<Stored> all;
  for (const Shape shape : {Shape{4096, 4096}, Shape{1024, 4096}, Shape{4096, 14336}}) {
    for (const auto& some : {Main(shape), Others(shape)}) {
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  for (const ZeroKind zero : {ZeroKind::kInteger, ZeroKind::kFloat}) {
    const auto some = Grouped(64, zero, {4096, 4096});
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<Stored> AheadWeights() {
  const Shape shape{4096, 4096};
  std::vector<Stored> all = Main(shape);
  for (const auto format : {W::kBfp5, W::kBfp6, W::kBfp7, W::kBfp8}) {
    all.push_back(Of(format, kPlanes, shape));
  }
  return all;
}

std::vector<Stored> CheckedWeights(size_t n, size_t k) {
  const Shape shape{n, k};
  std::vector<Stored> all = Main(shape);
  all.push_back(Of(W::kBfp8, kPlanes, shape));
  const auto grouped = Grouped(64, ZeroKind::kInteger, shape);
  all.insert(all.end(), grouped.begin(), grouped.end());
  return all;
}

size_t WorkingSet(Level level) {
  const CpuFacts cpu = GetCpuFacts();
  if (level == Level::kL2) return cpu.l2_bytes / 2;
  // Little enough that neighbours who share the last cache leave it there.
  const size_t l3 = cpu.l3_bytes == 0 ? 16 * kMib : std::min(cpu.l3_bytes / 2, 16 * kMib);
  return level == Level::kL3 ? l3 : std::max(1024 * kMib, 2 * cpu.l3_bytes);
}

std::vector<Series> SmokeSeries() { return {{Level::kL2, {1, 3}, Main({64, 128})}}; }

std::vector<Series> SeriesFor(std::string_view target) {
  if (target == "PORTABLE") return Portable();
  const bool best = target == "AVX3_DL";  // others take long for many tokens
  std::vector<size_t> all{1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 24, 32, 48};
  if (target != "SSE4") all.insert(all.end(), {64, 96});
  if (best) all.insert(all.end(), {128, 256, 512});
  const std::vector<size_t> few{1, 2, 4, 8, 16};
  const std::vector<size_t> spread{1, 4, 16, 64, best ? size_t{256} : size_t{32}};
  const Shape small{1024, 1024}, middle{2048, 4096}, square{4096, 4096}, deep{1024, 14336};
  const std::vector<size_t> one{1, 2, 4};
  return {
      {Level::kL2, all, Main(small)},
      {Level::kL2, {1, 2, 3, 4, 8, 13, 24, 64, 96}, Others(small)},
      {Level::kL3, all, Main(middle)},
      {Level::kL3, {1, 2, 4, 8, 64}, Others(middle)},
      {Level::kL3, spread, Main(deep)},
      {Level::kDram, few, Main(square)},
      {Level::kL2, one, Main({512, 1024})},
      {Level::kL2, one, Main({512, 2048})},
      {Level::kL3, one, Main(square)},
      {Level::kDram, one, Main(deep)},
      {Level::kDram, {1}, Others(square)},
      {Level::kL3, spread, Regrouped(middle)},
      {Level::kL3, spread, Grouped(32, ZeroKind::kNone, middle)},
      {Level::kL3, spread, Grouped(kWholeRow, ZeroKind::kNone, middle)},
      {Level::kL3, {1, 2, 3, 4, 8, 16, 32, 64}, Grouped(128, ZeroKind::kInteger, middle)},
      {Level::kL3, spread, Grouped(128, ZeroKind::kFloat, middle)},
  };
}

}  // namespace lutgemm::bench
