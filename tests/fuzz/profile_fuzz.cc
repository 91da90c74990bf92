// libFuzzer target: profiles of measured rows. What is accepted is written and read again.
#include "fuzz/inputs.h"
#include "plan/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fuzz = lutgemm::fuzz;
  using lutgemm::plan::Profile;
  // The lines that name this machine stand before the input, which a fuzzer could not guess.
  const std::string empty = Profile().ToText();
  const std::string head = empty.substr(0, empty.rfind("end "));
  for (const std::string& text :
       {std::string(fuzz::Input(data, size)), head + std::string(fuzz::Input(data, size))}) {
    const auto profile = Profile::Parse(text, fuzz::kName);
    fuzz::RequireClean(profile.status());
    if (!profile.ok()) continue;
    const auto again = Profile::Parse(profile->ToText(), fuzz::kName);
    fuzz::Require(again.ok() && again->entries().size() == profile->entries().size());
  }
  return 0;
}
