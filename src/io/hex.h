// 64-bit values as the packed file spells them: 16 lower-case hexadecimal digits.
#ifndef LUTGEMM_IO_HEX_H_
#define LUTGEMM_IO_HEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lutgemm::io {

inline constexpr size_t kHexDigits = 16;

std::string HexText(uint64_t value);
// Nothing where the text is no such number.
std::optional<uint64_t> ParseHex(std::string_view text) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_HEX_H_
