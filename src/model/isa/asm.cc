#include "model/isa/asm.h"

#include "base/names.h"
#include "base/text.h"
#include "model/isa/encode.h"
#include "model/isa/line_parser.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lutgemm::model::isa {
namespace {

using base::Cat;
using base::Quote;

// An instruction whose branch target is still a name.
struct Pending {
  Instruction instruction;
  size_t line, column;
  std::optional<LineName> target;
};

struct Label {
  size_t at, line;
};

class Assembler {
 public:
  Assembled Run(std::string_view text) {
    for (size_t line = 1; !text.empty(); ++line) {
      const size_t end = text.find('\n');
      TakeLine(text.substr(0, end), line);
      text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    for (size_t at = 0; at < pending_.size(); ++at) Place(at);
    return std::move(result_);
  }

 private:
  void TakeLine(std::string_view text, size_t line) {
    ParsedLine parsed = ParseLine(text, line);
    if (parsed.label && !Define(*parsed.label, line)) return;
    if (parsed.error) return result_.errors.push_back(std::move(*parsed.error));
    if (!parsed.instruction) return;
    pending_.push_back({*parsed.instruction, line, parsed.column, parsed.target});
  }

  // False where the label is there already.
  bool Define(const LineName& label, size_t line) {
    const auto [found, fresh] = labels_.try_emplace(label.text, Label{pending_.size(), line});
    if (fresh) return true;
    Fail(line, label.column,
         Cat("label ", Quote(label.text), " is already in line ", found->second.line));
    return false;
  }

  // Labels are complete only once all lines are read.
  void Place(size_t at) {
    Pending& pending = pending_[at];
    if (pending.target) {
      const auto label = labels_.find(pending.target->text);
      if (label == labels_.end()) {
        return Fail(pending.line, pending.target->column,
                    Cat("there is no label ", Quote(pending.target->text)));
      }
      const int64_t distance = static_cast<int64_t>(label->second.at) - static_cast<int64_t>(at);
      pending.instruction[Field::kTarget] = static_cast<int32_t>(distance);
    }
    const Result<uint64_t> word = Encode(pending.instruction);
    if (!word.ok()) return Fail(pending.line, pending.column, word.status().text());
    result_.words.push_back(*word);
    result_.lines.push_back(pending.line);
  }

  void Fail(size_t line, size_t column, std::string text) {
    result_.errors.push_back({line, column, std::move(text)});
  }

  std::vector<Pending> pending_;
  std::map<std::string_view, Label> labels_;
  Assembled result_;
};

}  // namespace

std::string ToText(const Diagnostic& diagnostic) {
  return Cat("line ", diagnostic.line, ", column ", diagnostic.column, ": ", diagnostic.text);
}

Assembled Assemble(std::string_view text) {
  Assembled result = Assembler().Run(text);
  std::sort(result.errors.begin(), result.errors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return result;
}

}  // namespace lutgemm::model::isa
