#include "io/packed_header.h"

#include "base/digest.h"
#include "io/errors.h"
#include "io/hex.h"
#include "io/little_endian.h"
#include "io/packed_desc.h"
#include "io/safetensors.h"

#include <optional>

namespace lutgemm::io {
namespace {

constexpr size_t kLengthBytes = 8;

// Everything of UnsealedHeader() before the digits.
std::string HeaderStart() {
  return base::Cat("{\"", kMetadataKey, "\":{\"", kVersionKey, "\":\"", kVersion, "\",\"",
                   kHeaderKey, "\":\"");
}

struct Sealed {
  std::string header;  // the length and the JSON, zeros for digits
  size_t at = 0;       // of the digits
};

// Nothing where the file does not begin as a sealed one does.
std::optional<Sealed> FindSeal(std::string_view file) {
  if (file.size() < kLengthBytes) return std::nullopt;
  const auto length = LoadLittle<uint64_t>(reinterpret_cast<const std::byte*>(file.data()));
  const std::string start = HeaderStart();
  const size_t at = kLengthBytes + start.size();
  if (length > file.size() - kLengthBytes || length < start.size() + kHexDigits ||
      file.substr(kLengthBytes, start.size()) != start) {
    return std::nullopt;
  }
  Sealed sealed{std::string(file.substr(0, kLengthBytes + static_cast<size_t>(length))), at};
  sealed.header.replace(at, kHexDigits, kHexDigits, '0');
  return sealed;
}

std::string DigestText(const Sealed& sealed) {
  return HexText(base::Digest(std::as_bytes(std::span(sealed.header))));
}

// True if the metadata is that of a file whose header has a checksum, even where damage hit the key
// of the version. Other versions are for ParsePacked to refuse.
bool SpeaksOfSeal(const ParsedFile& parsed) {
  const auto version = parsed.metadata.find(std::string(kVersionKey));
  if (version != parsed.metadata.end()) return version->second == kVersion;
  return parsed.metadata.contains(std::string(kHeaderKey));
}

}  // namespace

std::string UnsealedHeader() { return HeaderStart() + std::string(kHexDigits, '0') + "\""; }

void SealHeader(std::string& file) {
  const std::optional<Sealed> sealed = FindSeal(file);
  if (sealed) file.replace(sealed->at, kHexDigits, DigestText(*sealed));
}

Result<ParsedFile> ParseSealed(std::span<const std::byte> file, std::string_view name) {
  Result<ParsedFile> parsed = ParseSafetensors(file, name);
  if (!parsed.ok() || !SpeaksOfSeal(*parsed)) return parsed;
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::optional<Sealed> sealed = FindSeal(text);
  if (!sealed) {
    return Corrupt(name, "header does not begin as that of a packed file of version ", kVersion,
                   "; the file is damaged, or another program wrote its header anew");
  }
  if (text.substr(sealed->at, kHexDigits) == DigestText(*sealed)) return parsed;
  return Corrupt(name, "checksum of the header does not match; the file is damaged");
}

}  // namespace lutgemm::io
