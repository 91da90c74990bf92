#include "format/group_text.h"

#include <lutgemm/types.hpp>

#include <charconv>

namespace lutgemm::format {

std::string GroupText(uint32_t group) {
  if (group == kWholeRow) return "row";
  if (group == kWholeTensor) return "tensor";
  return std::to_string(group);
}

std::optional<uint32_t> ReadGroup(std::string_view text) noexcept {
  if (text == "row") return kWholeRow;
  if (text == "tensor") return kWholeTensor;
  uint32_t group = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, group);
  const bool whole = error == std::errc() && stop == end;
  if (!whole || group == kWholeRow || group == kWholeTensor) return std::nullopt;
  return group;
}

}  // namespace lutgemm::format
