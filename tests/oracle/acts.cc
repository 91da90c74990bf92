#include "oracle/acts.h"

#include "oracle/numbers.h"
#include "oracle/row.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm::oracle {
namespace {

constexpr size_t kMostBlock = 16320;

size_t UpTo(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

bool HasTables(const Spec& spec) { return LookupLength(spec) > 1; }

bool ClipsOutliers(const Spec& spec) {
  return spec.mode == Mode::kFast && !HasTables(spec) && !spec.int8_acts;
}

size_t DefaultBlock(const WeightInfo& info, const Spec& spec, size_t group) {
  if (spec.mode == Mode::kExact) return group;
  if (spec.method == Method::kLut4) return info.format == WeightFormat::kInt1 ? 256 : 128;
  if (spec.method == Method::kLut5) return 130;
  if (spec.method == Method::kTernary5) return 640;
  if (spec.method == Method::kTernary3) return 360;
  return 1024;
}

size_t BlockLength(const WeightInfo& info, const Spec& spec, size_t group) {
  size_t block = spec.act_bfp != 0 && spec.block == 0 ? 32 : spec.block;
  if (block == 0) block = DefaultBlock(info, spec, group);
  if (spec.method == Method::kLut5) block = UpTo(block, 10);
  if (spec.layout == LayoutId::kTrits)
    block = UpTo(block, spec.method == Method::kTernary3 ? 60 : 80);
  const bool keeps_scale = !HasTables(spec) && !ClipsOutliers(spec);
  if (block >= group && keeps_scale) return group;
  return std::min({block, group, kMostBlock});
}

// Groups that one span takes, or 0 where a group is cut into blocks of its own.
size_t GroupsOfSpan(const WeightInfo& info, const Spec& spec) {
  const bool products = spec.method == Method::kDot || spec.method == Method::kCodebook;
  if (!products || spec.int32_outputs) return 0;
  if (info.super_group != 0) return info.super_group / info.group;
  const bool one_group = GroupBorders(info).size() == 2;
  if (spec.mode == Mode::kExact || spec.block != 0 || one_group) return 0;
  if (info.group % 16 != 0 || info.group > 64 || spec.largest_zero > 112) return 0;
  if (info.zero == ZeroKind::kInteger && CodeBits(info.format) > 4) return 0;
  return 256 / info.group;
}

struct Scale {
  float scale, inverse;
};
Scale ScaleOf(float m) {
  if (!std::isfinite(m)) return {std::numeric_limits<float>::quiet_NaN(), 0.0f};
  if (m < 1e-36f) return {0.0f, 0.0f};
  return {m / 127.0f, 127.0f / m};
}

// The magnitude of a block for lookups of `length`; NaN where any activation is.
float MagnitudeOf(std::span<const float> act, size_t length) {
  const auto abs = [&](size_t i) { return i < act.size() ? std::abs(act[i]) : 0.0f; };
  float largest = 0.0f;
  for (size_t i = 0; i < act.size(); i += length) {
    float m = abs(i);
    if (length == 3) m = (abs(i) + abs(i + 1)) + abs(i + 2);
    if (length >= 4) m = (abs(i) + abs(i + 1)) + (abs(i + 2) + abs(i + 3));
    if (length == 5) m = m + abs(i + 4);
    if (std::isnan(m)) return m;
    largest = std::max(largest, m);
  }
  return largest;
}

// Sixteen running sums, k mod 16, then halves added to halves.
template <class Of>
float SumOf(std::span<const float> act, Of of) {
  float part[16] = {};
  for (size_t i = 0; i < act.size(); ++i) part[i % 16] = part[i % 16] + of(act[i]);
  for (size_t half : {8u, 4u, 2u, 1u}) {
    for (size_t i = 0; i < half; ++i) part[i] = part[i] + part[i + half];
  }
  return part[0];
}

void MakeTables(std::span<const float> act, size_t length, ActBlock& block) {
  const Scale scale = ScaleOf(MagnitudeOf(act, length));
  block.scale = scale.scale;
  block.codes.assign(UpTo(act.size(), length), 0);
  if (scale.inverse == 0.0f) return;
  block.sum = SumOf(act, [](float a) { return a; });
  for (size_t i = 0; i < act.size(); ++i) {
    block.codes[i] = Rint((act[i] * scale.inverse) * 64.0f);
  }
}

void MakeBfp(std::span<const float> act, unsigned bits, ActBlock& block) {
  const float m = MagnitudeOf(act, 1);
  block.codes.assign(act.size(), 0);
  if (!std::isfinite(m)) block.scale = std::numeric_limits<float>::quiet_NaN();
  if (!std::isfinite(m) || m == 0.0f) return;
  const int exponent = std::max(std::ilogb(m), -127);
  const double scale = std::ldexp(1.0, exponent - (static_cast<int>(bits) - 2));
  const double most = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  block.scale = static_cast<float>(scale);
  for (size_t i = 0; i < act.size(); ++i) {
    const double q = std::nearbyint(static_cast<double>(act[i]) / scale);
    block.codes[i] = static_cast<int>(std::clamp(q, -most, most));
  }
}

// Int8 codes; with a limit below the largest magnitude, those above it are outliers.
void MakeInt8(std::span<const float> act, bool clips, ActBlock& block, std::vector<Rest>& rests) {
  float m = MagnitudeOf(act, 1);
  block.codes.assign(act.size(), 0);
  if (clips && std::isfinite(m)) {
    const float mean =
        SumOf(act, [](float a) { return std::abs(a); }) / static_cast<float>(act.size());
    m = std::min(m, 5.0f * mean);
  }
  const Scale scale = ScaleOf(m);
  block.scale = scale.scale;
  for (size_t i = 0; i < act.size(); ++i) {
    float a = act[i];
    if (clips && std::isfinite(m) && std::abs(a) > m) {
      rests.push_back({block.at.begin + i, a - std::copysign(127.0f * scale.scale, a)});
      a = std::copysign(m, a);
    }
    if (scale.inverse != 0.0f) block.codes[i] = Rint(a * scale.inverse);
  }
}

}  // namespace

size_t LookupLength(const Spec& spec) {
  if (spec.mode == Mode::kExact) return 1;
  if (spec.method == Method::kLut4) return 4;
  if (spec.method == Method::kLut5 || spec.method == Method::kTernary5) return 5;
  return spec.method == Method::kTernary3 ? 3 : 1;
}

std::vector<Block> BlocksOf(const WeightInfo& info, const Spec& spec) {
  const std::vector<size_t> borders = GroupBorders(info);
  std::vector<Block> blocks;
  if (const size_t groups = GroupsOfSpan(info, spec); groups != 0) {
    for (size_t g = 0; g + 1 < borders.size(); g += groups) {
      const size_t end = std::min(g + groups, borders.size() - 1);
      blocks.push_back({g, borders[g], borders[end], true});
    }
    return blocks;
  }
  const size_t length = BlockLength(info, spec, borders[1] - borders[0]);
  for (size_t g = 0; g + 1 < borders.size(); ++g) {
    for (size_t k = borders[g]; k < borders[g + 1]; k += length) {
      blocks.push_back({g, k, std::min(k + length, borders[g + 1])});
    }
  }
  return blocks;
}

Token Prepare(std::span<const float> act, const WeightInfo& info, const Spec& spec) {
  Token token;
  for (const Block& at : BlocksOf(info, spec)) {
    ActBlock block{at, 1.0f, 0.0f, {}};
    const auto part = act.subspan(at.begin, at.end - at.begin);
    if (HasTables(spec)) {
      MakeTables(part, LookupLength(spec), block);
    } else if (spec.int8_acts) {
      for (float a : part) block.codes.push_back(static_cast<int>(a));
    } else if (spec.act_bfp != 0) {
      MakeBfp(part, spec.act_bfp, block);
    } else {
      MakeInt8(part, ClipsOutliers(spec), block, token.rests);
    }
    token.blocks.push_back(std::move(block));
  }
  return token;
}

}  // namespace lutgemm::oracle
