// Codes and scales through the C interface: what it takes apart and puts together is what the C++
// one does, in every format.
#include <cstring>
#include <utility>

#include "api/c_codes_kit.h"

namespace lutgemm::test {
namespace {

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

TEST_CASE("importance weighs a search as it does in C++") {
  const Weights w = RandomWeights(6, 96);
  std::vector<float> importance(96);
  for (size_t i = 0; i < importance.size(); ++i) importance[i] = i % 5 == 0 ? 50.0f : 0.5f;
  for (const auto format : {WeightFormat::kInt2, WeightFormat::kBitmod3}) {
    QuantSpec spec = DefaultSpec(format);
    spec.group = 32;
    spec.scale_search = true;
    lutgemm_pack_spec c_spec = SpecOf(spec);
    const Tensor2D matrix{w.values.data(), Elem::kF32, w.n, w.k, 0};
    const auto plain = Quantize(matrix, spec);
    const auto want = Quantize(matrix, spec, QuantizeOptions{.importance = importance});
    REQUIRE(want.ok());
    REQUIRE(plain->codes != want->codes);
    CheckCodes(CodesOf(QuantizeC(w, c_spec)), *plain);
    c_spec.importance = importance.data();
    c_spec.importance_count = importance.size();
    CheckCodes(CodesOf(QuantizeC(w, c_spec)), *want);

    const lutgemm_matrix c_matrix = MatrixOf(w);
    lutgemm_packed* packed = nullptr;
    MustSucceed(lutgemm_pack(&c_matrix, &c_spec, nullptr, &packed));
    const PackedHandle owned(packed);
    lutgemm_quantized* unpacked = nullptr;
    MustSucceed(lutgemm_unpack(packed, &unpacked));
    CheckCodes(CodesOf(QuantizedHandle(unpacked)), *want);
    // As a program of an earlier header has it, whatever lies behind its struct.
    c_spec.struct_size = offsetof(lutgemm_pack_spec, importance);
    CheckCodes(CodesOf(QuantizeC(w, c_spec)), *plain);
  }
}

TEST_CASE("importance that is none, or not of the matrix, is refused") {
  const Weights w = RandomWeights(2, 8);
  const lutgemm_matrix matrix = MatrixOf(w);
  std::vector<float> importance(9, 1.0f);
  const auto refused = [&](const float* numbers, size_t count, lutgemm_status code) {
    lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
    spec.importance = numbers;
    spec.importance_count = count;
    lutgemm_quantized* quantized = nullptr;
    CHECK(lutgemm_quantize(&matrix, &spec, nullptr, &quantized) == code);
    CHECK(quantized == nullptr);
    return std::string(lutgemm_last_error());
  };
  CHECK(refused(nullptr, 8, LUTGEMM_BAD_ARGUMENT).find("importance is null") != std::string::npos);
  CHECK(refused(importance.data(), 0, LUTGEMM_BAD_SHAPE).find("_count is 0") != std::string::npos);
  CHECK(refused(importance.data(), 9, LUTGEMM_BAD_SHAPE).find("has 9 numbers; the tensor has 8") !=
        std::string::npos);
  importance[7] = -1;
  CHECK(refused(importance.data(), 8, LUTGEMM_BAD_ARGUMENT).find("[7] is -1") != std::string::npos);
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
