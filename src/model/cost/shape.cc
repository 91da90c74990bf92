#include "model/cost/shape.h"

#include "base/text.h"

#include <charconv>

namespace lutgemm::model::cost {
namespace {

// Takes `letter` and a number off the front of `text`; false where they are not there.
bool Take(std::string_view& text, char letter, size_t& value) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string Name(const ArrayShape& shape) {
  return base::Cat("m", shape.m, "n", shape.n, "k", shape.k);
}

Result<ArrayShape> ParseShape(std::string_view text) noexcept {
  std::string_view rest = text;
  ArrayShape shape;
  const bool read = Take(rest, 'm', shape.m) && Take(rest, 'n', shape.n) &&
                    Take(rest, 'k', shape.k) && rest.empty();
  if (!read || shape.m == 0 || shape.n == 0 || shape.k == 0 || shape.m > kMaxSide ||
      shape.n > kMaxSide || shape.k > kMaxTableGroup) {
    return base::MakeStatus(Code::kBadArgument, "'", text,
                            "' is not a shape such as m2n64k4 with m and n in 1..", kMaxSide,
                            " and k in 1..", kMaxTableGroup);
  }
  return shape;
}

}  // namespace lutgemm::model::cost
