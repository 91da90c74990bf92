// libFuzzer target: weights of GGUF files; or, behind a byte that is not 'G', blocks of a type.
#include "fuzz/import_reader.h"
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const bool file = size != 0 && data[0] == 'G';
  const auto bytes = fuzz::AlignedCopy(fuzz::Input(data, size).substr(!file && size != 0 ? 1 : 0));
  if (file) {
    static_cast<void>(fuzz::ImportGguf(bytes.span()));
  } else if (size != 0) {
    static_cast<void>(fuzz::ImportBlocks(static_cast<lutgemm::GgufType>(data[0]), bytes.span()));
  }
  return 0;
}
