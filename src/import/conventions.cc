// Names of conventions.
#include "base/names.h"
#include "base/text.h"

#include <lutgemm/import.hpp>

namespace lutgemm {
namespace {

struct Named {
  Convention convention;
  std::string_view name;
};

constexpr Named kConventions[] = {{Convention::kAuto, "auto"},
                                  {Convention::kGguf, "gguf"},
                                  {Convention::kGptq, "gptq"},
                                  {Convention::kGptqV2, "gptq-v2"},
                                  {Convention::kAwq, "awq"},
                                  {Convention::kBitnet, "bitnet"},
                                  {Convention::kCompressedTensors, "compressed-tensors"},
                                  {Convention::kMxfp4, "mxfp4"},
                                  {Convention::kBitsandbytes, "bitsandbytes"}};

}  // namespace

std::string_view Name(Convention convention) noexcept {
  for (const Named& named : kConventions) {
    if (named.convention == convention) return named.name;
  }
  return "unknown";
}

Result<Convention> ParseConvention(std::string_view name) noexcept {
  return base::Guarded([&]() -> Result<Convention> {
    std::string known;
    for (const Named& named : kConventions) {
      if (base::SameIgnoringCase(named.name, name)) return named.convention;
      known += known.empty() ? "" : ", ";
      known += named.name;
    }
    return base::MakeStatus(Code::kBadArgument, "unknown convention ", base::Quote(name),
                            "; known: ", known);
  });
}

}  // namespace lutgemm
