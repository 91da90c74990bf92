#include "model/lower/target.h"

#include "base/text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <initializer_list>
#include <nlohmann/json.hpp>

namespace lutgemm::model::lower {
namespace {

using base::MakeStatus;
using Json = nlohmann::json;

constexpr size_t kMostScratchpad = size_t{8} << 20;  // what the offsets of ld and st reach

// Takes `letter` and a number off the front.
bool TakeSize(std::string_view& text, char letter, size_t& size) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

size_t LineOf(std::string_view text, size_t at) {
  size_t line = 1;
  for (const char c : text.substr(0, at)) line += c == '\n';
  return line;
}

// Reads members of a machine file by their path, such as array, m. After the first failure nothing
// more is read.
class Reader {
 public:
  using Path = std::initializer_list<const char*>;

  Reader(std::string_view text, std::string_view where) : text_(text), where_(where) {
    try {
      json_ = Json::parse(text);
    } catch (const Json::parse_error& error) {
      FailAt(LineOf(text, error.byte > 0 ? error.byte - 1 : 0), "not JSON");
    }
    if (status_.ok() && !json_.is_object()) FailAt(1, "a machine is a JSON object");
  }

  const Status& status() const { return status_; }
  template <class... Pieces>
  void Fail(Path path, const Pieces&... pieces) {
    FailAt(LineOfPath(path), PathText(path), " ", pieces...);
  }

  void Size(Path path, bool required, size_t* size) {
    const Json* value = Find(path);
    if (value == nullptr && !required) return;
    if (value == nullptr) return Fail(path, "is missing");
    if (!value->is_number_unsigned()) return Fail(path, "must be a whole number");
    *size = value->get<size_t>();
  }
  void Text(Path path, std::string* text) {
    const Json* value = Find(path);
    if (value == nullptr) return;
    if (!value->is_string()) return Fail(path, "must be a text");
    *text = value->get<std::string>();
  }

 private:
  template <class... Pieces>
  void FailAt(size_t line, const Pieces&... pieces) {
    if (!status_.ok()) return;
    status_ = MakeStatus(Code::kCorruptFile, where_, ": line ", line, ": ", pieces...);
  }
  static std::string PathText(Path path) {
    std::string text;
    for (const char* key : path) text += base::Cat(text.empty() ? "" : ".", key);
    return text;
  }
  const Json* Find(Path path) const {
    const Json* at = &json_;
    for (const char* key : path) {
      if (!at->is_object() || !at->contains(key)) return nullptr;
      at = &(*at)[key];
    }
    return at;
  }
  // Where the last key of the path that the file has stands.
  size_t LineOfPath(Path path) const {
    size_t at = 0;
    for (const char* key : path) {
      const size_t found = text_.find(base::Cat("\"", key, "\""), at);
      if (found == text_.npos) break;
      at = found;
    }
    return LineOf(text_, at);
  }

  std::string_view text_, where_;
  Json json_;
  Status status_;
};

}  // namespace

Status CheckTarget(const Target& t) {
  const bool shape = std::has_single_bit(t.m) && t.m <= 16 && std::has_single_bit(t.n) &&
                     t.n <= 256 && t.k >= 1 && t.k <= 8;
  if (!shape) {
    return MakeStatus(Code::kBadArgument, "m", t.m, "n", t.n, "k", t.k,
                      " is no shape of lmma: m a power of two to 16, n to 256, k 1 to 8");
  }
  if (t.registers < 1 || t.registers > isa::kMaxRegisters) {
    return MakeStatus(Code::kBadArgument, "there are ", t.registers, " registers, must be 1 to ",
                      isa::kMaxRegisters);
  }
  if (t.scratchpad_bytes < 1 || t.scratchpad_bytes > kMostScratchpad) {
    return MakeStatus(Code::kBadArgument, "the scratchpad has ", t.scratchpad_bytes,
                      " bytes, must have 1 to ", kMostScratchpad);
  }
  return {};
}

Result<Target> ParseShape(std::string_view text) {
  Target target;
  target.name = text;
  std::string_view rest = text;
  if (!TakeSize(rest, 'm', target.m) || !TakeSize(rest, 'n', target.n) ||
      !TakeSize(rest, 'k', target.k) || !rest.empty()) {
    return MakeStatus(Code::kBadArgument, "'", text, "' is no shape such as m2n64k4");
  }
  if (Status status = CheckTarget(target); !status.ok()) return status;
  return target;
}

Result<Target> ParseTarget(std::string_view text, std::string_view where) {
  Reader reader(text, where);
  Target target;
  std::string unit = "lut";
  constexpr size_t kMostKib = size_t{1} << 20;  // keeps bytes within size_t
  size_t scratchpad_kib = target.scratchpad_bytes >> 10, register_kib = kMostKib;
  reader.Size({"array", "m"}, true, &target.m);
  reader.Size({"array", "n"}, true, &target.n);
  reader.Size({"array", "k"}, true, &target.k);
  target.name = base::Cat("m", target.m, "n", target.n, "k", target.k);
  reader.Text({"name"}, &target.name);
  reader.Text({"array", "unit"}, &unit);
  reader.Size({"array", "fill_cycles"}, false, &target.fill_cycles);
  reader.Size({"memory", "shared", "kib"}, false, &scratchpad_kib);
  reader.Size({"memory", "registers", "kib"}, false, &register_kib);
  if (unit != "lut") reader.Fail({"array", "unit"}, "is '", unit, "': only lut runs lmma");
  if (scratchpad_kib < 1 || scratchpad_kib > kMostScratchpad >> 10) {
    reader.Fail({"memory", "shared", "kib"}, "must be 1 to ", kMostScratchpad >> 10);
  }
  if (register_kib < 1) reader.Fail({"memory", "registers", "kib"}, "must be 1 or more");
  target.scratchpad_bytes = std::min(scratchpad_kib, kMostKib) << 10;
  target.registers =
      std::min(isa::kMaxRegisters, (std::min(register_kib, kMostKib) << 10) / isa::kRegisterBytes);
  if (!reader.status().ok()) return reader.status();
  if (Status status = CheckTarget(target); !status.ok()) reader.Fail({"array"}, status.text());
  if (!reader.status().ok()) return reader.status();
  return target;
}

}  // namespace lutgemm::model::lower
