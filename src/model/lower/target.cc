#include "model/lower/target.h"

#include "base/text.h"
#include "model/text/object_reader.h"
#include "model/text/shape_text.h"

#include <algorithm>
#include <bit>

namespace lutgemm::model::lower {
namespace {

using base::MakeStatus;
using text::ObjectReader;

constexpr size_t kMostScratchpad = size_t{8} << 20;  // what the offsets of ld and st reach

constexpr size_t kKib = 1024;

std::string ShapeOf(const Target& t) { return text::ShapeText({t.m, t.n, t.k}); }

void ReadArray(ObjectReader& array, Target& target) {
  array.Count("m", target.m);
  array.Count("n", target.n);
  array.Count("k", target.k);
  if (array.Has("fill_cycles")) array.Count("fill_cycles", target.fill_cycles, {0, 1e6});
  if (!array.Has("unit")) return;
  const text::JsonNode* unit = array.Get("unit", text::JsonNode::Kind::kText);
  if (unit == nullptr || unit->text == "lut") return;
  array.Fail(unit->at, "'unit' is ", base::Quote(unit->text), "; only 'lut' runs lmma");
}

// A level's capacity where the file has it.
void ReadKib(ObjectReader& memory, std::string_view level, text::Range range, size_t& bytes) {
  if (!memory.Has(level)) return;
  memory.Object(level, [&](ObjectReader& reader) {
    if (!reader.Has("kib")) return;
    size_t kib = 0;
    reader.Count("kib", kib, range);
    bytes = kib * kKib;
  });
}

void ReadTarget(ObjectReader& machine, Target& target) {
  const text::JsonNode* array = machine.Get("array", text::JsonNode::Kind::kObject);
  machine.Object("array", [&](ObjectReader& reader) { ReadArray(reader, target); });
  target.name = ShapeOf(target);
  if (machine.Has("name")) machine.Text("name", target.name);
  if (machine.Has("memory")) {
    size_t register_bytes = target.registers * isa::kRegisterBytes;
    machine.Object("memory", [&](ObjectReader& memory) {
      ReadKib(memory, "shared", {1, double(kMostScratchpad / kKib)}, target.scratchpad_bytes);
      ReadKib(memory, "registers", text::kCount, register_bytes);
    });
    target.registers = std::min(isa::kMaxRegisters, register_bytes / isa::kRegisterBytes);
  }
  if (array == nullptr) return;
  if (Status status = CheckTarget(target); !status.ok()) machine.Fail(array->at, status.text());
}

}  // namespace

Status CheckTarget(const Target& t) {
  const bool shape = std::has_single_bit(t.m) && t.m <= 16 && std::has_single_bit(t.n) &&
                     t.n <= 256 && t.k >= 1 && t.k <= 8;
  if (!shape) {
    return MakeStatus(Code::kBadArgument, ShapeOf(t),
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
  const std::optional<text::Sizes> sizes = text::ReadShape(text);
  if (!sizes) return MakeStatus(Code::kBadArgument, "'", text, "' is no shape such as m2n64k4");
  Target target;
  target.name = text;
  target.m = sizes->m;
  target.n = sizes->n;
  target.k = sizes->k;
  if (Status status = CheckTarget(target); !status.ok()) return status;
  return target;
}

Result<Target> ParseTarget(std::string_view text, std::string_view file) {
  return text::ReadObjectFile<Target>(text, file, ObjectReader::Others::kIgnored, &ReadTarget);
}

}  // namespace lutgemm::model::lower
