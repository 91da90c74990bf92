// The accelerators, datatypes and models of the comparison, as data.
#ifndef LUTGEMM_MODEL_COST_ACCEL_PRESETS_H_
#define LUTGEMM_MODEL_COST_ACCEL_PRESETS_H_

#include "model/cost/accel/accelerator.h"
#include "model/cost/accel/workload.h"

#include <lutgemm/status.hpp>

#include <span>
#include <string_view>

namespace lutgemm::model::accel {

// FP16 multiply-accumulate, BitMoD, ANT and OliVe arrays of about one area (HPCA 2025, Table X and
// the authors' simulator). ANT and OliVe are as that simulator has them, not their own papers.
std::span<const Accelerator> Accelerators() noexcept;

// What the weights of the linear layers are, and on which accelerator they run.
struct Dtype {
  std::string_view name;
  std::string_view what;
  const Accelerator* accelerator = nullptr;
  double prefill_bits = 0.0;  // per weight, the scale of a group of 128 included;
  double decode_bits = 0.0;   // 0: the model's bits for ANT or OliVe
};
std::span<const Dtype> Dtypes() noexcept;
std::span<const LanguageModel> Models() noexcept;

// kNotFound, with the list of names.
Result<Dtype> FindDtype(std::string_view name) noexcept;
Result<LanguageModel> FindModel(std::string_view name) noexcept;

// Bits per weight of a dtype on a model. The authors' simulator counts the 8-bit scale of a group
// but not its 2-bit selector; `selectors` adds it to BitMoD types.
double WeightBits(const Dtype& dtype, const LanguageModel& model, Phase phase, bool selectors);

}  // namespace lutgemm::model::accel

#endif  // LUTGEMM_MODEL_COST_ACCEL_PRESETS_H_
