// Codes and scales through the C interface: what it takes apart and puts together is what the C++
// one does, in every format.
#include <cstring>
#include <limits>
#include <utility>

#include "api/c_kit.h"
#include "base/buffer.h"

namespace lutgemm::test {
namespace {

std::vector<QuantSpec> EverySpec() {
  std::vector<QuantSpec> specs = AllSpecs();
  for (const QuantSpec& spec : SpecialSpecs()) specs.push_back(spec);
  return specs;
}

QuantizedHandle QuantizeC(const Weights& w, const lutgemm_pack_spec& spec) {
  const lutgemm_matrix matrix = MatrixOf(w);
  lutgemm_quantized* quantized = nullptr;
  MustSucceed(lutgemm_quantize(&matrix, &spec, nullptr, &quantized));
  return QuantizedHandle(quantized);
}

lutgemm_codes CodesOf(const QuantizedHandle& quantized) {
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  MustSucceed(lutgemm_quantized_codes(quantized.get(), &codes));
  return codes;
}

template <class T>
void CheckArray(const T* got, const std::vector<T>& want) {
  CHECK((got == nullptr) == want.empty());
  CHECK(std::vector<T>(got, got + want.size()) == want);
}

void CheckCodes(const lutgemm_codes& codes, const QuantizedMatrix& want) {
  CHECK(codes.struct_size == sizeof codes);
  CHECK(codes.format == static_cast<uint32_t>(want.info.format));
  CHECK(codes.group == want.info.group);
  CHECK(codes.zero == static_cast<uint32_t>(want.info.zero));
  CHECK(codes.scale == static_cast<uint32_t>(want.info.scale));
  CHECK(codes.layout == LUTGEMM_LAYOUT_DEFAULT);
  CHECK(std::pair(codes.n, codes.k) == std::pair(want.info.n, want.info.k));
  CheckArray(codes.codes, want.codes);
  CheckArray(codes.scales, want.scales);
  CheckArray(codes.zeros, want.zeros);
  CheckArray(codes.offsets, want.offsets);
  CheckArray(codes.factors, want.factors);
  CheckArray(codes.selectors, want.selectors);
  REQUIRE((codes.book == nullptr) == (want.book.codes == 0));
  if (codes.book == nullptr) return;
  CHECK(codes.book->codes == want.book.codes);
  CHECK(codes.book->tables == want.book.tables);
  CHECK(codes.book->unit == want.book.unit);
  CHECK(std::memcmp(codes.book->values, want.book.values.data(), 64) == 0);
}

TEST_CASE("quantising, taking apart and values are those of the C++ interface, in every format") {
  const Weights w = RandomWeights(21, 75);
  for (const QuantSpec& spec : EverySpec()) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    const QuantizedMatrix want = QuantizeCpp(w, spec);
    CheckCodes(CodesOf(QuantizeC(w, SpecOf(spec))), want);
    const PackedHandle packed = PackC(w, spec);
    CHECK(lutgemm_packed_bits_per_weight(packed.get()) == Pack(want)->bits_per_weight());
    CHECK(lutgemm_packed_largest_zero(packed.get()) == Pack(want)->largest_zero());
    lutgemm_quantized* unpacked = nullptr;
    MustSucceed(lutgemm_unpack(packed.get(), &unpacked));
    const QuantizedHandle handle(unpacked);
    CheckCodes(CodesOf(handle), want);
    for (const auto& [row, col] : {std::pair<size_t, size_t>{0, 0}, {7, 33}, {20, 74}}) {
      CHECK(lutgemm_quantized_value(unpacked, row, col) == want.Value(row, col));
      CHECK(lutgemm_quantized_integer(unpacked, row, col) == want.Integer(row, col));
      CHECK(lutgemm_quantized_factor(unpacked, row) == want.Factor(row));
    }
  }
}

TEST_CASE("codes, scales, factors, selectors and codebooks of every format are imported") {
  const Weights w = RandomWeights(21, 75);
  for (const QuantSpec& spec : EverySpec()) {
    CAPTURE(Name(spec.format));
    const QuantizedHandle quantized = QuantizeC(w, SpecOf(spec));
    lutgemm_codes codes = CodesOf(quantized);
    for (const bool own_book : {true, false}) {
      if (!own_book) codes.book = nullptr;  // the format's, then
      CHECK(lutgemm_codes_validate(&codes) == LUTGEMM_OK);
      lutgemm_packed* packed = nullptr;
      MustSucceed(lutgemm_pack_codes(&codes, nullptr, &packed));
      CHECK(BlobOf(PackedHandle(packed).get()) == BlobOf(PackCpp(w, spec)));
    }
  }
}

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
  for (uint32_t format = LUTGEMM_INT1; format <= LUTGEMM_BFP8; ++format) {
    const Codebook want = FixedCodebook(static_cast<WeightFormat>(format));
    lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
    MustSucceed(lutgemm_codebook_fixed(format, &book));
    CHECK(book.codes == want.codes);
    CHECK(book.tables == want.tables);
    CHECK(book.unit == want.unit);
    CHECK(std::memcmp(book.values, want.values.data(), 64) == 0);
  }
  lutgemm_codebook book = LUTGEMM_CODEBOOK_INIT;
  CHECK(lutgemm_codebook_fixed(18, &book) == LUTGEMM_BAD_ARGUMENT);
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

TEST_CASE("what imported codes lack, or have too much, is told") {
  const Weights w = RandomWeights(4, 256);
  const QuantizedHandle bitmod = QuantizeC(w, SpecOf(DefaultSpec(WeightFormat::kBitmod3)));
  const auto fails = [](lutgemm_codes codes, lutgemm_status status) {
    lutgemm_packed* packed = reinterpret_cast<lutgemm_packed*>(&codes);
    CHECK(lutgemm_codes_validate(&codes) == status);
    const std::string text = lutgemm_last_error();
    CHECK(lutgemm_pack_codes(&codes, nullptr, &packed) == status);
    CHECK(packed == nullptr);
    return text;
  };
  lutgemm_codes codes = CodesOf(bitmod);
  codes.factors = nullptr;
  CHECK(fails(codes, LUTGEMM_BAD_ARGUMENT) == "factors is null");
  codes = CodesOf(bitmod);
  codes.selectors = nullptr;
  CHECK(fails(codes, LUTGEMM_BAD_ARGUMENT) == "selectors is null");
  const uint8_t selectors[8] = {0, 1, 2, 4, 0, 0, 0, 0};
  codes.selectors = selectors;
  CHECK(fails(codes, LUTGEMM_BAD_ARGUMENT).find("selector 3 is 4") != std::string::npos);
  codes = CodesOf(bitmod);
  lutgemm_codebook book = *codes.book;
  ++book.values[1][2];
  codes.book = &book;
  CHECK(fails(codes, LUTGEMM_BAD_ARGUMENT).find("not that of bitmod3") != std::string::npos);
  codes = CodesOf(bitmod);
  const std::vector<uint8_t> large(4 * 256, 8);
  codes.codes = large.data();
  CHECK(fails(codes, LUTGEMM_BAD_ARGUMENT).find("code [0, 0] is 8") != std::string::npos);
  codes.format = LUTGEMM_CODEBOOK, codes.scale = LUTGEMM_F32, codes.book = nullptr;
  CHECK(fails(codes, LUTGEMM_BAD_ARGUMENT) == "book is null");
}

TEST_CASE("codes of a header before factors, selectors and codebooks are taken") {
  const Weights w = RandomWeights(4, 64);
  const QuantizedHandle quantized = QuantizeC(w, SpecOf(QuantSpec()));
  lutgemm_codes old = CodesOf(quantized);
  old.struct_size = offsetof(lutgemm_codes, factors);
  std::memset(&old.factors, 0xff, sizeof old - old.struct_size);  // not the caller's to set
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack_codes(&old, nullptr, &packed));
  CHECK(BlobOf(PackedHandle(packed).get()) == BlobOf(PackCpp(w, QuantSpec())));
  const auto* untouched = old.factors;
  MustSucceed(lutgemm_quantized_codes(quantized.get(), &old));
  CHECK(old.struct_size == offsetof(lutgemm_codes, factors));
  CHECK(old.factors == untouched);
  --old.struct_size;
  CHECK(lutgemm_pack_codes(&old, nullptr, &packed) == LUTGEMM_BAD_ARGUMENT);

  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  spec.struct_size = 7 * sizeof(uint32_t);
  spec.book = reinterpret_cast<const lutgemm_codebook*>(&spec);  // nor this
  CHECK(QuantizeC(w, spec) != nullptr);
}

TEST_CASE("null handles and arguments of codes") {
  lutgemm_quantized* quantized = nullptr;
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  const Weights w = RandomWeights(2, 8);
  const lutgemm_matrix matrix = MatrixOf(w);
  const lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  NullIsNamed(lutgemm_quantize(nullptr, &spec, nullptr, &quantized), "matrix");
  NullIsNamed(lutgemm_quantize(&matrix, nullptr, nullptr, &quantized), "spec");
  NullIsNamed(lutgemm_quantize(&matrix, &spec, nullptr, nullptr), "out");
  NullIsNamed(lutgemm_unpack(nullptr, &quantized), "packed");
  NullIsNamed(lutgemm_unpack(PackC(w, QuantSpec()).get(), nullptr), "out");
  NullIsNamed(lutgemm_quantized_codes(nullptr, &codes), "quantized");
  NullIsNamed(lutgemm_codes_validate(nullptr), "codes");
  const QuantizedHandle made = QuantizeC(w, spec);
  NullIsNamed(lutgemm_quantized_codes(made.get(), nullptr), "codes");
  CHECK(lutgemm_quantized_value(nullptr, 0, 0) == 0);
  CHECK(lutgemm_quantized_value(made.get(), 2, 0) == 0);
  CHECK(lutgemm_quantized_value(made.get(), 0, 8) == 0);
  CHECK(lutgemm_quantized_integer(made.get(), 0, 8) == 0);
  CHECK(lutgemm_quantized_integer(nullptr, 0, 0) == 0);
  CHECK(lutgemm_quantized_factor(made.get(), 2) == 0);
  CHECK(lutgemm_quantized_factor(nullptr, 0) == 0);
  lutgemm_quantized_free(nullptr);
}

}  // namespace
}  // namespace lutgemm::test
