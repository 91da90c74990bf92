// Codebooks through the C interface, those of formats and the caller's own.
#include <cstring>
#include <limits>

#include "api/c_codes_kit.h"

namespace lutgemm::test {
namespace {

TEST_CASE("a codebook of the caller's quantises, packs and comes back") {
  const float table[] = {-3, -1, -0.25f, 0, 0.5f, 1, 2, 4};
  lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
  MustSucceed(lutgemm_codebook_make(table, 8, &book));
  const Codebook want = *MakeCodebook(table);
  CHECK(book.codes == 8);
  CHECK(book.tables == 1);
  CHECK(book.unit == want.unit);
  CHECK(std::memcmp(book.values, want.values.data(), 64) == 0);

  const Weights w = RandomWeights(9, 64);
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  MustSucceed(lutgemm_pack_spec_default(LUTGEMM_CODEBOOK, &spec));
  spec.book = &book;
  const QuantizedMatrix matrix = *Quantize({w.values.data(), Elem::kF32, 9, 64, 0},
                                           DefaultSpec(WeightFormat::kCodebook), want);
  const QuantizedHandle quantized = QuantizeC(w, spec);
  CheckCodes(CodesOf(quantized), matrix);
  const lutgemm_matrix c_matrix = MatrixOf(w);
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack(&c_matrix, &spec, nullptr, &packed));
  const PackedHandle handle(packed);
  CHECK(BlobOf(packed) == BlobOf(*Pack(matrix)));
  lutgemm_quantized* unpacked = nullptr;
  MustSucceed(lutgemm_unpack(packed, &unpacked));
  CheckCodes(CodesOf(QuantizedHandle(unpacked)), matrix);
}

TEST_CASE("fixed codebooks are the C++ interface's") {
  for (const WeightFormat of : test::kAllFormats) {
    const auto format = static_cast<uint32_t>(of);
    const Codebook want = FixedCodebook(of);
    lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
    MustSucceed(lutgemm_codebook_fixed(format, &book));
    CHECK(book.codes == want.codes);
    CHECK(book.tables == want.tables);
    CHECK(book.unit == want.unit);
    CHECK(std::memcmp(book.values, want.values.data(), 64) == 0);
  }
  lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
  CHECK(lutgemm_codebook_fixed(0, &book) == LUTGEMM_BAD_ARGUMENT);
  NullIsNamed(lutgemm_codebook_fixed(LUTGEMM_NF4, nullptr), "book");
}

TEST_CASE("codebooks that are none are refused") {
  lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
  const float values[] = {1, std::numeric_limits<float>::infinity()};
  CHECK(lutgemm_codebook_make(values, 1, &book) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_codebook_make(values, 2, &book) == LUTGEMM_NOT_FINITE);
  NullIsNamed(lutgemm_codebook_make(nullptr, 2, &book), "values");
  CHECK(lutgemm_codebook_make(nullptr, 0, &book) == LUTGEMM_BAD_ARGUMENT);
  const float good[] = {1, 2};
  NullIsNamed(lutgemm_codebook_make(good, 2, nullptr), "book");
  CHECK(book.codes == 0);

  const Weights w = RandomWeights(4, 64);
  const lutgemm_matrix matrix = MatrixOf(w);
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  lutgemm_packed* packed = nullptr;
  spec.book = &book;  // INT4 has none
  CHECK(Failure(lutgemm_pack(&matrix, &spec, nullptr, &packed), LUTGEMM_BAD_ARGUMENT)
            .find("int4 has codes of its own") != std::string::npos);
  spec.format = LUTGEMM_CODEBOOK;
  CHECK(lutgemm_pack(&matrix, &spec, nullptr, &packed) == LUTGEMM_BAD_ARGUMENT);
  book.codes = 17;
  CHECK(Failure(lutgemm_pack(&matrix, &spec, nullptr, &packed), LUTGEMM_BAD_ARGUMENT) ==
        "book has 17 codes in 0 tables; 16 in 4 are the most");
  book.codes = 4, book.tables = 5;
  CHECK(lutgemm_pack(&matrix, &spec, nullptr, &packed) == LUTGEMM_BAD_ARGUMENT);
  book.struct_size = 8;
  CHECK(Failure(lutgemm_pack(&matrix, &spec, nullptr, &packed), LUTGEMM_BAD_ARGUMENT)
            .find("struct_size of book") != std::string::npos);
  spec.book = nullptr;
  NullIsNamed(lutgemm_pack(&matrix, &spec, nullptr, &packed), "book");
}

}  // namespace
}  // namespace lutgemm::test
