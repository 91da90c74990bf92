#include "model/isa/program.h"

#include "base/text.h"

namespace lutgemm::model::isa {
namespace {

constexpr std::string_view kMagic("LUTISA1\0", 8);
constexpr size_t kWord = sizeof(uint64_t);

}  // namespace

bool IsProgram(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string ProgramBytes(std::span<const uint64_t> words) {
  std::string bytes(kMagic);
  for (const uint64_t word : words) {
    for (size_t i = 0; i < kWord; ++i) bytes += static_cast<char>(word >> (8 * i) & 0xffu);
  }
  return bytes;
}

Result<std::vector<uint64_t>> ProgramWords(std::string_view bytes) {
  if (!IsProgram(bytes)) {
    return base::MakeStatus(Code::kCorruptFile, "does not begin with LUTISA1 and a zero byte");
  }
  bytes.remove_prefix(kMagic.size());
  if (bytes.size() % kWord != 0) {
    return base::MakeStatus(Code::kCorruptFile, "ends within a word: ", bytes.size(),
                            " bytes of words");
  }
  std::vector<uint64_t> words(bytes.size() / kWord);
  for (size_t i = 0; i < bytes.size(); ++i) {
    words[i / kWord] |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i % kWord));
  }
  return words;
}

}  // namespace lutgemm::model::isa
