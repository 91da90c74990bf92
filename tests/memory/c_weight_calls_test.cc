// Weights without memory: packing, blobs and rows.
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

void AddWeights(Cases& cases, World& w) {
  const auto pack = [&w](lutgemm_pack_spec spec, lutgemm_threads* threads) -> Body {
    return [&w, spec, threads](Attempt& attempt) {
      return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
        return lutgemm_pack(&w.matrix, &spec, threads, out);
      });
    };
  };
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  cases.insert({"lutgemm_pack", {pack(spec, nullptr)}});
  cases.insert({"lutgemm_pack", {pack(spec, w.args.threads)}});
  spec.zero = LUTGEMM_ZERO_INTEGER;
  spec.scale_search = 1;
  cases.insert({"lutgemm_pack", {pack(spec, nullptr)}});
  spec = {sizeof spec, LUTGEMM_BITMOD3, 100, LUTGEMM_ZERO_NONE, LUTGEMM_U8, 1, 0,
          nullptr,     nullptr,         0};
  cases.insert({"lutgemm_pack", {pack(spec, w.args.threads)}});
  spec = {sizeof spec,
          LUTGEMM_TERNARY,
          LUTGEMM_WHOLE_TENSOR,
          0,
          LUTGEMM_F16,
          0,
          0,
          nullptr,
          nullptr,
          0};
  cases.insert({"lutgemm_pack", {pack(spec, nullptr)}});
  spec.group = 3;
  cases.insert({"lutgemm_pack", {pack(spec, nullptr), Code::kBadArgument}});
  cases.insert({"lutgemm_packed_info", {[&w](Attempt& attempt) {
                  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
                  return attempt([&] { return lutgemm_packed_info(w.packed, &info); });
                }}});
  cases.insert({"lutgemm_packed_info",
                {[&w](Attempt& attempt) {
                   lutgemm_weight_info info{};
                   return attempt([&] { return lutgemm_packed_info(w.packed, &info); });
                 },
                 Code::kBadArgument}});
  cases.insert({"lutgemm_packed_blob", {[&w](Attempt& attempt) {
                  return Holds(attempt, [&] { return lutgemm_packed_blob(w.packed, nullptr); });
                }}});
  cases.insert({"lutgemm_packed_bytes", {[&w](Attempt& attempt) {
                  return Holds(attempt,
                               [&] { return lutgemm_packed_bytes(&w.info) == w.blob_bytes; });
                }}});
  const auto from_blob = [&w](size_t missing) -> Body {
    return [&w, missing](Attempt& attempt) {
      return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
        return lutgemm_packed_from_blob(&w.info, w.blob, w.blob_bytes - missing, out);
      });
    };
  };
  cases.insert({"lutgemm_packed_from_blob", {from_blob(0)}});
  cases.insert({"lutgemm_packed_from_blob", {from_blob(1), Code::kBadShape}});
}

void AddRows(Cases& cases, World& w) {
  const auto rows = [&w](size_t row) -> Body {
    return [&w, row](Attempt& attempt) {
      std::vector<float> out(30 * kK);
      return attempt(
          [&] { return lutgemm_unpack_rows(w.packed, row, 30, out.data(), w.args.threads); });
    };
  };
  cases.insert({"lutgemm_unpack_rows", {rows(0)}});
  cases.insert({"lutgemm_unpack_rows", {rows(kN - 1), Code::kBadShape}});
}

void AddFacts(Cases& cases, World& w) {
  Is(cases, "lutgemm_packed_bits_per_weight",
     [&w] { return lutgemm_packed_bits_per_weight(w.packed) > 4; });
  Is(cases, "lutgemm_packed_largest_zero",
     [&w] { return lutgemm_packed_largest_zero(w.packed) == 0; });
  Is(cases, "lutgemm_default_layout",
     [&w] { return lutgemm_default_layout(&w.info) == w.info.layout; });
  Is(cases, "lutgemm_layout_version",
     [&w] { return lutgemm_layout_version(w.info.layout) == w.info.layout_version; });
  Is(cases, "lutgemm_super_groups", [&w] { return lutgemm_super_groups(&w.info) == 1; });
  Is(cases, "lutgemm_groups", [&w] { return lutgemm_groups(&w.info) == 2; });
  Is(cases, "lutgemm_group_begin", [&w] { return lutgemm_group_begin(&w.info, 1) == 128; });
  Is(cases, "lutgemm_group_end", [&w] { return lutgemm_group_end(&w.info, 1) == kK; });
  Is(cases, "lutgemm_packed_free", [] { return true; });  // by every case that makes one
}

}  // namespace

Cases WeightCases() {
  Cases cases;
  AddWeights(cases, TheWorld());
  AddRows(cases, TheWorld());
  AddFacts(cases, TheWorld());
  return cases;
}

TEST_CASE("weights without memory") { WalkAll(WeightCases()); }

}  // namespace lutgemm::memory_test
