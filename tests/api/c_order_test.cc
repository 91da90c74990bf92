// Channel order through the C interface, against the C++ one.
#include <cmath>
#include <cstring>

#include "api/c_kit.h"

namespace lutgemm::test {
namespace {

constexpr size_t kRows = 24, kCols = 64;

lutgemm_order_spec SpecOf(const OrderSpec& spec) {
  lutgemm_order_spec out = LUTGEMM_ORDER_SPEC_INIT;
  out.head = spec.head;
  out.pairs = static_cast<uint32_t>(spec.pairs);
  return out;
}

Tensor2D TensorOf(const Weights& w) { return {w.values.data(), Elem::kF32, w.n, w.k, 0}; }

TEST_CASE("keys, orders, inverses, frequencies and permuted matrices are the C++ interface's") {
  const Weights w = RandomWeights(kRows, kCols);
  const lutgemm_matrix matrix = MatrixOf(w);
  std::vector<double> rows(kRows), columns(kCols);
  MustSucceed(lutgemm_row_keys(&matrix, rows.data()));
  MustSucceed(lutgemm_column_keys(&matrix, columns.data()));
  CHECK(rows == *RowKeys(TensorOf(w)));
  CHECK(columns == *ColumnKeys(TensorOf(w)));
  for (const OrderSpec& spec : {OrderSpec{}, OrderSpec{16, RotaryPairs::kSplit},
                                OrderSpec{32, RotaryPairs::kInterleaved}}) {
    const ChannelOrder want = *OrderByKeys(columns, spec);
    const lutgemm_order_spec c_spec = SpecOf(spec);
    std::vector<uint32_t> order(kCols), inverse(kCols);
    MustSucceed(lutgemm_order_by_keys(columns.data(), kCols, &c_spec, order.data()));
    CHECK(order == want.from);
    MustSucceed(lutgemm_order_validate(order.data(), kCols));
    MustSucceed(lutgemm_order_inverse(order.data(), kCols, inverse.data()));
    CHECK(inverse == Inverse(want).from);
    if (spec.pairs != RotaryPairs::kNone) {
      std::vector<uint32_t> frequencies(kCols / 2);
      MustSucceed(lutgemm_order_pair_frequencies(order.data(), kCols, &c_spec, frequencies.data()));
      CHECK(frequencies == *PairFrequencies(want, spec));
    }
    std::vector<float> permuted(kRows * kCols);
    MustSucceed(lutgemm_permute(&matrix, nullptr, order.data(), permuted.data()));
    const std::vector<std::byte> bytes = *Permuted(TensorOf(w), nullptr, &want);
    CHECK(std::memcmp(permuted.data(), bytes.data(), bytes.size()) == 0);
  }
}

TEST_CASE("rows and columns are permuted, with a stride, in other elements") {
  const std::vector<uint16_t> halves = {1, 2, 3, 99, 4, 5, 6, 99};
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  matrix.elem = LUTGEMM_F16;
  matrix.data = halves.data();
  matrix.rows = 2, matrix.cols = 3, matrix.stride = 4;
  const uint32_t rows[] = {1, 0}, columns[] = {2, 0, 1};
  std::vector<uint16_t> out(6);
  MustSucceed(lutgemm_permute(&matrix, rows, columns, out.data()));
  CHECK(out == std::vector<uint16_t>{6, 4, 5, 3, 1, 2});
  MustSucceed(lutgemm_permute(&matrix, nullptr, nullptr, out.data()));
  CHECK(out == std::vector<uint16_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("orders of queries are the C++ interface's") {
  ChannelOrder keys;
  keys.from = {1, 0, 3, 2, 7, 6, 5, 4};
  lutgemm_query_heads heads = LUTGEMM_QUERY_HEADS_INIT;
  heads.order = keys.from.data();
  heads.count = 8, heads.head = 4, heads.query_heads = 4;
  std::vector<uint32_t> order(16);
  MustSucceed(lutgemm_order_for_queries(&heads, order.data()));
  CHECK(order == OrderForQueries(keys, 4, 4)->from);
  heads.query_heads = 3;
  CHECK(lutgemm_order_for_queries(&heads, order.data()) == LUTGEMM_BAD_ARGUMENT);
  NullIsNamed(lutgemm_order_for_queries(nullptr, order.data()), "heads");
  heads.query_heads = 4;
  NullIsNamed(lutgemm_order_for_queries(&heads, nullptr), "order");
  heads.order = nullptr;
  NullIsNamed(lutgemm_order_for_queries(&heads, order.data()), "order");
}

TEST_CASE("what is no permutation, or crosses heads, is refused") {
  const uint32_t twice[] = {0, 1, 1, 3}, split[] = {0, 2, 1, 3};
  std::vector<uint32_t> out(4);
  std::vector<double> keys = {1, 2, 3, 4};
  lutgemm_order_spec spec = LUTGEMM_ORDER_SPEC_INIT;
  CHECK(lutgemm_order_validate(twice, 4) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_order_validate(nullptr, 0) == LUTGEMM_OK);
  CHECK(lutgemm_order_inverse(twice, 4, out.data()) == LUTGEMM_BAD_ARGUMENT);
  spec.head = 3;
  CHECK(lutgemm_order_by_keys(keys.data(), 4, &spec, out.data()) == LUTGEMM_BAD_ARGUMENT);
  spec.head = 4, spec.pairs = 3;
  CHECK(Failure(lutgemm_order_by_keys(keys.data(), 4, &spec, out.data()), LUTGEMM_BAD_ARGUMENT) ==
        "spec.pairs is 3, must be 0, 1 or 2");
  spec.pairs = LUTGEMM_PAIRS_INTERLEAVED;
  CHECK(lutgemm_order_pair_frequencies(twice, 4, &spec, out.data()) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_order_pair_frequencies(split, 4, &spec, out.data()) == LUTGEMM_OK);
  spec.pairs = LUTGEMM_PAIRS_NONE;
  CHECK(lutgemm_order_pair_frequencies(split, 4, &spec, out.data()) == LUTGEMM_BAD_ARGUMENT);
  spec.pairs = LUTGEMM_PAIRS_SPLIT;
  CHECK(lutgemm_order_pair_frequencies(split, 4, &spec, out.data()) == LUTGEMM_BAD_ARGUMENT);
  keys[2] = std::nan("");
  CHECK(lutgemm_order_by_keys(keys.data(), 4, &spec, out.data()) == LUTGEMM_NOT_FINITE);
  const Weights w = RandomWeights(2, 4);
  const lutgemm_matrix matrix = MatrixOf(w);
  std::vector<float> permuted(8);
  CHECK(lutgemm_permute(&matrix, nullptr, twice, permuted.data()) == LUTGEMM_BAD_ARGUMENT);
  lutgemm_matrix none = matrix;
  none.rows = 0;
  CHECK(lutgemm_permute(&none, nullptr, nullptr, permuted.data()) == LUTGEMM_BAD_SHAPE);
  CHECK(lutgemm_row_keys(&none, keys.data()) == LUTGEMM_BAD_SHAPE);
  if (sizeof(size_t) > 4) {
    CHECK(Failure(lutgemm_order_validate(twice, size_t{1} << 32), LUTGEMM_BAD_ARGUMENT) ==
          "count is 4294967296; it must be below 2^32");
    spec = LUTGEMM_ORDER_SPEC_INIT;
    CHECK(Failure(lutgemm_order_by_keys(keys.data(), size_t{1} << 32, &spec, out.data()),
                  LUTGEMM_BAD_ARGUMENT) == "count is 4294967296; it must be below 2^32");
  }
}

TEST_CASE("null arguments of orders") {
  const Weights w = RandomWeights(2, 4);
  const lutgemm_matrix matrix = MatrixOf(w);
  const lutgemm_order_spec spec = LUTGEMM_ORDER_SPEC_INIT;
  const uint32_t order[] = {0, 1, 2, 3};
  const double keys[] = {1, 2, 3, 4};
  double key_out[4];
  uint32_t out[4];
  NullIsNamed(lutgemm_row_keys(nullptr, key_out), "matrix");
  NullIsNamed(lutgemm_row_keys(&matrix, nullptr), "keys");
  NullIsNamed(lutgemm_column_keys(nullptr, key_out), "matrix");
  NullIsNamed(lutgemm_column_keys(&matrix, nullptr), "keys");
  NullIsNamed(lutgemm_order_by_keys(nullptr, 4, &spec, out), "keys");
  NullIsNamed(lutgemm_order_by_keys(keys, 4, nullptr, out), "spec");
  NullIsNamed(lutgemm_order_by_keys(keys, 4, &spec, nullptr), "order");
  NullIsNamed(lutgemm_order_validate(nullptr, 4), "order");
  NullIsNamed(lutgemm_order_inverse(nullptr, 4, out), "order");
  NullIsNamed(lutgemm_order_inverse(order, 4, nullptr), "inverse");
  NullIsNamed(lutgemm_order_pair_frequencies(nullptr, 4, &spec, out), "order");
  NullIsNamed(lutgemm_order_pair_frequencies(order, 4, nullptr, out), "spec");
  NullIsNamed(lutgemm_order_pair_frequencies(order, 4, &spec, nullptr), "frequencies");
  NullIsNamed(lutgemm_permute(nullptr, nullptr, nullptr, out), "matrix");
  NullIsNamed(lutgemm_permute(&matrix, nullptr, nullptr, nullptr), "out");
}

}  // namespace
}  // namespace lutgemm::test
