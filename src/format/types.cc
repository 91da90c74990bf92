// Sizes, names and parsers of the enums in types.hpp, by the tables of format/gen.
#include "base/names.h"
#include "base/text.h"
#include "format/planes.h"
#include "format/traits.h"

#include <lutgemm/types.hpp>

#include <string>

namespace lutgemm {
namespace {

template <class T>
struct Named {
  T value;
  std::string_view name;
};

constexpr Named<Elem> kElems[] = {
#include "format/gen/elems.inc"
};
constexpr Named<Mode> kModes[] = {
#include "format/gen/modes.inc"
};
constexpr Named<ZeroKind> kZeros[] = {
#include "format/gen/zeros.inc"
};
using format::kFormats, format::kLayouts;

// What the arithmetic of block.h supposes.
static_assert(format::TakesGroup(WeightFormat::kMxfp4, format::kMxBlock));
static_assert(format::BfpBits(WeightFormat::kBfp3) == format::kMinBfpBits &&
              format::BfpBits(WeightFormat::kBfp8) == format::kMaxBfpBits);

template <class Row, size_t kCount, class T>
std::string_view NameOf(const Row (&table)[kCount], T value) noexcept {
  for (const Row& row : table) {
    if (row.value == value) return row.name;
  }
  return "unknown";
}

template <class Row, size_t kCount>
auto ValueOf(const Row (&table)[kCount], std::string_view what, std::string_view name) noexcept {
  using Found = Result<decltype(Row::value)>;
  for (const Row& row : table) {
    if (base::SameIgnoringCase(row.name, name)) return Found(row.value);
  }
  return base::Guarded([&]() -> Found {
    std::string known;
    for (const Row& row : table) {
      known += known.empty() ? "" : ", ";
      known += row.name;
    }
    // What a file or a terminal gave may be long.
    return base::MakeStatus(Code::kBadArgument, "unknown ", what, " ", base::Quote(name),
                            "; known: ", known);
  });
}

}  // namespace

unsigned CodeBits(WeightFormat format) noexcept { return format::PlanesOf(format).count; }

unsigned CodeCount(WeightFormat format) noexcept { return format::FactsOf(format).codes; }

QuantSpec DefaultSpec(WeightFormat format) noexcept {
  QuantSpec spec;
  spec.format = format;
  spec.group = format::DefaultGroup(format);
  spec.scale = format::OwnScale(format);
  return spec;
}

std::string_view Name(WeightFormat format) noexcept { return NameOf(kFormats, format); }
std::string_view Name(Elem elem) noexcept { return NameOf(kElems, elem); }
std::string_view Name(LayoutId layout) noexcept { return NameOf(kLayouts, layout); }
std::string_view Name(Mode mode) noexcept { return NameOf(kModes, mode); }
std::string_view Name(ZeroKind zero) noexcept { return NameOf(kZeros, zero); }

Result<WeightFormat> ParseWeightFormat(std::string_view name) noexcept {
  return ValueOf(kFormats, "weight format", name);
}
Result<Elem> ParseElem(std::string_view name) noexcept {
  return ValueOf(kElems, "element type", name);
}
Result<LayoutId> ParseLayout(std::string_view name) noexcept {
  return ValueOf(kLayouts, "layout", name);
}
Result<ZeroKind> ParseZeroKind(std::string_view name) noexcept {
  return ValueOf(kZeros, "zero kind", name);
}

}  // namespace lutgemm
