// Codes without memory: quantising, importing, packing into memory, taking apart.
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

// Codes of two formats, one with all that a format can have, and memory to pack into.
struct Codes {
  lutgemm_quantized* bitmod = nullptr;
  lutgemm_pack_spec bitmod_spec = LUTGEMM_PACK_SPEC_INIT;
  lutgemm_codes codes = LUTGEMM_CODES_INIT, ints = LUTGEMM_CODES_INIT;
  lutgemm_pack_memory memory = LUTGEMM_PACK_MEMORY_INIT;
  float values[5] = {-2, -1, 0, 1, 3};
  std::vector<float> importance = std::vector<float>(kK, 2.0f);

  explicit Codes(World& w) {
    REQUIRE(lutgemm_pack_spec_default(LUTGEMM_BITMOD3, &bitmod_spec) == LUTGEMM_OK);
    REQUIRE(lutgemm_quantize(&w.matrix, &bitmod_spec, nullptr, &bitmod) == LUTGEMM_OK);
    REQUIRE(lutgemm_quantized_codes(bitmod, &codes) == LUTGEMM_OK);
    ints.n = kN;
    ints.k = kK;
    ints.codes = w.codes.data();
    ints.scales = w.scales.data();
    memory.bytes = 1 << 16;
    memory.blob = std::aligned_alloc(64, memory.bytes);
    memory.threads = w.args.threads;
  }
  ~Codes() {
    lutgemm_quantized_free(bitmod);
    std::free(memory.blob);
  }
};

void AddPacking(Cases& cases, World& w, Codes& c) {
  for (const lutgemm_codes* codes : {&c.codes, &c.ints}) {
    Ends(cases, "lutgemm_codes_validate", [codes] { return lutgemm_codes_validate(codes); });
    Ends(cases, "lutgemm_pack_codes_bytes", [codes] {
      size_t bytes = 0;
      return lutgemm_pack_codes_bytes(codes, &bytes);
    });
    Makes<lutgemm_packed>(cases, "lutgemm_pack_codes",
                          {&lutgemm_packed_free, [codes, &w](lutgemm_packed** out) {
                             return lutgemm_pack_codes(codes, w.args.threads, out);
                           }});
    Makes<lutgemm_packed>(cases, "lutgemm_pack_codes_into",
                          {&lutgemm_packed_free, [codes, &c](lutgemm_packed** out) {
                             return lutgemm_pack_codes_into(codes, &c.memory, out);
                           }});
  }
  for (const size_t bytes : {size_t{1} << 16, size_t{64}}) {
    Makes<lutgemm_packed>(cases, "lutgemm_pack_into",
                          {&lutgemm_packed_free,
                           [bytes, &w, &c](lutgemm_packed** out) {
                             lutgemm_pack_memory memory = c.memory;
                             memory.bytes = bytes;
                             return lutgemm_pack_into(&w.matrix, &w.spec, &memory, out);
                           }},
                          bytes == 64 ? Code::kWorkspaceTooSmall : Code::kOk);
  }
  Ends(cases, "lutgemm_pack_bytes", [&w] {
    size_t bytes = 0;
    return lutgemm_pack_bytes(&w.matrix, &w.spec, &bytes);
  });
}

void AddCodes(Cases& cases, World& w, Codes& c) {
  Makes<lutgemm_quantized>(cases, "lutgemm_quantize",
                           {&lutgemm_quantized_free, [&w, &c](lutgemm_quantized** out) {
                              return lutgemm_quantize(&w.matrix, &c.bitmod_spec, nullptr, out);
                            }});
  Makes<lutgemm_quantized>(cases, "lutgemm_quantize",
                           {&lutgemm_quantized_free, [&w, &c](lutgemm_quantized** out) {
                              lutgemm_pack_spec spec = c.bitmod_spec;
                              spec.importance = c.importance.data();
                              spec.importance_count = c.importance.size();
                              return lutgemm_quantize(&w.matrix, &spec, nullptr, out);
                            }});
  Makes<lutgemm_quantized>(cases, "lutgemm_unpack",
                           {&lutgemm_quantized_free, [&w](lutgemm_quantized** out) {
                              return lutgemm_unpack(w.packed, out);
                            }});
  Ends(cases, "lutgemm_quantized_codes", [&c] {
    lutgemm_codes codes = LUTGEMM_CODES_INIT;
    return lutgemm_quantized_codes(c.bitmod, &codes);
  });
  const lutgemm_quantized* q = c.bitmod;
  Is(cases, "lutgemm_quantized_value", [q] { return lutgemm_quantized_value(q, 3, 5) < 99; });
  Is(cases, "lutgemm_quantized_integer", [q] { return lutgemm_quantized_integer(q, 3, 5) < 99; });
  Is(cases, "lutgemm_quantized_factor", [q] { return lutgemm_quantized_factor(q, 3) > 0; });
  Is(cases, "lutgemm_quantized_free", [] { return true; });  // by every case that makes one
}

void AddBooks(Cases& cases, Codes& c) {
  Ends(cases, "lutgemm_pack_spec_default", [] {
    lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
    return lutgemm_pack_spec_default(LUTGEMM_NF4, &spec);
  });
  Ends(cases, "lutgemm_codebook_fixed", [] {
    lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
    return lutgemm_codebook_fixed(LUTGEMM_NF4, &book);
  });
  for (const size_t count : {5, 1}) {
    const auto make = [&c, count] {
      lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
      return lutgemm_codebook_make(c.values, count, &book);
    };
    Ends(cases, "lutgemm_codebook_make", make, count == 1 ? Code::kBadArgument : Code::kOk);
  }
}

}  // namespace

Cases CodeCases() {
  static Codes codes(TheWorld());
  Cases cases;
  AddPacking(cases, TheWorld(), codes);
  AddCodes(cases, TheWorld(), codes);
  AddBooks(cases, codes);
  return cases;
}

TEST_CASE("codes without memory") { WalkAll(CodeCases()); }

}  // namespace lutgemm::memory_test
