// The set of bytes that copies move: it answers as a list of ranges does, and merges them.
#include "model/func/pending.h"
#include "model/func/kit.h"
#include "support/random.h"

#include <algorithm>

using namespace lutgemm;
using namespace lutgemm::model::func;

TEST_CASE("pending bytes: random ranges answer as each byte does") {
  test::Random random(11);
  const auto range = [&](int most) {
    const auto begin = static_cast<size_t>(random.Int(0, 60));
    return ByteRange{begin, begin + static_cast<size_t>(random.Int(0, most))};
  };
  for (int trial = 0; trial < 300; ++trial) {
    ByteSet set;
    std::vector<bool> bytes(100);
    for (int step = 0; step < 12; ++step) {
      const ByteRange added = range(9);
      set.Add(added);
      std::fill(bytes.begin() + ptrdiff_t(added.begin), bytes.begin() + ptrdiff_t(added.end), true);
      for (int ask = 0; ask < 20; ++ask) {
        const ByteRange asked = range(6);
        CAPTURE(asked.begin);
        CAPTURE(asked.end);
        const auto begin = bytes.begin() + ptrdiff_t(asked.begin);
        const auto end = bytes.begin() + ptrdiff_t(asked.end);
        CHECK(set.Overlaps(asked) == (std::find(begin, end, true) != end));
      }
    }
    set.Clear();
    CHECK_FALSE(set.Overlaps({0, 100}));
  }
}

TEST_CASE("pending bytes: readers wait for what is written, writers also for what is read") {
  PendingBytes pending;
  pending.read.Add({0, 8});
  pending.written.Add({16, 24});
  CHECK_FALSE(pending.Blocks({7, 16}, false));
  CHECK(pending.Blocks({7, 16}, true));
  CHECK(pending.Blocks({23, 40}, false));
  CHECK_FALSE(pending.Blocks({8, 16}, true));
  pending.Clear();
  CHECK_FALSE(pending.Blocks({0, 40}, true));
}

TEST_CASE("pending bytes: copies without a fence are checked one by one, many of them") {
  Config config = test::SmallConfig();
  config.max_steps = 1000000;
  Machine machine(config);
  // Reads of the same source may overlap; the last word meets the first copy's target.
  const Trap trap = test::RunText(machine,
                                  "li s1, 8\n li s3, 2000\nx: cpout [s1], [s0], 4\n"
                                  " addi s1, s1, 4\n addi s3, s3, -1\n bne s3, s0, x\n"
                                  " li s1, 8\n cpout [s1], [s0], 1");
  CHECK(trap.kind == TrapKind::kPending);
  CHECK(trap.pc == 7);
  CHECK(machine.counters().global_written == 8000);
}
