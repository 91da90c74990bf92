// The oracle of table lookup with its roundings: what a LUT tensor core computes, sum by sum, from
// signs and activations, without tables, keys or programs. docs/isa.md has the same in words.
#ifndef LUTGEMM_REF_LOOKUP_H_
#define LUTGEMM_REF_LOOKUP_H_

#include <lutgemm/weights.hpp>

#include <span>
#include <vector>

namespace lutgemm::ref {

struct LookupSpec {
  // What the sum of k activations with signs is rounded to before it is used.
  enum class Entry {
    kExact,      // integers
    kF16,        // to the nearest f16
    kQuantised,  // to a multiple of sum(|a|) / 127
  };
  // What sums of lookups are rounded to.
  enum class Sum { kExact, kF32, kF16 };

  size_t k = 4;  // activations per lookup; steps start anew in every weight group
  Entry entry = Entry::kF16;
  Sum sum = Sum::kF32;
  // f16 entries: a rounding after every plane, lowest first, not one after all planes of a step.
  bool plane_by_plane = false;
  // With it: times 2^p by adding p to the exponent field of 5 bits, whatever the entry is.
  bool exponent_quirk = false;
  // Plane by plane: operands and results of additions below the sums' normal range are zeros, NaN
  // is infinity, and infinities of both signs add to the positive one.
  bool flush = false;
  // Factor of each token's outputs, [m]; empty for ones.
  std::span<const float> row_scales = {};
};

// O[m][n] in f32; act is m x K, values that the activations' type can hold. Groups are scaled and
// added in K order. Every NaN is 0x7fc00000.
std::vector<float> LookupGemm(const QuantizedMatrix& weights, std::span<const double> act, size_t m,
                              const LookupSpec& spec);

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_LOOKUP_H_
