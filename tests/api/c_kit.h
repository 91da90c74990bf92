// Helpers of the tests of the C interface: owned handles, and the same weights by both interfaces.
#ifndef LUTGEMM_API_C_KIT_H_
#define LUTGEMM_API_C_KIT_H_

#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <memory>
#include <string>
#include <vector>

#include "support/gen/formats.h"
#include "support/random.h"

namespace lutgemm::test {

using Bytes = std::vector<std::byte>;

template <class Handle, void (*kFree)(Handle*)>
struct Freer {
  void operator()(Handle* handle) const { kFree(handle); }
};
using PackedHandle = std::unique_ptr<lutgemm_packed, Freer<lutgemm_packed, lutgemm_packed_free>>;
using PlanHandle = std::unique_ptr<lutgemm_plan, Freer<lutgemm_plan, lutgemm_plan_free>>;
using FileHandle = std::unique_ptr<lutgemm_file, Freer<lutgemm_file, lutgemm_file_free>>;
using QuantizedHandle =
    std::unique_ptr<lutgemm_quantized, Freer<lutgemm_quantized, lutgemm_quantized_free>>;
using ThreadsHandle =
    std::unique_ptr<lutgemm_threads, Freer<lutgemm_threads, lutgemm_threads_free>>;

inline void MustSucceed(lutgemm_status status) {
  REQUIRE_MESSAGE(status == LUTGEMM_OK, lutgemm_last_error());
}

struct Weights {
  size_t n, k;
  std::vector<float> values;
};

inline Weights RandomWeights(size_t n, size_t k) {
  Random random(71);
  return {n, k, random.Normals(n * k)};
}

inline lutgemm_matrix MatrixOf(const Weights& w) {
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  matrix.data = w.values.data();
  matrix.rows = w.n;
  matrix.cols = w.k;
  return matrix;
}

inline lutgemm_pack_spec SpecOf(const QuantSpec& spec) {
  lutgemm_pack_spec out = LUTGEMM_PACK_SPEC_INIT;
  out.format = static_cast<uint32_t>(spec.format);
  out.group = spec.group;
  out.zero = static_cast<uint32_t>(spec.zero);
  out.scale = static_cast<uint32_t>(spec.scale);
  out.scale_search = spec.scale_search;
  return out;
}

inline PackedHandle PackC(const Weights& w, const QuantSpec& spec) {
  const lutgemm_matrix matrix = MatrixOf(w);
  const lutgemm_pack_spec c_spec = SpecOf(spec);
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack(&matrix, &c_spec, nullptr, &packed));
  return PackedHandle(packed);
}

inline QuantizedMatrix QuantizeCpp(const Weights& w, const QuantSpec& spec) {
  Result<QuantizedMatrix> m = Quantize({w.values.data(), Elem::kF32, w.n, w.k, 0}, spec);
  REQUIRE_MESSAGE(m.ok(), m.status().text());
  return *std::move(m);
}

inline PackedWeights PackCpp(const Weights& w, const QuantSpec& spec) {
  Result<PackedWeights> packed = Pack(QuantizeCpp(w, spec));
  REQUIRE_MESSAGE(packed.ok(), packed.status().text());
  return *std::move(packed);
}

inline Bytes BlobOf(const lutgemm_packed* packed) {
  size_t bytes = 0;
  const auto* blob = static_cast<const std::byte*>(lutgemm_packed_blob(packed, &bytes));
  return {blob, blob + bytes};
}
inline Bytes BlobOf(const PackedWeights& packed) {
  return {packed.blob().begin(), packed.blob().end()};
}

inline std::vector<QuantSpec> AllSpecs() {
  std::vector<QuantSpec> specs;
  for (const auto format : kLinearFormats) {
    const bool symmetric = format == WeightFormat::kInt1 || format == WeightFormat::kTernary;
    for (const auto zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (symmetric && zero != ZeroKind::kNone) continue;
      for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
        specs.push_back({format, group, zero, Elem::kBF16, zero == ZeroKind::kInteger});
      }
    }
  }
  return specs;
}

// The formats whose scales, codebooks or factors are their own.
inline std::vector<QuantSpec> SpecialSpecs() {
  std::vector<QuantSpec> specs;
  for (const auto format :
       {WeightFormat::kBitmod3, WeightFormat::kBitmod4, WeightFormat::kMxfp4, WeightFormat::kNvfp4,
        WeightFormat::kNf4, WeightFormat::kBfp3, WeightFormat::kBfp4, WeightFormat::kBfp8}) {
    specs.push_back(DefaultSpec(format));
  }
  return specs;
}

inline std::vector<QuantSpec> EverySpec() {
  std::vector<QuantSpec> specs = AllSpecs();
  for (const QuantSpec& spec : SpecialSpecs()) specs.push_back(spec);
  return specs;
}

// What the call says of a failure with this status.
inline std::string Failure(lutgemm_status status, lutgemm_status expected) {
  CHECK(status == expected);
  return lutgemm_last_error();
}
inline void NullIsNamed(lutgemm_status status, const std::string& name) {
  CHECK(Failure(status, LUTGEMM_BAD_ARGUMENT) == name + " is null");
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_API_C_KIT_H_
