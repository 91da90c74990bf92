// libFuzzer target: profiles of measured kernels, with and without the head of this machine.
#include "fuzz/inputs.h"
#include "fuzz/text_readers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const std::string text(fuzz::Input(data, size));
  static_cast<void>(fuzz::ReadProfile(text));
  static_cast<void>(fuzz::ReadProfile(fuzz::ProfileHead() + text));
  return 0;
}
