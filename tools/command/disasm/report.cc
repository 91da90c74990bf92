#include "tools/command/disasm/report.h"

#include "tools/command/common/program.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools {

Json DisasmJson(const DisasmOptions& options, std::span<const uint64_t> words,
                const std::string& text) {
  Json hex = Json::array();
  for (const uint64_t word : words) hex.push_back(HexText(word));
  return {{"file", options.file.empty() ? Json(nullptr) : Json(options.file)},
          {"words", std::move(hex)},
          {"text", text}};
}

void PrintDisasm(const std::string& text) { fmt::print("{}", text); }

}  // namespace lutgemm::tools
