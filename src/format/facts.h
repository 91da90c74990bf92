// Facts of formats and layouts as tables. codegen/spec/formats.toml and layouts.toml are their
// source; what follows from them by arithmetic is in planes.h and traits.h.
#ifndef LUTGEMM_FORMAT_FACTS_H_
#define LUTGEMM_FORMAT_FACTS_H_

#include <lutgemm/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace lutgemm::format {

struct Planes {
  unsigned count = 0;
  unsigned multiplier[8] = {};

  // Sum of the multipliers, which is also the largest code.
  constexpr unsigned total() const {
    unsigned sum = 0;
    for (const unsigned m : multiplier) sum += m;
    return sum;
  }
};

// What a code stands for before the scale: a number that rises by steps, the same times a power of
// two (block floating point), or an entry of a table.
enum class Integers : uint8_t { kLinear, kBfp, kBook };

// A set of enumerators, as a mask.
template <class Enum>
constexpr unsigned Bit(Enum of) {
  return static_cast<unsigned>(of) < 32 ? 1u << static_cast<unsigned>(of) : 0;
}

struct FormatFacts {
  WeightFormat value{};
  std::string_view name;
  Integers integers = Integers::kLinear;
  unsigned codes = 0;
  Planes planes;
  bool unary = false;       // whether codes count by the number of their bits
  int first = 0, step = 1;  // integer of code 0 without zero points; difference of neighbours
  unsigned tables = 0;      // that a group may select from; 0 where the format has none of its own
  unsigned zeros = 0;       // of ZeroKind
  uint32_t groups[4] = {};  // lengths that there are, before zeros; none: any multiple of 4
  bool whole_tensor = false;              // whether one scale may serve the tensor
  unsigned scales = 0, super_scales = 0;  // of Elem: without and with super-groups
  unsigned layouts = 0;                   // of LayoutId
  uint32_t group = 128;                   // these and the next of DefaultSpec
  Elem scale = Elem::kF16;
  LayoutId layout{}, layout_whole{};  // by default; where a row or tensor has one scale
  double search[2] = {1, 1};          // least and largest factor that the scale search tries
  const char* groups_text = "";       // what groups and scales may be, in words
  const char* scales_text = "";
};

inline constexpr FormatFacts kFormats[] = {
#include "format/gen/formats.inc"
};
inline constexpr FormatFacts kNoFormat{};

// Numbers of formats count from 1 without gaps. kNoFormat for a number that is none.
constexpr const FormatFacts& FactsOf(WeightFormat format) {
  const size_t index = static_cast<size_t>(format) - 1;
  return index < std::size(kFormats) ? kFormats[index] : kNoFormat;
}

struct LayoutFacts {
  LayoutId value{};
  std::string_view name;
  uint32_t version = 0;
  size_t strip = 0;    // outputs per strip
  bool whole = false;  // whether it is for one scale per row or tensor only
};

inline constexpr LayoutFacts kLayouts[] = {
#include "format/gen/layouts.inc"
};
inline constexpr LayoutFacts kNoLayout{};

// Numbers of layouts count from 0.
constexpr const LayoutFacts& FactsOf(LayoutId layout) {
  const size_t index = static_cast<size_t>(layout);
  return index < std::size(kLayouts) ? kLayouts[index] : kNoLayout;
}

// For texts of errors.
#include "format/gen/texts.inc"

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_FACTS_H_
