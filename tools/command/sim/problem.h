// A product on the simulator: what to compute, its activations, the comparison.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_PROBLEM_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_PROBLEM_H_

#include "tools/command/sim/options.h"
#include "tools/command/sim/tensors.h"
#include "tools/measure/random.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct ProblemSetup {
  model::lower::GemmSpec spec;
  WeightInfo info;
  model::Array target;
};
// Shape, weights and types as the options say, or as the files that they name, which are null for a
// random product; types that were left out follow from the others. The target is the default one.
Result<ProblemSetup> MakeSetup(const SimOptions& options, const SimTensors* tensors);

// Random activations, any number that the type has but infinities and NaN.
SimActs MakeSimActs(model::isa::ActType type, size_t count, Random& random);

struct Checked {
  bool match = false;
  size_t outputs = 0;
  double nmse = 0.0;  // of f32 outputs against float64, of activations before they were rounded
};
// Compares output bits [m][n] with the scalar oracle; of large products a sample.
Checked CheckOutputs(const SimOptions& options, const ProblemSetup& setup,
                     const QuantizedMatrix& matrix, const SimActs& acts,
                     std::span<const uint32_t> out);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_PROBLEM_H_
