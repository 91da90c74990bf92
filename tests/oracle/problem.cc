#include "oracle/problem.h"

#include "base/text.h"
#include "oracle/numbers.h"
#include "oracle/row.h"
#include "support/case.h"
#include "support/run.h"

#include <algorithm>
#include <numeric>

namespace lutgemm::oracle {
namespace {

using test::Random;

template <class T, size_t kCount>
T OneOf(const T (&values)[kCount], Random& random) {
  return values[random.Below(kCount)];
}

bool Chance(unsigned percent, Random& random) { return random.Below(100) < percent; }

bool IsInt(WeightFormat format) {
  return format >= WeightFormat::kInt1 && format <= WeightFormat::kTernary;
}
bool IsBfp(WeightFormat format) { return format >= WeightFormat::kBfp3; }
bool TakesAnyGroup(WeightFormat format) {
  return !IsBfp(format) && format != WeightFormat::kMxfp4 && format != WeightFormat::kNvfp4;
}

constexpr size_t kMostK = 16384;  // of all but a few problems

// Groups of a multiple of 4 up to 4096, often next to what blocks and slices divide.
uint32_t RandomGroup(WeightFormat format, Random& random) {
  constexpr uint32_t kBfp[] = {16, 32, 64, 128};
  constexpr uint32_t kGroups[] = {4,    8,    12,   20,   32,   36,   64,       100,  128,
                                  256,  512,  640,  652,  1000, 1024, 1040,     1100, 1280,
                                  1500, 2000, 2048, 2500, 3072, 4096, kWholeRow};
  if (format == WeightFormat::kMxfp4) return 32;
  if (format == WeightFormat::kNvfp4) return 16;
  if (IsBfp(format)) return OneOf(kBfp, random);
  if (IsInt(format) && Chance(8, random)) return kWholeTensor;
  if (format == WeightFormat::kTernary && Chance(50, random)) return kWholeRow;
  if (Chance(25, random)) return static_cast<uint32_t>(4 * (1 + random.Below(1024)));
  return OneOf(kGroups, random);
}

Elem RandomScaleType(WeightFormat format, Random& random) {
  constexpr Elem kFloats[] = {Elem::kF32, Elem::kF16, Elem::kBF16};
  if (format == WeightFormat::kMxfp4 || IsBfp(format)) return Elem::kE8m0;
  if (format == WeightFormat::kNvfp4) return Elem::kE4m3;
  if (!IsInt(format) && Chance(50, random)) return Elem::kU8;
  return OneOf(kFloats, random);
}

// Outputs and K: mostly small, some with more than one strip per call and long K.
void SetSizes(WeightInfo& info, Random& random) {
  constexpr size_t kOutputs[] = {1,  2,  15,  31,  32,  33,  63,  64,
                                 65, 96, 127, 128, 129, 200, 257, 330};
  const size_t kind = random.Below(100);
  info.n = Chance(60, random) ? OneOf(kOutputs, random) : 1 + random.Below(400);
  info.k = kind < 40 ? 1 + random.Below(600) : 1 + random.Below(5000);
  if (kind < 80) return;
  if (kind >= 96) {  // longer than one run of integer sums
    info.n = 1 + random.Below(70);
    info.k = kMostK + random.Below(kLongestK - kMostK + 1);
    return;
  }
  const size_t more = Chance(50, random) ? 0 : random.Below(99);
  info.k = std::min<size_t>(kMostK, 1024 * (1 + random.Below(16)) + more);
}

// Sizes and groups of calls that take turns at parts of K, as far as the format has a choice: K
// and groups so long that parts end in groups, and outputs enough for turns.
void SetLongSizes(WeightInfo& info, Random& random) {
  constexpr size_t kOutputs[] = {130, 200, 257, 320, 400};
  constexpr uint32_t kGroups[] = {1024, 1028, 1100, 1280, 1500, 2000, 2048, 2500, 3072, 4096};
  info.n = OneOf(kOutputs, random);
  info.k = 3000 + random.Below(kMostK - 3000 + 1);
  if (Chance(20, random)) info.n = 2048 + random.Below(100), info.k = 4096;
  if (!TakesAnyGroup(info.format) || Chance(20, random)) return;
  info.group = Chance(60, random) ? OneOf(kGroups, random)
                                  : static_cast<uint32_t>(4 * (257 + random.Below(768)));
}

std::vector<float> Fill(size_t count, Random& random, Elem elem, double low, double high) {
  std::vector<float> values(count);
  for (float& v : values) {
    v = Rounded(static_cast<float>(low + (high - low) * random.Unit()), elem);
  }
  return values;
}

void FillScales(QuantizedMatrix& m, size_t scales, Random& random) {
  m.scales.resize(scales);
  for (float& s : m.scales) {
    s = test::RandomScale(m.info.scale, random);
    // Negative scales, and groups of zeros.
    const bool floats = m.info.scale <= Elem::kBF16;
    if (floats && Chance(10, random)) s = -s;
    if (m.info.scale != Elem::kE8m0 && Chance(2, random)) s = 0.0f;
  }
  if (m.info.zero == ZeroKind::kFloat) m.offsets = Fill(scales, random, m.info.scale, -0.2, 0.2);
  if (m.info.zero != ZeroKind::kInteger) return;
  m.zeros.resize(scales);
  const size_t end = Chance(25, random) ? 256 : CodeCount(m.info.format) + 1;
  for (uint8_t& z : m.zeros) z = static_cast<uint8_t>(random.Below(end));
}

void FillCodes(QuantizedMatrix& m, Random& random) {
  const unsigned count =
      m.info.format == WeightFormat::kCodebook ? m.book.codes : CodeCount(m.info.format);
  m.codes.resize(m.info.n * m.info.k);
  uint64_t bits = 0;
  for (size_t i = 0; i < m.codes.size(); ++i, bits >>= 8) {
    if (i % 8 == 0) bits = random.Bits();
    m.codes[i] = static_cast<uint8_t>((bits & 255) * count >> 8);
  }
}

LayoutId RandomLayout(const WeightInfo& info, Random& random) {
  const bool one_group = info.group == kWholeRow || info.group == kWholeTensor;
  const bool codes = info.format == WeightFormat::kInt4 || info.format == WeightFormat::kBfp4;
  if (info.format == WeightFormat::kTernary && one_group) {
    return Chance(70, random) ? LayoutId::kTrits : LayoutId::kPlanes;
  }
  return codes && Chance(40, random) ? LayoutId::kPlanes : LayoutId::kDefault;
}

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

Weights RandomWeights(Random& random) {
  QuantizedMatrix m;
  WeightInfo& info = m.info;
  info.format = static_cast<WeightFormat>(1 + random.Below(17));
  // Formats with most kernels come up more often.
  if (Chance(30, random)) info.format = static_cast<WeightFormat>(1 + random.Below(5));
  info.group = RandomGroup(info.format, random);
  info.scale = RandomScaleType(info.format, random);
  const bool zeros = info.format >= WeightFormat::kInt2 && info.format <= WeightFormat::kInt4;
  if (zeros) info.zero = static_cast<ZeroKind>(random.Below(3));
  if (Chance(70, random)) {
    SetSizes(info, random);
  } else {
    SetLongSizes(info, random);
  }
  const size_t groups = GroupBorders(info).size() - 1;
  FillScales(m, info.group == kWholeTensor ? 1 : info.n * groups, random);
  test::FillTables(m, random);
  FillCodes(m, random);
  PackedWeights packed = test::MustPack(m, RandomLayout(info, random));
  return {std::move(m), std::move(packed)};
}

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
                   ", group ", info.group, ", layout ", Name(weights.packed.layout()), ", N ",
                   info.n, " K ", info.k, " M ", p.m, ", ", Name(p.mode), ", act ", Name(p.act),
                   " out ", Name(p.out), ", block ", p.block, ", act_bfp ", p.act_bfp, ", strides ",
                   p.act_stride, " ", p.out_stride, p.act_order.size() != 0 ? ", act_order" : "",
                   bias.empty() ? "" : ", bias", ", threads ", p.threads, ", target ", p.target,
                   ", kernel '", p.kernel, "', ", kWays[static_cast<size_t>(way)], " (", slices,
                   " slices, tables by ", builder, ")", kMakes[static_cast<size_t>(producer)]);
}

}  // namespace lutgemm::oracle
