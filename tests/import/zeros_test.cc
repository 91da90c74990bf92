#include "import/zeros.h"

#include "checkpoint.h"

namespace lutgemm::importing {
namespace {

// Two groups of 300 outputs: more than are looked at together.
struct Case {
  std::vector<uint32_t> words = std::vector<uint32_t>(2 * 38, 0x77777777);
  FileTensor tensor;
  QuantizedMatrix matrix;

  Zeros Of(uint32_t plus) {
    tensor.name = "z";
    tensor.shape = {2, 38};
    tensor.bytes = std::as_bytes(std::span(words));
    matrix.info.n = 300, matrix.info.k = 8, matrix.info.group = 4;
    matrix.info.zero = ZeroKind::kInteger;
    matrix.zeros.assign(600, 99);
    return {&tensor, 4, plus};
  }
};

TEST_CASE("zeros: all of one value, to the last output of the last group") {
  Case all;
  CHECK(AllZerosAre(all.Of(0), all.matrix.info, 7));
  CHECK(AllZerosAre(all.Of(1), all.matrix.info, 8));
  CHECK_FALSE(AllZerosAre(all.Of(1), all.matrix.info, 7));
  CHECK_FALSE(AllZerosAre(all.Of(1), all.matrix.info, 0));
  all.words.back() = 0x77776777;  // output 299
  CHECK_FALSE(AllZerosAre(all.Of(0), all.matrix.info, 7));
  all.words.back() = 0x66667777;  // past the last output
  CHECK(AllZerosAre(all.Of(0), all.matrix.info, 7));
}

TEST_CASE("zeros: of some outputs") {
  Case some;
  some.words[38 + 8] = 0x76543210;
  CHECK(TakeZeros(some.Of(1), 64, 128, &some.matrix).ok());
  CHECK(some.matrix.zeros[2 * 64] == 8);
  for (uint8_t i = 0; i < 8; ++i) CHECK(some.matrix.zeros[2 * (64u + i) + 1] == i + 1);
  CHECK(some.matrix.zeros[2 * 63 + 1] == 99);
  CHECK(some.matrix.zeros[2 * 128] == 99);
  some.matrix.info.zero = ZeroKind::kNone;
  some.matrix.zeros.clear();
  CHECK(TakeZeros({&some.tensor, 4, 0}, 0, 64, &some.matrix).ok());
}

}  // namespace
}  // namespace lutgemm::importing
