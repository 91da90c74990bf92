// libFuzzer target: importance matrices of both kinds.
#include "fuzz/importance_reader.h"
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const auto bytes = fuzz::AlignedCopy(fuzz::Input(data, size));
  static_cast<void>(fuzz::ReadImportance(bytes.span()));
  return 0;
}
