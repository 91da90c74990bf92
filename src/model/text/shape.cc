#include <lutgemm/model/shape.hpp>

#include "base/names.h"
#include "base/text.h"

#include <charconv>
#include <optional>

namespace lutgemm::model {
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

// Three numbers, each behind its letter, and nothing else.
std::optional<Shape> Read(std::string_view text, const char (&letters)[4]) {
  Shape shape;
  const bool read = Take(text, letters[0], shape.m) && Take(text, letters[1], shape.n) &&
                    Take(text, letters[2], shape.k) && text.empty();
  if (!read) return std::nullopt;
  return shape;
}

}  // namespace

std::string Name(const Shape& shape) noexcept {
  try {
    return base::Cat("m", shape.m, "n", shape.n, "k", shape.k);
  } catch (...) {
    return {};
  }
}

Result<Shape> ParseShape(std::string_view text) noexcept {
  return base::Guarded([&]() -> Result<Shape> {
    std::optional<Shape> shape = Read(text, "mnk");
    if (!shape) shape = Read(base::Cat("x", text), "xxx");
    if (shape) return *shape;
    return base::MakeStatus(Code::kBadArgument, base::Quote(text),
                            " is no shape such as m2n64k4 or 2048x27648x5120 (MxNxK)");
  });
}

}  // namespace lutgemm::model
