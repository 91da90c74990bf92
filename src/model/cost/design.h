// One design point: an array of multiply-accumulate units of some kind, its number formats and its
// free choices.
#ifndef LUTGEMM_MODEL_COST_DESIGN_H_
#define LUTGEMM_MODEL_COST_DESIGN_H_

#include "model/cost/shape.h"

#include <cstdint>

namespace lutgemm::model::cost {

// Type of activations. The paper's FP8 flavour is unknown: kF8 is E4M3.
enum class Act : uint8_t { kF16, kF8, kI16, kI8 };
std::string_view Name(Act act) noexcept;  // "f16", "f8", "i16", "i8"
Result<Act> ParseAct(std::string_view name) noexcept;
unsigned ActBits(Act act);
bool IsFloat(Act act);
unsigned SignificandBits(Act act);  // with the hidden bit; all bits of integers

enum class Unit : uint8_t {
  kMac,  // weights dequantised to the type of activations, one multiplier each
  kAdd,  // bit-serial: +-activation per weight bit into an adder tree
  kLut,  // table lookup
};

struct Design {
  Unit unit = Unit::kLut;
  Shape shape = kPaperArray;
  Act act = Act::kF16;
  unsigned weight_bits = 1;  // W_BIT, 1..8
  unsigned acc_bits = 16;    // of an accumulator, 8..64

  // Lookup only.
  unsigned table_bits = 16;  // LUT_BIT of an entry, 4..32; below RawTableBits entries are rounded
  bool bit_serial = true;    // one plane per cycle; else the index holds all bits of K weights
  bool symmetric = true;     // half a table, the sign from one bit of the index
  bool offline_flip = true;  // complement of the index done in the stored weights (Eq 6)
  bool own_precompute = false;  // adders that fill the tables beside the array
};

// kBadArgument where a field is out of range, or an index is longer than kMaxTableGroup bits.
Status Validate(const Design& design);

// Bits of an entry that is not rounded. Integers: sums of +-127 (or of symmetric range) activations
// times weights. Floats: FP16, also for FP8 activations (ours).
unsigned RawTableBits(Act act, size_t k, unsigned index_planes = 1);
// Whether entries are rounded: narrower than RawTableBits. Never without tables.
bool RoundsEntries(const Design& design);
// Whether entries are floating-point numbers, and with them the adders.
bool FloatEntries(const Design& design);
unsigned IndexBits(const Design& design);
size_t TableEntries(const Design& design);     // of one table
unsigned CyclesPerStep(const Design& design);  // W_BIT where bit-serial, else 1

// Adders that compute all entries of a table of K activations with shared sums:
//   symmetric  2^(K-1) combinations of two half-size tables, recursively (12 for K = 4)
//   full       sums of subsets, one adder for each of two or more (2^K - K - 1)
size_t PrecomputeAdds(size_t k, bool symmetric);

// The four units of the comparison, at one shape and format. `act`'s raw entries.
Design MacDesign(const Shape& shape, Act act, unsigned weight_bits);
Design AddDesign(const Shape& shape, Act act, unsigned weight_bits);
Design ConventionalLutDesign(const Shape& shape, Act act, unsigned weight_bits);
Design LutTensorCoreDesign(const Shape& shape, Act act, unsigned weight_bits);
// "mac", "add", "conventional lut", "lut tensor core" or, with other choices, "lut".
std::string_view UnitName(const Design& design) noexcept;

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_DESIGN_H_
