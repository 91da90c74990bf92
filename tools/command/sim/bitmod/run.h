// What `lutgemm sim bitmod` computes: datatypes on their accelerators, and what they gain.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_RUN_H_

#include "model/cost/accel/presets.h"
#include "model/cost/accel/published.h"
#include "model/cost/accel/simulate.h"
#include "tools/command/sim/bitmod/options.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace lutgemm::tools::bitmod {

namespace accel = model::accel;

inline constexpr std::array kPhases = {accel::Phase::kPrefill, accel::Phase::kDecode};

struct PhaseRun {
  accel::Pass pass;
  accel::Cost cost;
  const accel::PublishedRun* paper = nullptr;  // null where nothing is published for these settings
};

struct DtypeRun {
  accel::Dtype dtype;
  accel::Accelerator machine;      // with the settings' buffers and bus
  std::array<PhaseRun, 2> phases;  // as kPhases

  const PhaseRun& prefill() const { return phases[0]; }
  const PhaseRun& decode() const { return phases[1]; }
  // One prefill and so many decoded tokens.
  double Cycles(size_t decode_tokens) const;
  double Energy(size_t decode_tokens) const;  // uJ
};

// What `dtype` gains over `against`: quotients above 1 are gains.
struct Gain {
  std::string dtype, against;
  double prefill_speed = 0.0, generate_speed = 0.0;
  double prefill_energy = 0.0, generate_energy = 0.0;
  const accel::Headline* paper = nullptr;
};

struct Report {
  accel::LanguageModel model;
  accel::Attention attention = accel::Attention::kMerged;
  std::vector<DtypeRun> runs;
  std::vector<Gain> gains;
};

// Errors: kNotFound and kBadArgument for names, and those of accel::Simulate.
Result<Report> Run(const Settings& settings);

// On which assumptions published figures rest that ours do not, and the reverse.
std::vector<std::string> Notes(const Report& report);

// Runs, prints, and returns the exit code.
int RunAndReport(const Settings& settings);

}  // namespace lutgemm::tools::bitmod

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_RUN_H_
