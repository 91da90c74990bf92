// libFuzzer target: safetensors files and shard indices.
#include "fuzz/inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  const std::string_view input = fuzz::Input(data, size);
  for (const std::string& file : {std::string(input), fuzz::Assemble(input)}) {
    const auto bytes = fuzz::AlignedCopy(file);
    static_cast<void>(fuzz::ReadSafetensors(bytes.span()));
  }
  const auto bytes = fuzz::AlignedCopy(input);
  static_cast<void>(fuzz::ReadShardIndex(bytes.span()));
  return 0;
}
