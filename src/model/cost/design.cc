#include "model/cost/design.h"

#include "base/names.h"
#include "base/text.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace lutgemm::model::cost {
namespace {

struct ActRow {
  std::string_view name;
  unsigned bits;
  unsigned significand;
  bool is_float;
};
constexpr ActRow kActs[] = {
    {"f16", 16, 11, true}, {"f8", 8, 4, true}, {"i16", 16, 16, false}, {"i8", 8, 8, false}};

const ActRow& RowOf(Act act) { return kActs[static_cast<size_t>(act)]; }

constexpr unsigned kFloatEntryBits = 16;

Status OutOfRange(std::string_view what, size_t value, size_t low, size_t high) {
  return base::MakeStatus(Code::kBadArgument, what, " ", value, " is not in ", low, "..", high);
}

Status CheckRange(std::string_view what, size_t value, size_t low, size_t high) {
  return value >= low && value <= high ? Status() : OutOfRange(what, value, low, high);
}

}  // namespace

std::string_view Name(Act act) noexcept { return RowOf(act).name; }
unsigned ActBits(Act act) { return RowOf(act).bits; }
bool IsFloat(Act act) { return RowOf(act).is_float; }
unsigned SignificandBits(Act act) { return RowOf(act).significand; }

Result<Act> ParseAct(std::string_view name) noexcept {
  for (size_t i = 0; i < std::size(kActs); ++i) {
    if (kActs[i].name == name) return static_cast<Act>(i);
  }
  return base::MakeStatus(Code::kBadArgument, base::Quote(name),
                          " is not a type of activations: f16, f8, i16 or i8");
}

Status Validate(const Design& design) {
  const Status checks[] = {
      CheckRange("array side m", design.shape.m, 1, kMaxSide),
      CheckRange("array side n", design.shape.n, 1, kMaxSide),
      CheckRange("weight bits", design.weight_bits, 1, 8),
      CheckRange("accumulator bits", design.acc_bits, 8, 64),
      CheckRange("table bits", design.table_bits, 4, 32),
      design.unit == Unit::kLut
          ? CheckRange("index bits of a table", IndexBits(design), 1, kMaxTableGroup)
          : CheckRange("array side k", design.shape.k, 1, kMaxSide)};
  for (const Status& check : checks) {
    if (!check.ok()) return check;
  }
  return {};
}

unsigned RawTableBits(Act act, size_t k, unsigned index_planes) {
  if (IsFloat(act)) return kFloatEntryBits;
  const auto sum_bits = static_cast<unsigned>(std::bit_width(k - 1));  // ceil(log2 k)
  return ActBits(act) + sum_bits + index_planes - 1;
}

bool RoundsEntries(const Design& design) {
  const unsigned planes = design.bit_serial ? 1 : design.weight_bits;
  return design.unit == Unit::kLut &&
         design.table_bits < RawTableBits(design.act, design.shape.k, planes);
}

bool FloatEntries(const Design& design) {
  if (!IsFloat(design.act)) return false;
  return design.unit != Unit::kLut || design.table_bits >= kFloatEntryBits;
}

unsigned IndexBits(const Design& design) {
  const size_t k = std::min(design.shape.k, kMaxSide);  // no overflow before Validate
  return static_cast<unsigned>(k) * (design.bit_serial ? 1 : design.weight_bits);
}

size_t TableEntries(const Design& design) {
  return size_t{1} << (IndexBits(design) - (design.symmetric ? 1 : 0));
}

unsigned CyclesPerStep(const Design& design) {
  const bool serial = design.unit == Unit::kAdd || (design.unit == Unit::kLut && design.bit_serial);
  return serial ? design.weight_bits : 1;
}

size_t PrecomputeAdds(size_t k, bool symmetric) {
  if (!symmetric) return (size_t{1} << k) - k - 1;
  if (k <= 1) return 0;
  return (size_t{1} << (k - 1)) + PrecomputeAdds(k / 2, true) + PrecomputeAdds(k - k / 2, true);
}

Design MacDesign(const Shape& shape, Act act, unsigned weight_bits) {
  Design design;
  design.unit = Unit::kMac;
  design.shape = shape;
  design.act = act;
  design.weight_bits = weight_bits;
  return design;
}

Design AddDesign(const Shape& shape, Act act, unsigned weight_bits) {
  Design design = MacDesign(shape, act, weight_bits);
  design.unit = Unit::kAdd;
  return design;
}

Design LutTensorCoreDesign(const Shape& shape, Act act, unsigned weight_bits) {
  Design design = MacDesign(shape, act, weight_bits);
  design.unit = Unit::kLut;
  design.table_bits = RawTableBits(act, shape.k);
  return design;
}

Design ConventionalLutDesign(const Shape& shape, Act act, unsigned weight_bits) {
  Design design = LutTensorCoreDesign(shape, act, weight_bits);
  design.symmetric = false;
  design.own_precompute = true;
  return design;
}

std::string_view UnitName(const Design& design) noexcept {
  if (design.unit == Unit::kMac) return "mac";
  if (design.unit == Unit::kAdd) return "add";
  if (!design.bit_serial) return "lut";
  if (!design.symmetric && design.own_precompute) return "conventional lut";
  const bool tensor_core = design.symmetric && design.offline_flip && !design.own_precompute;
  return tensor_core ? "lut tensor core" : "lut";
}

}  // namespace lutgemm::model::cost
