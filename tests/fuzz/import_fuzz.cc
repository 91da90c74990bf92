// libFuzzer target: weights of GGUF files; behind 'S' and a convention's number weights of
// safetensors files; behind another byte, the number of a type of GGUF, its blocks.
#include "fuzz/import_reader.h"
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const std::string_view input = fuzz::Input(data, size);
  if (input.empty()) return 0;
  if (input[0] == 'G') {
    static_cast<void>(fuzz::ImportGguf(fuzz::AlignedCopy(input).span()));
  } else if (input[0] == 'S' && size > 1) {
    constexpr auto kLast = static_cast<uint8_t>(lutgemm::Convention::kBitsandbytes);
    const auto convention = static_cast<lutgemm::Convention>(data[1] % (kLast + 1));
    const std::string file = fuzz::Assemble(input.substr(2));
    static_cast<void>(fuzz::ImportCheckpoint(fuzz::AlignedCopy(file).span(), convention));
  } else {
    const auto blocks = fuzz::AlignedCopy(input.substr(1));
    static_cast<void>(fuzz::ImportBlocks(static_cast<lutgemm::GgufType>(data[0]), blocks.span()));
  }
  return 0;
}
