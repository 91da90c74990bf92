// How large an error of lookup tables may be beside that of int8 activations; docs/cli.md explains
// the numbers.
#ifndef LUTGEMM_TOOLS_VERIFY_BOUND_H_
#define LUTGEMM_TOOLS_VERIFY_BOUND_H_

#include "tools/table_factor.h"
#include "tools/verify_tensor.h"

#include <string_view>

namespace lutgemm::tools {

inline constexpr size_t kVerifyTokens = 16;  // whose outputs an error is measured on
inline constexpr double kOutlierTimes = 20.0;
// How many outliers a token has: the same in every one, at random places.
size_t OutliersOf(size_t k);

std::string_view FamilyOf(std::string_view row);
// Families whose activations are int8 in either mode; tables have an error of their own.
bool IsInt8(std::string_view family);

// What the bound depends on beside the check.
struct BoundFacts {
  size_t outputs = 0, k = 0;
  TableError tables, triples, fives;
  double correlation = 0.0;  // see RowCorrelation
};
// `trits`: whether the weights are packed as trits, whose tables are longer.
BoundFacts FactsOf(const QuantizedMatrix& sample, bool trits);

// On check.nmse / check.int8_nmse of the fast mode; infinity where nothing bounds it.
double BoundFor(const BoundFacts& facts, const ProductCheck& check);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_VERIFY_BOUND_H_
