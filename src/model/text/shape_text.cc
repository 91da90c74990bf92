#include "model/text/shape_text.h"

#include "base/text.h"

#include <charconv>

namespace lutgemm::model::text {
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

std::string ShapeText(const Sizes& sizes) {
  return base::Cat("m", sizes.m, "n", sizes.n, "k", sizes.k);
}

std::optional<Sizes> ReadShape(std::string_view text) noexcept {
  Sizes sizes;
  const bool read = Take(text, 'm', sizes.m) && Take(text, 'n', sizes.n) &&
                    Take(text, 'k', sizes.k) && text.empty();
  if (!read) return std::nullopt;
  return sizes;
}

}  // namespace lutgemm::model::text
