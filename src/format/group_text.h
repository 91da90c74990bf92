// Groups of weights as text: "row", "tensor", or the number of weights that share a scale.
#ifndef LUTGEMM_FORMAT_GROUP_TEXT_H_
#define LUTGEMM_FORMAT_GROUP_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lutgemm::format {

std::string GroupText(uint32_t group);

// None for what GroupText never gives: whether a format takes the group is not asked.
std::optional<uint32_t> ReadGroup(std::string_view text) noexcept;

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_GROUP_TEXT_H_
