// The arithmetic of tables, on the worked examples E0 to E4 and all keys.
#include "format/table.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <vector>

using namespace lutgemm;
using namespace lutgemm::format;

namespace {

constexpr BitOrder kOrders[] = {BitOrder::kFirstLow, BitOrder::kFirstHigh};

// Sum of a[i] with the signs of a key.
int SignedSum(const int* a, unsigned k, unsigned key, BitOrder order) {
  int sum = 0;
  for (unsigned i = 0; i < k; ++i) sum += (key >> BitOf(i, k, order) & 1u) != 0 ? a[i] : -a[i];
  return sum;
}

int ReadValue(const int* a, unsigned k, unsigned stored, BitOrder order) {
  const TableRead read = ReadOf(stored, k, order);
  const int entry = TableEntry(a, k, read.entry, order);
  return read.negate ? -entry : entry;
}

// Sum of a * q' by planes, each a lookup.
int ByPlanes(const int* a, const std::vector<unsigned>& codes, unsigned bits,
             std::vector<int>* values) {
  int sum = 0;
  for (unsigned p = 0; p < bits; ++p) {
    unsigned key = 0;
    for (unsigned i = 0; i < codes.size(); ++i) key |= (codes[i] >> p & 1u) << i;
    const auto k = static_cast<unsigned>(codes.size());
    values->push_back(ReadValue(a, k, StoredKey(key, k), BitOrder::kFirstLow));
    sum += values->back() * (1 << p);
  }
  return sum;
}

}  // namespace

TEST_CASE("table: stored keys are an involution and read the right sum, in both orders") {
  test::Random random(14);
  for (const BitOrder order : kOrders) {
    for (unsigned k = 1; k <= kMaxTableK; ++k) {
      std::vector<int> a;
      for (unsigned i = 0; i < k; ++i) a.push_back(random.Int(-1000, 1000));
      for (unsigned key = 0; key < 1u << k; ++key) {
        const unsigned stored = StoredKey(key, k, order);
        CHECK(StoredKey(stored, k, order) == key);
        CHECK(ReadOf(stored, k, order).entry < TableSize(k));
        CHECK(ReadValue(a.data(), k, stored, order) == SignedSum(a.data(), k, key, order));
      }
    }
  }
}

TEST_CASE("table: E0, the paper's pattern 0100") {
  const int a[] = {1000, 100, 10, 1};  // A B C D
  const int expected = -1000 + 100 - 10 - 1;
  CHECK(SignedSum(a, 4, 0b0100, BitOrder::kFirstHigh) == expected);
  CHECK(ReadValue(a, 4, StoredKey(0b0100, 4, BitOrder::kFirstHigh), BitOrder::kFirstHigh) ==
        expected);
}

TEST_CASE("table: E1, all sixteen keys") {
  const int a[] = {3, -1, 4, 2};
  const int table[] = {-8, -10, 0, -2, -4, -6, 4, 2};
  const int paper[] = {-8, -4, 0, 4, -10, -6, -2, 2};
  for (unsigned e = 0; e < 8; ++e) {
    CHECK(TableEntry(a, 4, e) == table[e]);
    CHECK(TableEntry(a, 4, e, BitOrder::kFirstHigh) == paper[e]);
  }
  const unsigned stored[] = {0, 15, 2, 13, 4, 11, 6, 9, 8, 7, 10, 5, 12, 3, 14, 1};
  const int values[] = {-8, -2, -10, -4, 0, 6, -2, 4, -4, 2, -6, 0, 4, 10, 2, 8};
  for (unsigned key = 0; key < 16; ++key) {
    CHECK(StoredKey(key, 4) == stored[key]);
    CHECK(ReadValue(a, 4, stored[key], BitOrder::kFirstLow) == values[key]);
    CHECK(ReadOf(stored[key], 4).entry == stored[key] >> 1);
    CHECK(ReadOf(stored[key], 4).negate == ((key & 1) != 0));
  }
}

TEST_CASE("table: E2 and E3, sums over planes") {
  const int a[] = {3, -1, 4, 2};
  std::vector<int> values;
  CHECK(ByPlanes(a, {0, 3, 1, 2}, 2, &values) == -14);
  CHECK(values == std::vector<int>{-2, -6});
  values.clear();
  CHECK(ByPlanes(a, {0, 15, 7, 9}, 4, &values) == -58);
  CHECK(values == std::vector<int>{2, -2, -2, -6});
}

TEST_CASE("table: E4, quantised entries") {
  const double a[] = {0.7, -0.2, 1.1, 0.4};
  const float scale = TableScale(0.7 + 0.2 + 1.1 + 0.4);
  CHECK(scale == doctest::Approx(0.0188976).epsilon(1e-5));
  const int expected[] = {-106, -127, 11, -11, -64, -85, 53, 32};
  for (unsigned e = 0; e < 8; ++e) {
    CHECK(QuantisedEntry(TableEntry(a, 4, e), scale) == expected[e]);
  }
  CHECK(QuantisedEntry(1.0, 0.0f) == 0);
}

TEST_CASE("table: the largest entry is the sum of magnitudes; rounding errs by half a step") {
  test::Random random(15);
  for (int round = 0; round < 2000; ++round) {
    const unsigned k = 1 + static_cast<unsigned>(random.Below(kMaxTableK));
    std::vector<double> a;
    double magnitude = 0.0;
    for (unsigned i = 0; i < k; ++i) {
      a.push_back(double{random.Normal()});
      magnitude += std::fabs(a.back());
    }
    const float scale = TableScale(magnitude);
    double largest = 0.0;
    for (unsigned e = 0; e < TableSize(k); ++e) {
      const double entry = TableEntry(a.data(), k, e);
      largest = std::fmax(largest, std::fabs(entry));
      const double error = std::fabs(QuantisedEntry(entry, scale) * double{scale} - entry);
      CHECK(error <= 0.5 * double{scale} * (1 + 1e-5));
    }
    CHECK(largest == doctest::Approx(magnitude).epsilon(1e-12));
  }
}
