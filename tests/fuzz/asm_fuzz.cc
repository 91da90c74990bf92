// libFuzzer target: assembly text and program files, run on the functional machine.
#include "fuzz/inputs.h"
#include "fuzz/text_readers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const auto bytes = fuzz::AlignedCopy(fuzz::Input(data, size));
  static_cast<void>(fuzz::ReadAsm(fuzz::TextOf(bytes.span())));
  static_cast<void>(fuzz::ReadProgram(fuzz::TextOf(bytes.span())));
  return 0;
}
