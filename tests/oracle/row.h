// One output's weights, decoded by docs/formats.md.
#ifndef LUTGEMM_ORACLE_ROW_H_
#define LUTGEMM_ORACLE_ROW_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::oracle {

struct Row {
  // Of each k: the integer v (the code itself with float zeros), the code's bit in each plane, and
  // the group.
  std::vector<int> v;
  std::vector<uint8_t> bits;
  std::vector<size_t> group;
  // Of each group: the stored scale s_w, the offset c (0 without float zeros), the factors F and G
  // of its super-group (1 without), and what tables of fast mode multiply the sum of activations
  // by, B.
  std::vector<float> scale, offset, factor, offset_factor;
  std::vector<int> b;
  float f = 1.0f;  // unit of v times the row's or tensor's factor
  unsigned planes = 0;
  int multiplier[8] = {};  // m_p
  bool float_zeros = false, super_groups = false;
};
Row RowOf(const QuantizedMatrix& matrix, size_t row);

// First k of each group, and K behind the last.
std::vector<size_t> GroupBorders(const WeightInfo& info);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_ROW_H_
