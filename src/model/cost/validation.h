// Every published figure that the model can be held against, beside what the model gives.
#ifndef LUTGEMM_MODEL_COST_VALIDATION_H_
#define LUTGEMM_MODEL_COST_VALIDATION_H_

#include "model/cost/terms.h"

#include <array>
#include <string>
#include <vector>

namespace lutgemm::model::cost {

enum class Agreement : uint8_t {
  kArithmetic,     // follows from other figures of the paper, no model involved
  kCalibrated,     // the model's constants were set to give it
  kPredicted,      // within 10 %, not used in calibration
  kNotReproduced,  // further off
};
std::string_view Name(Agreement agreement) noexcept;  // "arithmetic", "calibrated", ...

struct Comparison {
  std::string what;
  std::string_view source;  // "Table 2"; "[2nd]" after it: known second hand
  std::string_view unit;    // "um2"; "" for ratios
  double paper = 0;
  double ours = 0;
  Agreement agreement = Agreement::kPredicted;
};
std::vector<Comparison> CompareWithPaper();

// The arrays of Table 2, W2A8 with 8-bit entries, in its order: a conventional one, then one change
// each, the last the LUT tensor core.
std::array<Design, 4> Table2Designs();

// um2 and fJ per b-bit MAC in the paper's scope.
double ScopeAreaPerMac(const Design& design);
double ScopeEnergyPerMac(const Design& design);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_VALIDATION_H_
