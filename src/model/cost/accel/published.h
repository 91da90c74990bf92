// Figures of the BitMoD authors that the model is held against: outputs of their simulator as kept
// in the notebooks behind Figs. 7 and 8, and of their release of 2025; and the paper's headlines.
// Nothing here is computed by our model.
#ifndef LUTGEMM_MODEL_COST_ACCEL_PUBLISHED_H_
#define LUTGEMM_MODEL_COST_ACCEL_PUBLISHED_H_

#include "model/cost/accel/accelerator.h"
#include "model/cost/accel/workload.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace lutgemm::model::accel {

// Llama 2 7B, batch 1, context 256. Zero: not published.
struct PublishedRun {
  std::string_view accelerator;
  Phase phase;
  Attention attention;
  double weight_bits;  // at which the figures were made
  uint64_t compute_cycles;
  uint64_t cycles;
  double on_chip_uj, total_uj;
  double other_bits = 0.0;  // bits of the runs that they are shown for, where these differ
};
inline constexpr std::string_view kPublishedModel = "llama2-7b";
inline constexpr size_t kPublishedContext = 256;

std::span<const PublishedRun> PublishedRuns() noexcept;

// The figures that the authors show for a run, or null.
const PublishedRun* FindPublished(std::string_view accelerator, const LanguageModel& model,
                                  const Pass& pass) noexcept;

// Ratios in the paper's text: means over its six models. "Discriminative" is a prefill,
// "generative" a prefill and decoded tokens.
struct Headline {
  std::string_view dtype, against;
  double discriminative, generative;  // speedup
  double energy;                      // of the abstract
};
const Headline* FindHeadline(std::string_view dtype, std::string_view against) noexcept;

}  // namespace lutgemm::model::accel

#endif  // LUTGEMM_MODEL_COST_ACCEL_PUBLISHED_H_
