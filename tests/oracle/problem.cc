#include "oracle/problem.h"

#include "base/text.h"
#include "oracle/draw.h"
#include "oracle/row.h"

#include <algorithm>
#include <numeric>

namespace lutgemm::oracle {
namespace {

using test::Random;

// Multiply-adds that a target does in some 30 ms.
size_t MostProducts(std::string_view target) {
  if (target == "PORTABLE") return size_t{12} << 20;
  if (target.starts_with("AVX3")) return size_t{3} << 30;
  return target == "AVX2" ? size_t{1} << 30 : size_t{300} << 20;
}

size_t RandomTokens(size_t most, Random& random) {
  constexpr size_t kBorders[] = {1,  2,  3,  4,   5,   6,   7,   8,   9,   12,  13,  16,  17,  23,
                                 24, 25, 31, 33,  47,  48,  49,  63,  64,  65,  66,  71,  72,  73,
                                 95, 96, 97, 127, 128, 144, 191, 192, 193, 263, 264, 265, 529, 600};
  for (int tries = 0; tries < 8; ++tries) {
    const size_t m = Chance(70, random) ? OneOf(kBorders, random) : 1 + random.Below(600);
    if (m <= most) return m;
  }
  return 1 + random.Below(std::min<size_t>(most, 8));
}

// Target and tokens: long K mostly on the targets that cut it, with as many tokens as that takes.
void SetTokens(const WeightInfo& info, Random& random, Problem& p) {
  const std::vector<std::string_view> targets = Targets();
  const bool is_long = info.n >= 128 && info.k >= 3000 && Chance(65, random);
  p.target = targets[random.Below(is_long ? (targets.size() + 1) / 2 : targets.size())];
  const size_t most = std::max<size_t>(1, MostProducts(p.target) / (info.n * info.k));
  p.m = RandomTokens(most, random);
  for (int tries = 0; is_long && p.m < 65 && tries < 4; ++tries) p.m = RandomTokens(most, random);
}

uint32_t RandomBlock(Random& random) {
  constexpr uint32_t kBlocks[] = {16,  32,  48,   64,   96,   112,  128,   160,   256,
                                  400, 640, 1008, 1024, 2048, 4096, 16320, 16336, 20000};
  if (Chance(55, random)) return 0;
  return Chance(70, random) ? OneOf(kBlocks, random)
                            : static_cast<uint32_t>(16 * (1 + random.Below(300)));
}

ChannelOrder RandomOrder(size_t k, Random& random) {
  ChannelOrder order;
  order.from.resize(k);
  std::iota(order.from.begin(), order.from.end(), 0u);
  for (size_t i = k; i > 1; --i) std::swap(order.from[i - 1], order.from[random.Below(i)]);
  return order;
}

void SetBfp(const Weights& weights, Random& random, Problem& p) {
  constexpr uint32_t kBlocks[] = {0, 16, 32, 64, 128};
  const WeightInfo& info = weights.matrix.info;
  if (p.mode != Mode::kExact || p.act == Elem::kI8 || !Chance(15, random)) return;
  const uint32_t block = OneOf(kBlocks, random), length = block == 0 ? 32 : block;
  if (info.super_group != 0) return;  // refused
  const bool whole_blocks = GroupBorders(info).size() == 2 || info.group % length == 0;
  if (weights.packed.layout() == LayoutId::kTrits || !whole_blocks) return;
  p.act_bfp = static_cast<uint32_t>(random.Int(3, 8));
  p.block = block;
}

void SetTypes(const Weights& weights, Random& random, Problem& p) {
  constexpr Elem kActs[] = {Elem::kF32, Elem::kF32, Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kI8};
  constexpr Elem kOuts[] = {Elem::kF32, Elem::kF32, Elem::kF16, Elem::kBF16};
  const WeightInfo& info = weights.matrix.info;
  p.mode = Chance(50, random) ? Mode::kExact : Mode::kFast;
  p.act = OneOf(kActs, random);
  p.out = OneOf(kOuts, random);
  const bool integers = p.act == Elem::kI8 && p.mode == Mode::kExact;
  if (integers && info.zero != ZeroKind::kFloat && Chance(40, random)) p.out = Elem::kI32;
  SetBfp(weights, random, p);
}

std::string_view RandomKernel(const Weights& weights, const Problem& p, Random& random) {
  std::vector<std::string_view> names;
  for (const KernelInfo& kernel : Kernels()) {
    Problem forced = p;
    forced.kernel = kernel.name;
    if (kernel.layout != weights.packed.layout()) continue;
    if (MakePlan(weights.packed, forced).ok()) names.push_back(kernel.name);
  }
  return names.empty() ? std::string_view() : names[random.Below(names.size())];
}

}  // namespace

RandomProblem RandomProblemFor(const Weights& weights, Random& random) {
  constexpr size_t kThreads[] = {1, 1, 1, 2, 3, 5, 8, 64};
  constexpr size_t kActGaps[] = {0, 0, 1, 3, 64}, kOutGaps[] = {0, 0, 1, 5, 37};
  constexpr Way kWays[] = {Way::kRun, Way::kRun, Way::kThreads, Way::kSlices, Way::kTables};
  const WeightInfo& info = weights.matrix.info;
  RandomProblem r;
  Problem& p = r.problem;
  p.block = RandomBlock(random);
  SetTypes(weights, random, p);
  SetTokens(info, random, p);
  p.threads = OneOf(kThreads, random);
  p.act_stride = info.k + OneOf(kActGaps, random);
  p.out_stride = info.n + OneOf(kOutGaps, random);
  if (Chance(15, random)) p.act_order = RandomOrder(info.k, random);
  if (Chance(50, random)) p.kernel = RandomKernel(weights, p, random);
  if (p.out != Elem::kI32 && Chance(30, random)) r.bias = Fill(info.n, random, Elem::kF32, -1, 1);
  r.way = OneOf(kWays, random);
  r.slices = 1 + random.Below(p.threads);
  const std::vector<std::string_view> targets = Targets();
  r.builder = targets[random.Below(targets.size())];
  if (p.act != Elem::kI8 && r.way != Way::kSlices && Chance(12, random)) {
    r.producer = Chance(50, random) ? Makes::kRmsNorm : Makes::kSiluGate;
  }
  return r;
}

std::string RandomProblem::Text(const Weights& weights) const {
  constexpr const char* kWays[] = {"Run", "Run with threads", "RunSlice", "BuildTables and Apply"};
  constexpr const char* kMakes[] = {"", ", RMSNorm", ", SiLU gate"};
  const WeightInfo& info = weights.matrix.info;
  const Problem& p = problem;
  return base::Cat(Name(info.format), ", zeros ", Name(info.zero), ", scales ", Name(info.scale),
                   ", group ", info.group, ", super-group ", info.super_group, " of factors ",
                   Name(info.factor), ", layout ", Name(weights.packed.layout()), ", N ", info.n,
                   " K ", info.k, " M ", p.m, ", ", Name(p.mode), ", act ", Name(p.act), " out ",
                   Name(p.out), ", block ", p.block, ", act_bfp ", p.act_bfp, ", strides ",
                   p.act_stride, " ", p.out_stride, p.act_order.size() != 0 ? ", act_order" : "",
                   bias.empty() ? "" : ", bias", ", threads ", p.threads, ", target ", p.target,
                   ", kernel '", p.kernel, "', ", kWays[static_cast<size_t>(way)], " (", slices,
                   " slices, tables by ", builder, ")", kMakes[static_cast<size_t>(producer)]);
}

}  // namespace lutgemm::oracle
