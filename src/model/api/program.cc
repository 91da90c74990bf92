#include <lutgemm/model/program.hpp>

#include "base/text.h"
#include "model/isa/asm.h"
#include "model/isa/disasm.h"

namespace lutgemm::model {

Result<std::vector<uint64_t>> Assemble(std::string_view text) noexcept {
  return base::Guarded([&]() -> Result<std::vector<uint64_t>> {
    isa::Assembled assembled = isa::Assemble(text);
    if (assembled.ok()) return std::move(assembled.words);
    std::string lines;
    for (const isa::Diagnostic& error : assembled.errors) {
      lines += (lines.empty() ? "" : "\n") + isa::ToText(error);
    }
    return Status(Code::kCorruptFile, std::move(lines));
  });
}

Result<std::string> Disassemble(std::span<const uint64_t> words) noexcept {
  return base::Guarded([&] { return isa::Disassemble(words); });
}

std::string_view InstructionName(size_t index) noexcept {
  const auto all = isa::Instructions();
  return index < all.size() ? all[index].name : std::string_view();
}

}  // namespace lutgemm::model
