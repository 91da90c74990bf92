#include "model/lower/target.h"

#include "base/text.h"

#include <bit>
#include <charconv>
#include <nlohmann/json.hpp>

namespace lutgemm::model::lower {
namespace {

using base::MakeStatus;
using Json = nlohmann::json;

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

// The line of a key, as it is quoted in the file.
size_t LineOfKey(std::string_view json, std::string_view key) {
  return LineOf(json, json.find(base::Cat("\"", key, "\"")));
}

}  // namespace

Status CheckTarget(const Target& t) {
  const bool shape = std::has_single_bit(t.m) && t.m <= 16 && std::has_single_bit(t.n) &&
                     t.n <= 256 && t.k >= 1 && t.k <= 8;
  if (!shape) {
    return MakeStatus(Code::kBadArgument, "m", t.m, "n", t.n, "k", t.k,
                      " is no shape of lmma: m a power of two to 16, n to 256, k 1 to 8");
  }
  if (t.registers < 1 || t.registers > isa::kMaxRegisters) {
    return MakeStatus(Code::kBadArgument, "registers is ", t.registers, ", must be 1 to ",
                      isa::kMaxRegisters);
  }
  constexpr size_t kMost = size_t{8} << 20;  // what the offsets of ld and st reach
  if (t.scratchpad_bytes < 1 || t.scratchpad_bytes > kMost) {
    return MakeStatus(Code::kBadArgument, "scratchpad_bytes is ", t.scratchpad_bytes,
                      ", must be 1 to ", kMost);
  }
  if (t.pipeline_stages > 16) {
    return MakeStatus(Code::kBadArgument, "pipeline_stages is ", t.pipeline_stages,
                      ", must be 0 to 16");
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
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return MakeStatus(Code::kCorruptFile, where, ": line ",
                      LineOf(text, error.byte > 0 ? error.byte - 1 : 0), ": not JSON");
  }
  const auto fail = [&](std::string_view key, const auto&... pieces) {
    return MakeStatus(Code::kCorruptFile, where, ": line ", LineOfKey(text, key), ": ", pieces...);
  };
  if (!json.is_object() || !json.contains("shape") || !json["shape"].is_string()) {
    return MakeStatus(Code::kCorruptFile, where,
                      ": line 1: a machine is an object with a \"shape\" such as \"m2n64k4\"");
  }
  Result<Target> parsed = ParseShape(json["shape"].get<std::string>());
  if (!parsed.ok()) return fail("shape", parsed.status().text());
  Target target = *parsed;
  for (const auto& [key, value] : json.items()) {
    size_t* number = key == "registers"          ? &target.registers
                     : key == "scratchpad_bytes" ? &target.scratchpad_bytes
                     : key == "pipeline_stages"  ? &target.pipeline_stages
                                                 : nullptr;
    if (number != nullptr) {
      if (!value.is_number_unsigned()) return fail(key, key, " must be a whole number");
      *number = value.get<size_t>();
      if (Status status = CheckTarget(target); !status.ok()) return fail(key, status.text());
    } else if (key == "name") {
      if (!value.is_string()) return fail(key, "name must be a text");
      target.name = value.get<std::string>();
    } else if (key != "shape") {
      return fail(key, "there is no key \"", key, "\"");
    }
  }
  return target;
}

}  // namespace lutgemm::model::lower
