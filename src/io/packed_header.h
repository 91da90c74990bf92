// The checksum of a packed file's header, which lies inside of what it covers.
//
// A header of version 2 begins with exactly these bytes behind its length:
//   {"__metadata__":{"lutgemm.version":"2","lutgemm.header":"0123456789abcdef"
// The 16 digits are the digest of the length and the whole header, these digits taken as zeros. So
// everything that says what the tensors are is covered, in the spelling that the file has.
#ifndef LUTGEMM_IO_PACKED_HEADER_H_
#define LUTGEMM_IO_PACKED_HEADER_H_

#include "io/parsed_file.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lutgemm::io {

inline constexpr std::string_view kHeaderKey = "lutgemm.header";

// What a header begins with, up to and with the 16 digits, which are zeros here.
std::string UnsealedHeader();

// Puts the digest into a file, or the header of one, that begins with a length and UnsealedHeader()
// (or a header sealed before). Others are left as they are.
void SealHeader(std::string& file);

// ParseSafetensors, and the header's checksum where its metadata speaks of one.
Result<ParsedFile> ParseSealed(std::span<const std::byte> file, std::string_view name);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PACKED_HEADER_H_
