#include "model/cost/accel/parameters.h"

#include "base/text.h"

#include <charconv>

namespace lutgemm::model::accel {
namespace {

constexpr size_t kMostSize = size_t{1} << 32;

bool InRange(size_t value) { return value >= 1 && value <= kMostSize; }
// Far beyond what any hardware has, and little enough that no product of some of them overflows.
constexpr double kLeastReal = 1e-12, kMostReal = 1e12;
bool InRange(double value) { return value >= kLeastReal && value <= kMostReal; }

constexpr const char* RangeOf(size_t) { return "a whole number 1..2^32"; }
constexpr const char* RangeOf(double) { return "a positive number 1e-12..1e12"; }

}  // namespace

Status CheckParameters(std::string_view what, std::span<const Parameter> parameters) {
  for (const Parameter& parameter : parameters) {
    const Status status = std::visit(
        [&](const auto* value) -> Status {
          if (InRange(*value)) return {};
          return base::MakeStatus(Code::kBadArgument, what, ": ", parameter.name, " is ", *value,
                                  "; it must be ", RangeOf(*value));
        },
        parameter.value);
    if (!status.ok()) return status;
  }
  return {};
}

Status SetParameter(std::span<const Parameter> parameters, std::string_view name,
                    const std::string& text) {
  for (const Parameter& parameter : parameters) {
    if (parameter.name != name) continue;
    return std::visit(
        [&](auto* value) -> Status {
          auto parsed = *value;
          const char* const end = text.data() + text.size();
          const auto [stop, error] = std::from_chars(text.data(), end, parsed);
          if (error != std::errc() || stop != end || !InRange(parsed)) {
            return base::MakeStatus(Code::kBadArgument, name, "=", text, ": not ", RangeOf(parsed));
          }
          *value = parsed;
          return {};
        },
        parameter.value);
  }
  return base::MakeStatus(Code::kNotFound, "no parameter '", name, "'");
}

}  // namespace lutgemm::model::accel
