// C interface: packed weights.
#include "api/c_common.h"
#include "api/c_read.h"
#include "base/bits.h"
#include "quant/spec.h"

namespace lutgemm::capi {

lutgemm_weight_info InfoOf(const WeightInfo& info) noexcept {
  lutgemm_weight_info out = LUTGEMM_WEIGHT_INFO_INIT;
  out.format = static_cast<uint32_t>(info.format);
  out.group = info.group;
  out.zero = static_cast<uint32_t>(info.zero);
  out.scale = static_cast<uint32_t>(info.scale);
  out.n = info.n;
  out.k = info.k;
  out.super_group = info.super_group;
  out.factor = static_cast<uint32_t>(info.factor);
  return out;
}

namespace {

lutgemm_weight_info PackedInfoOf(const PackedWeights& weights) {
  lutgemm_weight_info out = InfoOf(weights.info());
  out.layout = static_cast<uint32_t>(weights.layout());
  out.layout_version = weights.layout_version();
  return out;
}

struct Described {
  WeightInfo info;
  LayoutId layout;
  uint32_t version;
};

Status Describe(const lutgemm_weight_info* info, Described* out) {
  lutgemm_weight_info from;
  if (Status status = ReadStruct(info, "info", &from); !status.ok()) return status;
  out->version = from.layout_version;
  return ReadInfo(from, &out->info, &out->layout);
}

// What body(described) answers; `none` for an info that describes no weights.
template <class T, class Body>
T Answer(const lutgemm_weight_info* info, T none, const Body& body) noexcept {
  T answer = none;
  (void)Call([&]() -> Status {
    Described described;
    if (Status status = Describe(info, &described); !status.ok()) return status;
    if (Status status = quant::CheckInfo(described.info); !status.ok()) return status;
    answer = body(described);
    return {};
  });
  return answer;
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_packed_info(const lutgemm_packed* packed, lutgemm_weight_info* info) {
  return Call([&]() -> Status {
    if (packed == nullptr) return NullArgument("packed");
    return WriteStruct(PackedInfoOf(packed->weights), "info", info);
  });
}

const void* lutgemm_packed_blob(const lutgemm_packed* packed, size_t* bytes) {
  if (bytes != nullptr) *bytes = packed != nullptr ? packed->weights.blob().size() : 0;
  return packed != nullptr ? packed->weights.blob().data() : nullptr;
}

double lutgemm_packed_bits_per_weight(const lutgemm_packed* packed) {
  return packed != nullptr ? packed->weights.bits_per_weight() : 0;
}

uint32_t lutgemm_packed_largest_zero(const lutgemm_packed* packed) {
  return packed != nullptr ? packed->weights.largest_zero() : 0;
}

lutgemm_status lutgemm_packed_from_blob(const lutgemm_weight_info* info, const void* blob,
                                        size_t bytes, lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    if (blob == nullptr) return NullArgument("blob");
    Described described;
    if (Status status = Describe(info, &described); !status.ok()) return status;
    const std::span<const std::byte> span(static_cast<const std::byte*>(blob), bytes);
    return Hand(
        PackedWeights::FromBlob(described.info, described.layout, described.version, span, nullptr),
        out);
  });
}

size_t lutgemm_packed_bytes(const lutgemm_weight_info* info) {
  return Answer(info, size_t{0}, [](const Described& d) -> size_t {
    const Result<size_t> bytes = BlobBytes(d.info, d.layout);
    return bytes.ok() ? *bytes : 0;
  });
}

uint32_t lutgemm_default_layout(const lutgemm_weight_info* info) {
  return Answer(info, uint32_t{0},
                [](const Described& d) { return static_cast<uint32_t>(DefaultLayout(d.info)); });
}

uint32_t lutgemm_layout_version(uint32_t layout) {
  LayoutId known;
  return ToEnum(layout, &known).ok() ? LayoutVersion(known) : 0;
}

size_t lutgemm_super_groups(const lutgemm_weight_info* info) {
  return Answer(info, size_t{0}, [](const Described& d) { return d.info.super_groups(); });
}

size_t lutgemm_groups(const lutgemm_weight_info* info) {
  return Answer(info, size_t{0}, [](const Described& d) { return d.info.groups(); });
}

size_t lutgemm_group_begin(const lutgemm_weight_info* info, size_t group) {
  return Answer(info, size_t{0}, [group](const Described& d) {
    return group < d.info.groups() ? d.info.group_begin(group) : 0;
  });
}

size_t lutgemm_group_end(const lutgemm_weight_info* info, size_t group) {
  return Answer(info, size_t{0}, [group](const Described& d) {
    return group < d.info.groups() ? d.info.group_end(group) : 0;
  });
}

lutgemm_status lutgemm_unpack_rows(const lutgemm_packed* packed, size_t row, size_t count,
                                   float* out, lutgemm_threads* threads) {
  return Call([&]() -> Status {
    if (packed == nullptr) return NullArgument("packed");
    if (out == nullptr) return NullArgument("out");
    const size_t k = packed->weights.info().k;
    size_t floats = 0;
    if (!base::CheckedMul(count, k, &floats)) {
      return base::MakeStatus(Code::kBadShape, count, " rows of ", k, " do not fit memory");
    }
    return UnpackRows(packed->weights, row, count, {out, floats}, ThreadsOf(threads));
  });
}

void lutgemm_packed_free(lutgemm_packed* packed) { delete packed; }
