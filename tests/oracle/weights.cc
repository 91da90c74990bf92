#include "oracle/weights.h"

#include "oracle/draw.h"
#include "oracle/row.h"
#include "support/case.h"
#include "support/gen/formats.h"
#include "support/run.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::oracle {
namespace {

using test::Random;

bool IsInt(WeightFormat format) {
  return Name(format).starts_with("int") || format == WeightFormat::kTernary;
}
bool IsBfp(WeightFormat format) { return Name(format).starts_with("bfp"); }
bool HasZeros(WeightFormat format) {
  return IsInt(format) && format != WeightFormat::kInt1 && format != WeightFormat::kTernary;
}
bool TakesSuperGroups(WeightFormat format) {
  return HasZeros(format) || format == WeightFormat::kNf4 || format == WeightFormat::kCodebook;
}
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
  if (Chance(20, random)) return 16 * (1 + static_cast<uint32_t>(random.Below(4)));
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

// Super-groups in place of what groups and scales were.
void SetSuperGroups(WeightInfo& info, Random& random) {
  constexpr uint32_t kGroups[] = {16, 16, 32, 32, 48, 64, 80, 128, 256, 512, 1024, 2048, 4096};
  constexpr Elem kFactors[] = {Elem::kF32, Elem::kF16, Elem::kBF16};
  info.group = OneOf(kGroups, random);
  const uint32_t most = kMaxSuperGroup / info.group;
  const bool usual = info.group < 256 && Chance(50, random);  // 256 or a little less
  info.super_group =
      info.group * (usual ? 256 / info.group : 1 + static_cast<uint32_t>(random.Below(most)));
  info.scale = Chance(50, random) ? Elem::kU8 : Elem::kI8;
  info.factor = OneOf(kFactors, random);
  if (HasZeros(info.format)) info.zero = Chance(50, random) ? ZeroKind::kNone : ZeroKind::kFloat;
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

void FillScales(QuantizedMatrix& m, size_t scales, Random& random) {
  m.scales.resize(scales);
  // Integer scales so small that their products with codes are bytes, too.
  const bool small = m.info.super_group != 0 && Chance(50, random);
  for (float& s : m.scales) {
    s = test::RandomScale(m.info.scale, random);
    if (small) s = std::trunc(s / 17.0f);
    // Negative scales, and groups of zeros.
    const bool floats = m.info.scale <= Elem::kBF16;
    if (floats && Chance(10, random)) s = -s;
    if (m.info.scale != Elem::kE8m0 && Chance(2, random)) s = 0.0f;
  }
  if (m.info.zero == ZeroKind::kFloat && m.info.super_group == 0) {
    m.offsets = Fill(scales, random, m.info.scale, -0.2, 0.2);
  } else if (m.info.zero == ZeroKind::kFloat) {
    m.offsets.resize(scales);
    for (float& byte : m.offsets) byte = static_cast<float>(random.Below(256));
  }
  if (m.info.zero != ZeroKind::kInteger) return;
  m.zeros.resize(scales);
  // Next to the largest one of matrices that have spans, too.
  constexpr size_t kEnds[] = {256, 256, 113, 114};
  const size_t end = Chance(40, random) ? OneOf(kEnds, random)
                                        : std::min<size_t>(256, CodeCount(m.info.format) + 1);
  for (uint8_t& z : m.zeros) z = static_cast<uint8_t>(random.Below(end));
}

// Factors of super-groups: negative ones and zeros, too.
void FillFactors(QuantizedMatrix& m, Random& random) {
  test::FillTables(m, random);
  if (m.info.super_group == 0) return;
  for (std::vector<float>* factors : {&m.factors, &m.offset_factors}) {
    for (float& f : *factors) {
      if (Chance(20, random)) f = -f;
      if (Chance(3, random)) f = 0.0f;
    }
  }
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

}  // namespace

Weights RandomWeights(Random& random) {
  QuantizedMatrix m;
  WeightInfo& info = m.info;
  info.format = OneOf(test::kAllFormats, random);
  // Formats with most kernels come up more often.
  if (Chance(40, random)) info.format = static_cast<WeightFormat>(1 + random.Below(5));
  info.group = RandomGroup(info.format, random);
  info.scale = RandomScaleType(info.format, random);
  if (HasZeros(info.format)) info.zero = static_cast<ZeroKind>(random.Below(3));
  const bool is_long = Chance(33, random);
  if (is_long) {
    SetLongSizes(info, random);
  } else {
    SetSizes(info, random);
  }
  const bool super = Chance(is_long ? 15 : 50, random);
  if (super && TakesSuperGroups(info.format)) SetSuperGroups(info, random);
  const size_t groups = GroupBorders(info).size() - 1;
  FillScales(m, info.group == kWholeTensor ? 1 : info.n * groups, random);
  FillFactors(m, random);
  FillCodes(m, random);
  PackedWeights packed = test::MustPack(m, RandomLayout(info, random));
  return {std::move(m), std::move(packed)};
}

}  // namespace lutgemm::oracle
