// How work is shared out, on a machine of the test's own: 1 MiB of L2 cache, kernels that take four
// strips at once.
#include "plan/split.h"

#include "chain_kit.h"
#include "plan/cuts.h"

#include <algorithm>
#include <string>

namespace lutgemm {
namespace {

using plan::Split;
using test::ChoiceOf;
using test::Info;
using test::RequestOf;

struct Shape {
  std::string_view kernel;
  WeightFormat format;
  size_t n, k, m, threads;
  uint32_t group = 128;
};

Split SplitOf(const Shape& s) {
  Problem problem;
  problem.m = s.m, problem.threads = s.threads;
  const plan::Request request =
      RequestOf(Info(s.format, s.n, s.k, s.group), LayoutId::kPlanes, problem);
  const plan::Choice choice = ChoiceOf(s.kernel);
  const plan::Blocking blocking = MakeBlocking(request, choice);
  const Split split = MakeSplit(request, choice, blocking, s.m);
  const Status status = CheckCuts(blocking, split);
  CHECK_MESSAGE(status.ok(), status.text());
  return split;
}

TEST_CASE("one token is prepared in segments of 1024 k where there are threads for them") {
  const Shape one{"dot_gemv_planes_b4", WeightFormat::kInt4, 1024, 4096, 1, 1};
  CHECK(SplitOf(one).units_per_token == 1);
  Shape shared = one;
  shared.threads = 8;
  CHECK(SplitOf(shared).unit_blocks == 8);
  CHECK(SplitOf(shared).units_per_token == 4);
  // Blocks of 80 k are 80 bytes each: four of them end where a cache line does.
  shared.group = 80;
  CHECK(SplitOf(shared).unit_blocks == 12);
  // So do four groups of 48 k; five are a span.
  shared.group = 48;
  CHECK(SplitOf(shared).unit_blocks == 40);
  // Enough tokens are one unit each.
  shared.m = 8;
  CHECK(SplitOf(shared).units_per_token == 1);
}

TEST_CASE("items take four strips, and fewer where threads would have none") {
  const Shape base{"dot_gemv_planes_b4", WeightFormat::kInt4, 1024, 4096, 1, 1};
  const auto items = [&](size_t threads, size_t n) {
    Shape s = base;
    s.threads = threads, s.n = n;
    const Split split = SplitOf(s);
    return std::pair(split.strips_per_item, split.strip_items);
  };
  CHECK(items(1, 1024) == std::pair<size_t, size_t>(4, 8));
  CHECK(items(2, 1024) == std::pair<size_t, size_t>(4, 8));
  CHECK(items(3, 1024) == std::pair<size_t, size_t>(2, 16));
  // Never so few that a register tile is half empty.
  CHECK(items(64, 1024) == std::pair<size_t, size_t>(2, 16));
  CHECK(items(1, 1000) == std::pair<size_t, size_t>(4, 8));
  CHECK(items(1, 1025) == std::pair<size_t, size_t>(4, 9));
}

TEST_CASE("tiles are of equal size, as many tokens as five eighths of the cache hold") {
  const auto tiles = [](size_t m, size_t k) {
    const Split split = SplitOf({"dot_gemv_planes_b4", WeightFormat::kInt4, 1024, k, m, 1});
    return std::pair(split.tile_tokens, split.tiles);
  };
  // 160 tokens of 4096 bytes fit, 156 in whole register tiles.
  CHECK(tiles(100, 4096) == std::pair<size_t, size_t>(100, 1));
  CHECK(tiles(156, 4096) == std::pair<size_t, size_t>(156, 1));
  CHECK(tiles(157, 4096) == std::pair<size_t, size_t>(84, 2));
  CHECK(tiles(512, 4096) == std::pair<size_t, size_t>(132, 4));
  // At most 264, at least 24.
  CHECK(tiles(512, 256) == std::pair<size_t, size_t>(264, 2));
  CHECK(tiles(512, size_t{1} << 19) == std::pair<size_t, size_t>(24, 22));
}

TEST_CASE("tables of many tokens are taken in parts of K, so that enough tokens fit") {
  Shape s{"lut4_gemm_fast_b2", WeightFormat::kInt2, 1024, 8192, 200, 1};
  const Split parts = SplitOf(s);
  // Tables of a token are 32 KiB; a part of 1024 k lets 160 tokens fit.
  CHECK(parts.part_steps == 64);
  CHECK(parts.tile_tokens == 108);
  CHECK(parts.tiles == 2);
  // 512 KiB of sums of 108 tokens and 128 outputs.
  CHECK(parts.turns == 8);
  // Few tokens take all of K, and so do few items.
  s.m = 60;
  CHECK(SplitOf(s).part_steps == 512);
  CHECK(SplitOf(s).turns == 1);
  s.m = 200, s.n = 64, s.threads = 8;
  CHECK(SplitOf(s).part_steps == 512);
  // Kernels without parts never do.
  CHECK(SplitOf({"lut4_gemv_fast_b2", WeightFormat::kInt2, 1024, 8192, 200, 1}).part_steps == 512);
}

TEST_CASE("the last tile has no fewer tokens than the kernel can do") {
  for (size_t m = 2; m < 700; ++m) {
    const Split split = SplitOf({"lut4_small_m_fast_b2", WeightFormat::kInt2, 64, 4096, m, 1});
    CHECK(m - (split.tiles - 1) * split.tile_tokens >= 2);
  }
}

TEST_CASE("what splits may be at most is no less than any of them") {
  for (const Shape& base : {Shape{"lut4_gemm_fast_b2", WeightFormat::kInt2, 1024, 8192, 1, 1},
                            Shape{"lut4_gemm_fast_b2", WeightFormat::kInt2, 96, 8192, 1, 6},
                            Shape{"lut5_gemm_fast_b2", WeightFormat::kInt2, 640, 5000, 1, 2},
                            Shape{"dot_gemm_planes_b4", WeightFormat::kInt4, 333, 4096, 1, 5}}) {
    Problem problem;
    problem.threads = base.threads;
    const plan::Request request =
        RequestOf(Info(base.format, base.n, base.k, base.group), LayoutId::kPlanes, problem);
    const plan::Choice choice = ChoiceOf(base.kernel);
    const plan::Blocking blocking = MakeBlocking(request, choice);
    for (size_t least = 129; least < 2000; least = least * 9 / 8) {
      const size_t most = least * 9 / 8 - 1;
      const auto bounds = LargestSplits(request, choice, blocking, {least, most});
      for (size_t m = least; m <= most; ++m) {
        const Split split = MakeSplit(request, choice, blocking, m);
        // What all items that take turns have of sums.
        const auto sums = [](const Split& x) {
          return x.turns * x.tile_tokens * x.strips_per_item;
        };
        const auto holds = [&](const Split& bound) {
          return bound.tile_tokens >= split.tile_tokens &&
                 bound.strips_per_item >= split.strips_per_item && sums(bound) >= sums(split) &&
                 bound.panel_bytes >= split.panel_bytes;
        };
        CAPTURE(m);
        CHECK(std::any_of(bounds.begin(), bounds.end(), holds));
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
