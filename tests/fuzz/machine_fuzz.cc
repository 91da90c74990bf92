// libFuzzer target: machine files, as the cost model and as the compiler read them.
#include "fuzz/inputs.h"
#include "fuzz/text_readers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const auto bytes = fuzz::AlignedCopy(fuzz::Input(data, size));
  static_cast<void>(fuzz::ReadMachine(fuzz::TextOf(bytes.span())));
  static_cast<void>(fuzz::ReadTarget(fuzz::TextOf(bytes.span())));
  return 0;
}
