// libFuzzer target: files of codebook values.
#include "fuzz/book_reader.h"
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  static_cast<void>(fuzz::ReadBook(std::string(fuzz::Input(data, size))));
  return 0;
}
