// libFuzzer target: files of packed weights, with and without their checksums.
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const std::string_view input = fuzz::Input(data, size);
  std::string sealed = fuzz::Assemble(input);
  // So that what is behind the header's checksum is reached.
  lutgemm::io::SealHeader(sealed);
  for (const std::string& file : {std::string(input), fuzz::Assemble(input), sealed}) {
    const auto bytes = fuzz::AlignedCopy(file);
    static_cast<void>(fuzz::ReadPacked(bytes.span(), true));
    static_cast<void>(fuzz::ReadPacked(bytes.span(), false));
  }
  return 0;
}
