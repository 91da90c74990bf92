// Codebooks: weights whose 3- or 4-bit codes index a table of integers.
//
//   value of a weight = scale of its group * unit * values[selector of its group][code]
//
// Tables are int8, so that one byte shuffle decodes codes for a byte dot product. Every fixed
// format but NF4 is exact in them; NF4 and codebooks of real numbers are rounded, see MakeCodebook.
// Defined in src/format.
#ifndef LUTGEMM_CODEBOOK_HPP_
#define LUTGEMM_CODEBOOK_HPP_

#include <lutgemm/types.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace lutgemm {

struct Codebook {
  std::array<std::array<int8_t, 16>, 4> values{};  // [selector][code]; -127 to 127
  float unit = 0;      // what 1 in `values` is worth, over the scale; positive
  uint8_t codes = 0;   // codes in use: 2 to 16; 0 where there is no codebook
  uint8_t tables = 0;  // selectors in use: 1 or 4

  bool operator==(const Codebook&) const = default;
};

// The codebook of a fixed format (kBitmod3, kBitmod4, kMxfp4, kNvfp4, kNf4), in the code order of
// its definition; `codes` is 0 for every other format.
LUTGEMM_API Codebook FixedCodebook(WeightFormat format) noexcept;

// A table of 2 to 16 real values, code i for values[i], as integers k_i times a unit: of the units
// max|v| / 1 to max|v| / 127 the coarsest of those with the least squared error. Integers up to
// 127, and their multiples of any unit, are therefore exact; otherwise the root of the mean squared
// error is at most max|v| / 254.
// Fails with kBadArgument on another count, a unit beyond 2^-64 to 2^64 or zeros only; kNotFinite.
LUTGEMM_API Result<Codebook> MakeCodebook(std::span<const float> values) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_CODEBOOK_HPP_
