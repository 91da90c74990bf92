#include "io/gguf_forks.h"

#include "base/bits.h"
#include "io/dtype.h"
#include "io/errors.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>

namespace lutgemm::io {
namespace {

// What there is to tell an id's meanings apart.
struct Evidence {
  size_t room = 0;    // bytes up to the next tensor, or to the end of the file
  bool last = false;  // what follows the last tensor is ignored
  bool bitnet = false;
  bool companion = false;
  size_t alignment = 32;
};

struct Meaning {
  std::string dtype;
  size_t bytes = 0;
};

std::optional<size_t> UpstreamBytes(const GgufTensorType* type, std::span<const uint64_t> dims) {
  const std::optional<size_t> count = ElementCount(dims);
  if (type == nullptr || !count) return std::nullopt;
  if ((dims.empty() ? 1 : dims[0]) % type->block_elements != 0) return std::nullopt;
  size_t bytes = 0;
  if (!base::CheckedMul(*count / type->block_elements, type->block_bytes, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

bool Fits(std::optional<size_t> bytes, const Evidence& evidence) {
  if (!bytes || *bytes > evidence.room) return false;
  // RoundUp cannot overflow: the file holds so many bytes.
  return evidence.last || base::RoundUp(*bytes, evidence.alignment) == evidence.room;
}

// Nothing where no size fits.
std::optional<Meaning> MeaningOf(const DeclaredTensor& declared, const Evidence& evidence) {
  const GgufForkType& fork = *declared.fork;
  const GgufTensorType* upstream = FindGgufType(fork.id);
  const std::optional<size_t> there = UpstreamBytes(upstream, declared.tensor.shape);
  const std::optional<size_t> here = fork.bytes(declared.tensor.shape);
  const bool upstream_fits = Fits(there, evidence), fork_fits = Fits(here, evidence);
  if (!upstream_fits && !fork_fits) return std::nullopt;
  const bool both = upstream_fits && fork_fits;
  if (both && evidence.bitnet != evidence.companion) {
    return Meaning{std::string(upstream->name) + " or " + std::string(fork.name),
                   std::max(*there, *here)};
  }
  if (fork_fits && (!both || evidence.bitnet)) return Meaning{std::string(fork.name), *here};
  return Meaning{std::string(upstream->name), *there};
}

Status Settle(DeclaredTensor& declared, const Evidence& evidence, std::string_view file) {
  const std::optional<Meaning> meaning = MeaningOf(declared, evidence);
  const uint32_t id = declared.fork->id;
  const GgufTensorType* upstream = FindGgufType(id);
  if (!meaning && upstream == nullptr) return UnknownType(file, declared.tensor.name, id);
  if (!meaning) {
    return CorruptTensor(file, declared.tensor.name, "type id ", id, " is ", upstream->name, " or ",
                         declared.fork->name, ", neither of which fits its shape and the ",
                         evidence.room, " bytes up to the next tensor");
  }
  declared.bytes = meaning->bytes;
  SetType(declared.tensor, meaning->dtype);
  return {};
}

}  // namespace

void SetType(FileTensor& tensor, std::string_view name) {
  tensor.dtype = name;
  tensor.elem = FloatElem(name);
  std::reverse(tensor.shape.begin(), tensor.shape.end());
}

Status UnknownType(std::string_view file, std::string_view tensor, uint32_t type_id) {
  return TensorError(Code::kUnsupportedFormat, file, tensor, "type id ", type_id,
                     " is unknown: removed upstream or private to a fork");
}

Status SettleForks(std::span<DeclaredTensor> declared, const ForkContext& context) {
  std::unordered_set<std::string_view> names;
  for (const DeclaredTensor& one : declared) names.insert(one.tensor.name);
  for (size_t i = 0; i < declared.size(); ++i) {
    DeclaredTensor& one = declared[i];
    if (one.fork == nullptr) continue;
    Evidence evidence;
    evidence.last = i + 1 == declared.size();
    const uint64_t end = evidence.last ? context.data_bytes : declared[i + 1].offset;
    evidence.room = end > one.offset ? static_cast<size_t>(end - one.offset) : 0;
    evidence.bitnet = context.bitnet;
    evidence.companion = names.contains(one.tensor.name + "_scale");
    evidence.alignment = context.alignment;
    if (evidence.room > context.data_bytes) evidence.room = 0;
    if (Status status = Settle(one, evidence, context.file); !status.ok()) return status;
  }
  return {};
}

}  // namespace lutgemm::io
