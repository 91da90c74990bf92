// Tables of all ternary sums of a group of activations.
#ifndef LUTGEMM_MODEL_TLMM_TABLE_H_
#define LUTGEMM_MODEL_TLMM_TABLE_H_

#include "model/tlmm/trits.h"

#include <array>

namespace lutgemm::model::tlmm {

// Entries of a table: 3^G, or those of signed index 0 and up.
constexpr size_t TableEntries(unsigned group, bool half) {
  return half ? MaxIndex(group) + 1 : Pow3(group);
}

// Adders' work to fill half a table from single activations: each step from g - 1 to g elements
// adds or subtracts every non-zero entry it has. 0, 2, 10, 36, 116, 358 for G = 1..6.
constexpr size_t HalfTableAdds(unsigned group) {
  size_t adds = 0;
  for (unsigned g = 2; g <= group; ++g) adds += 2 * MaxIndex(g - 1);
  return adds;
}
// A full table negates the half as well (ours: a negation counts as an addition).
constexpr size_t TableAdds(unsigned group, bool half) {
  return HalfTableAdds(group) + (half ? 0 : MaxIndex(group));
}

// Bits of a two's complement entry where |activation| <= max_abs.
constexpr unsigned EntryBits(unsigned group, unsigned max_abs = 127) {
  unsigned bits = 1;
  while ((1u << (bits - 1)) <= group * max_abs) ++bits;
  return bits;
}

// One table in hardware. Entries are int16: at most 6 * 128.
class Table {
 public:
  // `activations` are the group's, 1..kMaxGroup; counts into *adds what TableAdds says.
  void Build(std::span<const int8_t> activations, bool half, size_t* adds);
  // Entry of a signed index; half tables negate where it is below 0.
  int Read(int signed_index) const;

  int16_t entry(size_t i) const { return entries_[i]; }  // half: by signed index; full: plain

 private:
  bool half_ = true;
  int zero_ = 0;  // position of signed index 0 in a full table
  std::array<int16_t, Pow3(kMaxGroup)> entries_{};
};

}  // namespace lutgemm::model::tlmm

#endif  // LUTGEMM_MODEL_TLMM_TABLE_H_
