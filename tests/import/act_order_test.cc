#include "import/act_order.h"

#include "checkpoint.h"

namespace lutgemm::importing {
namespace {

using import_test::Longs;
using import_test::Words;

FileTensor Tensor(std::string_view dtype, size_t count, std::span<const std::byte> bytes) {
  FileTensor tensor;
  tensor.name = "g";
  tensor.dtype = dtype;
  tensor.shape = {count};
  tensor.bytes = bytes;
  return tensor;
}

WeightInfo Groups(size_t k, uint32_t group) {
  WeightInfo info;
  info.n = 1, info.k = k, info.group = group;
  return info;
}

TEST_CASE("act order: sorted by group, those of a group in their own order") {
  const io_test::Aligned words(Words({2, 0, 1, 2, 0, 1}));
  const auto order = OrderOf(Tensor("I32", 6, words.span()), Groups(6, 2));
  REQUIRE(order.ok());
  CHECK(*order == std::vector<uint32_t>{1, 4, 2, 5, 0, 3});
  const io_test::Aligned longs(Longs({1, 1, 0, 0, 0}));
  // The last group is shorter.
  CHECK(*OrderOf(Tensor("I64", 5, longs.span()), Groups(5, 3)) ==
        std::vector<uint32_t>{2, 3, 4, 0, 1});
}

TEST_CASE("act order: none where channels stand in order") {
  const io_test::Aligned words(Words({0, 0, 0, 1, 1}));
  const auto order = OrderOf(Tensor("I32", 5, words.span()), Groups(5, 3));
  REQUIRE(order.ok());
  CHECK(order->empty());
}

TEST_CASE("act order: groups of other lengths") {
  const io_test::Aligned words(Words({0, 1, 1, 1}));
  const auto order = OrderOf(Tensor("I32", 4, words.span()), Groups(4, 2));
  REQUIRE_FALSE(order.ok());
  CHECK(order.status().code() == Code::kUnsupportedFormat);
}

TEST_CASE("act order: unset elements") {
  const io_test::Aligned words(Words({0, ~0u})), longs(Longs({~uint64_t{0}, 1})),
      set(Words({0, 1}));
  CHECK(IsUnset(Tensor("I32", 2, words.span())));
  CHECK(IsUnset(Tensor("I64", 2, longs.span())));
  CHECK_FALSE(IsUnset(Tensor("I32", 2, set.span())));
}

TEST_CASE("act order: codes of a row") {
  std::vector<uint8_t> codes = {10, 11, 12, 13}, scratch(4);
  OrderCodes(std::vector<uint32_t>{2, 0, 3, 1}, codes, scratch);
  CHECK(codes == std::vector<uint8_t>{12, 10, 13, 11});
}

}  // namespace
}  // namespace lutgemm::importing
