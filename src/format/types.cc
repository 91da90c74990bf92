// Sizes, names and parsers of the enums in types.hpp: one table per enum.
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

constexpr Named<WeightFormat> kFormats[] = {
    {WeightFormat::kInt1, "int1"},         {WeightFormat::kInt2, "int2"},
    {WeightFormat::kInt3, "int3"},         {WeightFormat::kInt4, "int4"},
    {WeightFormat::kTernary, "ternary"},   {WeightFormat::kBitmod3, "bitmod3"},
    {WeightFormat::kBitmod4, "bitmod4"},   {WeightFormat::kMxfp4, "mxfp4"},
    {WeightFormat::kNvfp4, "nvfp4"},       {WeightFormat::kNf4, "nf4"},
    {WeightFormat::kCodebook, "codebook"}, {WeightFormat::kBfp3, "bfp3"},
    {WeightFormat::kBfp4, "bfp4"},         {WeightFormat::kBfp5, "bfp5"},
    {WeightFormat::kBfp6, "bfp6"},         {WeightFormat::kBfp7, "bfp7"},
    {WeightFormat::kBfp8, "bfp8"},         {WeightFormat::kInt5, "int5"},
    {WeightFormat::kInt6, "int6"},         {WeightFormat::kInt8, "int8"}};
constexpr Named<Elem> kElems[] = {{Elem::kF32, "f32"},   {Elem::kF16, "f16"}, {Elem::kBF16, "bf16"},
                                  {Elem::kI8, "i8"},     {Elem::kI32, "i32"}, {Elem::kE8m0, "e8m0"},
                                  {Elem::kE4m3, "e4m3"}, {Elem::kU8, "u8"}};
constexpr Named<LayoutId> kLayouts[] = {{LayoutId::kDefault, "default"},
                                        {LayoutId::kPlanes, "planes"},
                                        {LayoutId::kTrits, "trits"},
                                        {LayoutId::kCodes, "codes"}};
constexpr Named<Mode> kModes[] = {{Mode::kFast, "fast"}, {Mode::kExact, "exact"}};
constexpr Named<ZeroKind> kZeros[] = {
    {ZeroKind::kNone, "none"}, {ZeroKind::kInteger, "integer"}, {ZeroKind::kFloat, "float"}};

template <class T, size_t kCount>
std::string_view NameOf(const Named<T> (&table)[kCount], T value) noexcept {
  for (const Named<T>& entry : table) {
    if (entry.value == value) return entry.name;
  }
  return "unknown";
}

template <class T, size_t kCount>
Result<T> ValueOf(const Named<T> (&table)[kCount], std::string_view what,
                  std::string_view name) noexcept {
  for (const Named<T>& entry : table) {
    if (base::SameIgnoringCase(entry.name, name)) return entry.value;
  }
  return base::Guarded([&]() -> Result<T> {
    std::string known;
    for (const Named<T>& entry : table) {
      known += known.empty() ? "" : ", ";
      known += entry.name;
    }
    // What a file or a terminal gave may be long.
    return base::MakeStatus(Code::kBadArgument, "unknown ", what, " ", base::Quote(name),
                            "; known: ", known);
  });
}

}  // namespace

unsigned CodeBits(WeightFormat format) noexcept { return format::PlanesOf(format).count; }

unsigned CodeCount(WeightFormat format) noexcept {
  if (format == WeightFormat::kTernary) return 3;
  const unsigned bits = CodeBits(format);
  return bits != 0 ? 1u << bits : 0;
}

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
