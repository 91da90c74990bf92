// libFuzzer target: GGUF files.
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const auto bytes = fuzz::AlignedCopy(fuzz::Input(data, size));
  static_cast<void>(fuzz::ReadGguf(bytes.span()));
  return 0;
}
