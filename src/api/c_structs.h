// Structs and enumerators that cross the C interface, whatever header the caller was compiled with.
#ifndef LUTGEMM_API_C_STRUCTS_H_
#define LUTGEMM_API_C_STRUCTS_H_

#include "base/text.h"
#include "format/facts.h"

#include <lutgemm/lutgemm.h>

#include <lutgemm/import.hpp>
#include <lutgemm/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string_view>

namespace lutgemm::capi {

inline Status NullArgument(std::string_view name) noexcept {
  return base::MakeStatus(Code::kBadArgument, name, " is null");
}

// A caller's enum. Every enum's values are consecutive, from `first` to `last`.
template <class Enum>
Status ToEnum(uint32_t value, Enum first, Enum last, Enum* out) noexcept {
  if (value < static_cast<uint32_t>(first) || value > static_cast<uint32_t>(last)) {
    const auto shown = [](Enum of) {
      if constexpr (requires { Name(of); })
        return base::Cat(Name(of), " (", static_cast<uint32_t>(of), ")");
      return base::Cat(static_cast<uint32_t>(of));
    };
    return base::MakeStatus(Code::kBadArgument, "enum value ", value, " is not one of ",
                            shown(first), " to ", shown(last));
  }
  *out = static_cast<Enum>(value);
  return {};
}
inline Status ToEnum(uint32_t value, WeightFormat* out) noexcept {
  return ToEnum(value, format::kFormats[0].value, std::rbegin(format::kFormats)->value, out);
}
inline Status ToEnum(uint32_t value, Elem* out) noexcept {
  return ToEnum(value, Elem::kF32, Elem::kU8, out);
}
inline Status ToEnum(uint32_t value, ZeroKind* out) noexcept {
  return ToEnum(value, ZeroKind::kNone, ZeroKind::kFloat, out);
}
inline Status ToEnum(uint32_t value, LayoutId* out) noexcept {
  return ToEnum(value, LayoutId::kDefault, std::rbegin(format::kLayouts)->value, out);
}
inline Status ToEnum(uint32_t value, Mode* out) noexcept {
  return ToEnum(value, Mode::kFast, Mode::kExact, out);
}
inline Status ToEnum(uint32_t value, Convention* out) noexcept {
  return ToEnum(value, Convention::kAuto, Convention::kBitsandbytes, out);
}
inline Status ToEnum(uint32_t value, I2sOrder* out) noexcept {
  return ToEnum(value, I2sOrder::kUnknown, I2sOrder::kArm, out);
}
inline Status ToEnum(uint32_t value, BitnetScale* out) noexcept {
  return ToEnum(value, BitnetScale::kAuto, BitnetScale::kDivide, out);
}
inline Status ToEnum(uint32_t value, Method* out) noexcept {
  return ToEnum(value, Method::kLut4, Method::kCodebook, out);
}
inline Status ToEnum(uint32_t value, Regime* out) noexcept {
  return ToEnum(value, Regime::kGemv, Regime::kGemm, out);
}

// First failure of several conversions.
inline Status FirstError(std::initializer_list<Status> statuses) {
  const auto bad = std::ranges::find_if(statuses, [](const Status& s) { return !s.ok(); });
  return bad != statuses.end() ? *bad : Status();
}

// The sizeofs that a struct had in earlier versions, ascending. A struct grows at its end, past
// them.
template <class Struct>
inline constexpr std::array<size_t, 0> kEarlierSizes = {};
template <>
inline constexpr std::array kEarlierSizes<lutgemm_codes> = {offsetof(lutgemm_codes, factors),
                                                            offsetof(lutgemm_codes, super_group)};
template <>
inline constexpr std::array kEarlierSizes<lutgemm_weight_info> = {
    offsetof(lutgemm_weight_info, super_group)};
template <>
inline constexpr std::array kEarlierSizes<lutgemm_pack_spec> = {
    offsetof(lutgemm_pack_spec, layout) + sizeof(uint32_t),
    offsetof(lutgemm_pack_spec, importance)};

// Whether a struct has had a size, or a later one can have it: a struct's size is a multiple of its
// alignment, which does not shrink when it grows.
template <class Struct>
bool IsSizeOf(size_t size) noexcept {
  if (size >= sizeof(Struct)) return size % alignof(Struct) == 0;
  return std::ranges::find(kEarlierSizes<Struct>, size) != kEarlierSizes<Struct>.end();
}

// Whether a caller's struct has a size that there has been, or a later header's and nothing in what
// this library does not know.
template <class Struct>
Status CheckStruct(const Struct* from, std::string_view name) noexcept {
  if (from == nullptr) return NullArgument(name);
  const size_t size = from->struct_size;
  if (!IsSizeOf<Struct>(size)) {
    return base::MakeStatus(Code::kBadArgument, "struct_size of ", name, " is ", size,
                            ", which is no size of that struct: start from its _INIT macro");
  }
  if (size <= sizeof(Struct)) return {};
  const auto* bytes = reinterpret_cast<const unsigned char*>(from);
  if (std::any_of(bytes + sizeof(Struct), bytes + size, [](unsigned char b) { return b != 0; })) {
    return base::MakeStatus(Code::kBadArgument, name, " has ", size, " bytes, of which those past ",
                            sizeof(Struct), " hold a field that this library does not know");
  }
  return {};
}

// Copies a caller's struct; what an earlier header did not have is zero.
template <class Struct>
Status ReadStruct(const Struct* from, std::string_view name, Struct* out) noexcept {
  if (Status status = CheckStruct(from, name); !status.ok()) return status;
  const size_t size = std::min<size_t>(from->struct_size, sizeof(Struct));
  std::memset(out, 0, sizeof(Struct));
  std::memcpy(out, from, size);
  return {};
}

// Fills a caller's struct but for its struct_size, as far as the caller's header has it.
template <class Struct>
Status WriteStruct(const Struct& from, std::string_view name, Struct* to) noexcept {
  if (Status status = CheckStruct(to, name); !status.ok()) return status;
  const uint32_t size = to->struct_size;
  std::memcpy(to, &from, std::min<size_t>(size, sizeof(Struct)));
  to->struct_size = size;
  return {};
}

}  // namespace lutgemm::capi

#endif  // LUTGEMM_API_C_STRUCTS_H_
