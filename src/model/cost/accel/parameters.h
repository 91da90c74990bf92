// The free numbers of a description by name: one list for checking and for setting them.
#ifndef LUTGEMM_MODEL_COST_ACCEL_PARAMETERS_H_
#define LUTGEMM_MODEL_COST_ACCEL_PARAMETERS_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace lutgemm::model::accel {

// Sizes are 1..2^32, figures 1e-12..1e12.
struct Parameter {
  std::string_view name;
  std::variant<size_t*, double*> value;
};

// kBadArgument where a value is out of range; `what` says whose it is.
Status CheckParameters(std::string_view what, std::span<const Parameter> parameters);

// Sets the parameter of that name; kNotFound without one, kBadArgument for text that is no number
// of its kind or out of range.
Status SetParameter(std::span<const Parameter> parameters, std::string_view name,
                    const std::string& text);

}  // namespace lutgemm::model::accel

#endif  // LUTGEMM_MODEL_COST_ACCEL_PARAMETERS_H_
