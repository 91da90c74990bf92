// C interface: sizes, names and parsers of enumerators.
#include "api/c_common.h"

namespace lutgemm::capi {
namespace {

// Names are literals, which end with a zero. The C++ enums are bytes, the caller's number is not.
template <class Enum>
const char* NameOf(uint32_t value) noexcept {
  return value <= 0xff ? Name(static_cast<Enum>(value)).data() : "unknown";
}

template <class Enum>
lutgemm_status Parse(const char* name, Result<Enum> (*parse)(std::string_view) noexcept,
                     uint32_t* out) noexcept {
  return Call([&]() -> Status {
    if (name == nullptr) return NullArgument("name");
    if (out == nullptr) return NullArgument("out");
    const Result<Enum> parsed = parse(name);
    if (parsed.ok()) *out = static_cast<uint32_t>(*parsed);
    return parsed.status();
  });
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

uint32_t lutgemm_code_bits(uint32_t format) {
  return format <= 0xff ? CodeBits(static_cast<WeightFormat>(format)) : 0;
}

uint32_t lutgemm_code_count(uint32_t format) {
  return format <= 0xff ? CodeCount(static_cast<WeightFormat>(format)) : 0;
}

size_t lutgemm_elem_bytes(uint32_t elem) {
  return elem <= 0xff ? ElemBytes(static_cast<Elem>(elem)) : 0;
}

const char* lutgemm_format_name(uint32_t format) { return NameOf<WeightFormat>(format); }
const char* lutgemm_elem_name(uint32_t elem) { return NameOf<Elem>(elem); }
const char* lutgemm_zero_name(uint32_t zero) { return NameOf<ZeroKind>(zero); }
const char* lutgemm_layout_name(uint32_t layout) { return NameOf<LayoutId>(layout); }
const char* lutgemm_mode_name(uint32_t mode) { return NameOf<Mode>(mode); }
const char* lutgemm_method_name(uint32_t method) { return NameOf<Method>(method); }
const char* lutgemm_regime_name(uint32_t regime) { return NameOf<Regime>(regime); }
const char* lutgemm_convention_name(uint32_t convention) { return NameOf<Convention>(convention); }

lutgemm_status lutgemm_parse_format(const char* name, uint32_t* out) {
  return Parse(name, ParseWeightFormat, out);
}
lutgemm_status lutgemm_parse_elem(const char* name, uint32_t* out) {
  return Parse(name, ParseElem, out);
}
lutgemm_status lutgemm_parse_zero(const char* name, uint32_t* out) {
  return Parse(name, ParseZeroKind, out);
}
lutgemm_status lutgemm_parse_layout(const char* name, uint32_t* out) {
  return Parse(name, ParseLayout, out);
}
lutgemm_status lutgemm_parse_convention(const char* name, uint32_t* out) {
  return Parse(name, ParseConvention, out);
}
