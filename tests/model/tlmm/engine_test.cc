// The engine: products equal a 64-bit oracle, counted cycles equal the closed form.
#include "model/tlmm/engine.h"
#include "model/tlmm/table.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>

using namespace lutgemm;
using namespace lutgemm::model::tlmm;

namespace {

std::vector<int64_t> Oracle(const std::vector<int8_t>& trits, const std::vector<int8_t>& acts,
                            size_t m, size_t n, size_t k) {
  std::vector<int64_t> outputs(m * n);
  for (size_t i = 0; i < m * n; ++i) {
    for (size_t kk = 0; kk < k; ++kk) {
      outputs[i] += int64_t{trits[i % n * k + kk]} * acts[i / n * k + kk];
    }
  }
  return outputs;
}

void CheckProduct(const Config& config, const std::vector<int8_t>& trits,
                  const std::vector<int8_t>& acts, size_t m, size_t n) {
  const size_t k = trits.size() / n;
  CAPTURE(std::string(Name(config.encoding)));
  CAPTURE(config.group);
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  const auto weights = TritMatrix::Pack(trits, n, k, config.encoding, config.group);
  REQUIRE(weights.ok());
  const auto product = Multiply(config, *weights, acts, m);
  REQUIRE(product.ok());
  const std::vector<int64_t> wanted = Oracle(trits, acts, m, n, k);
  CHECK(std::equal(wanted.begin(), wanted.end(), product->outputs.begin(), product->outputs.end()));
  CHECK(product->counts == CountGemm(config, {m, n, k}));
}

Config Make(unsigned group, size_t tables, size_t queries, Encoding encoding = Encoding::kIndex) {
  Config config;
  config.group = group;
  config.tables = tables;
  config.queries = queries;
  config.encoding = encoding;
  return config;
}

}  // namespace

TEST_CASE("the end-to-end vector of the reference") {
  test::Random random = test::Random::FromState(16266);
  std::vector<int8_t> w(4 * 48), a(48);
  for (int8_t& trit : w) trit = static_cast<int8_t>(int(random.Bits() % 3) - 1);
  for (int8_t& act : a) act = static_cast<int8_t>(int(random.Bits() % 255) - 127);
  CHECK(std::vector<int8_t>(w.begin(), w.begin() + 12) ==
        std::vector<int8_t>{1, 0, 1, 0, -1, -1, 0, 1, 0, 1, -1, 0});
  CHECK(std::vector<int8_t>(a.begin(), a.begin() + 6) ==
        std::vector<int8_t>{-3, 83, 98, -68, -46, -72});
  const Config config = Make(3, 2, 3);
  const auto weights = TritMatrix::Pack(w, 4, 48, config.encoding, 3);
  REQUIRE(weights.ok());
  const int indices[] = {23, 9, 16, 19, 23, 16, 12, 15, 25, 7, 11, 25, 5, 20, 16, 13};
  for (size_t g = 0; g < 16; ++g) CHECK(weights->At(0, g) + 13 == indices[g]);
  const uint8_t stream[] = {0x37, 0xc1, 0x79, 0x21, 0x7b, 0xf9, 0xac, 0x5c, 0x28, 0x6c};
  CHECK(std::equal(std::begin(stream), std::end(stream), weights->row(0).begin(),
                   weights->row(0).end()));
  const auto product = Multiply(config, *weights, a, 1);
  REQUIRE(product.ok());
  CHECK(product->outputs == std::vector<int32_t>{204, 323, 28, 118});
}

TEST_CASE("random products and extremes, every encoding, half and full tables") {
  test::Random random(11);
  const Config configs[] = {Make(2, 3, 4, Encoding::kTl1),
                            Make(3, 2, 5, Encoding::kTl2),
                            Make(5, 1, 7, Encoding::kByte5),
                            Make(1, 4, 2),
                            Make(3, 4, 8),
                            Make(4, 3, 3),
                            Make(6, 2, 16)};
  const size_t shapes[][3] = {{1, 1, 1}, {3, 17, 50}, {2, 16, 48}, {4, 5, 7}};
  for (Config config : configs) {
    for (const bool half : {true, false}) {
      config.half = half;
      for (const auto& [m, n, k] : shapes) {
        CheckProduct(config, random.Int8s(n * k, -1, 1), random.Int8s(m * k), m, n);
      }
      for (const int weight : {-1, 1}) {
        for (const int act : {-128, -127, 127}) {
          CheckProduct(config, std::vector<int8_t>(2 * 99, int8_t(weight)),
                       std::vector<int8_t>(99, int8_t(act)), 1, 2);
        }
      }
      std::vector<int8_t> alternating(3 * 60);
      for (size_t i = 0; i < alternating.size(); ++i) alternating[i] = i % 2 == 0 ? 1 : -1;
      CheckProduct(config, alternating, std::vector<int8_t>(60, 127), 1, 3);
    }
  }
}

TEST_CASE("stalls that are counted while running are those of the closed form") {
  test::Random random(5);
  for (int round = 0; round < 60; ++round) {
    Config config = Make(1 + unsigned(random.Below(6)), 1 + random.Below(4), 1 + random.Below(6));
    config.half = random.Below(2) == 0;
    config.build_adders = 1 + random.Below(40);
    config.fill_cycles = random.Below(5);
    config.ports = random.Below(3);
    config.straddle = random.Below(2) == 0;
    config.word_bits = 16 + random.Below(60);
    config.buffer_bytes = random.Below(2) * 30;
    config.dram_bytes_per_cycle = random.Below(2) == 0 ? 0 : 0.1;
    const size_t m = 1 + random.Below(3), n = 1 + random.Below(20), k = 1 + random.Below(60);
    CheckProduct(config, random.Int8s(n * k, -1, 1), random.Int8s(m * k), m, n);
  }
}

TEST_CASE("cycles of the reference's example engines") {
  struct Shape {
    size_t n, k, cycles;
  };
  const struct {
    unsigned group;
    size_t tables, queries, index_bits;
    Shape shapes[3];
  } engines[] = {{3, 32, 16, 2560, {{1536, 1536, 1536}, {4096, 1536, 4096}, {1536, 4096, 4128}}},
                 {3, 16, 16, 1280, {{1536, 1536, 3072}, {4096, 1536, 8192}, {1536, 4096, 8256}}},
                 {4, 24, 16, 2688, {{1536, 1536, 1536}, {4096, 1536, 4096}, {1536, 4096, 4128}}}};
  for (const auto& engine : engines) {
    const Config config = Make(engine.group, engine.tables, engine.queries);
    CHECK(IndexBitsPerCycle(config) == engine.index_bits);
    for (const Shape& shape : engine.shapes) {
      const Counts counts = CountGemm(config, {1, shape.n, shape.k});
      CHECK(counts.lookup_cycles == shape.cycles);
      CHECK(counts.cycles() == shape.cycles + counts.fill_cycles);
      CHECK(CountGemm(config, {7, shape.n, shape.k}).lookup_cycles == 7 * shape.cycles);
    }
  }
}

TEST_CASE("the weight buffer: ports, capacity, streaming") {
  Config config = Make(3, 32, 16);
  config.ports = 60;
  CHECK(PortLookups(config) == 840);
  config.straddle = true;
  CHECK(PortLookups(config) == 864);
  config.straddle = false;
  config.buffer_bytes = 60 * 36864;
  const Counts one = CountGemm(config, {1, 1536, 4096});
  CHECK(one.fits_buffer);
  CHECK(one.port_stalls == 0);
  CHECK_FALSE(CountGemm(config, {1, 3072, 4096}).fits_buffer);
  // 512 lookups per cycle through ports for 504: every query takes two cycles.
  config.ports = 36;
  CHECK(CountGemm(config, {1, 1536, 4096}).port_stalls == one.lookup_cycles);
  // 17.1 GB/s at 250 MHz: weights that do not fit arrive in 38356 cycles, which one token cannot
  // hide and 16 can.
  config.ports = 60;
  config.dram_bytes_per_cycle = 17.1e9 / 250e6;
  const Counts streamed = CountGemm(config, {1, 3072, 4096});
  CHECK(streamed.cycles() == 38356);
  CHECK(streamed.dram_stalls > 0);
  CHECK(CountGemm(config, {16, 3072, 4096}).dram_stalls == 0);
  CHECK(CountGemm(config, {1, 1536, 4096}).dram_stalls == 0);
}

TEST_CASE("tables are built behind the lookups, unless these are too few") {
  Config config = Make(3, 4, 16);
  CHECK(CountGemm(config, {1, 160, 96}).build_stalls == 0);  // 10 cycles of lookups, 10 of adds
  CHECK(CountGemm(config, {1, 144, 96}).build_stalls == 7);  // 8 passes, 7 wait one cycle
  config.build_adders = 2;
  CHECK(CountGemm(config, {1, 80, 96}).build_stalls == 0);
  CHECK(CountGemm(config, {1, 80, 96}).fill_cycles == 5);
}

TEST_CASE("engines and products that cannot be are refused") {
  const auto bad = [](auto change) {
    Config config = Make(3, 2, 2);
    change(config);
    return Validate(config).code();
  };
  CHECK(bad([](Config&) {}) == Code::kOk);
  CHECK(bad([](Config& c) { c.group = 0; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.group = 7; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.encoding = Encoding::kTl1; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.tables = 0; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.queries = 0; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.queries = 1 << 20; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.build_adders = 0; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.word_bits = 8; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.dram_bytes_per_cycle = -1; }) == Code::kBadArgument);
  // So slow that the cycles of the wait would have no 64-bit number.
  CHECK(bad([](Config& c) { c.dram_bytes_per_cycle = 1e-300; }) == Code::kBadArgument);
  CHECK(bad([](Config& c) { c.dram_bytes_per_cycle = std::numeric_limits<double>::quiet_NaN(); }) ==
        Code::kBadArgument);
  const std::vector<int8_t> six(6, 1);
  const auto weights = TritMatrix::Pack(six, 2, 3, Encoding::kIndex, 3);
  REQUIRE(weights.ok());
  const auto code = [&](const Config& config, size_t acts, size_t m) {
    return Multiply(config, *weights, std::vector<int8_t>(acts), m).status().code();
  };
  CHECK(code(Make(3, 2, 2), 3, 1) == Code::kOk);
  CHECK(code(Make(3, 2, 2), 4, 1) == Code::kBadShape);
  CHECK(code(Make(3, 2, 2), 0, 0) == Code::kBadShape);
  CHECK(code(Make(3, 2, 2), 3, SIZE_MAX) == Code::kBadShape);
  CHECK(code(Make(2, 2, 2), 3, 1) == Code::kBadArgument);
  CHECK(code(Make(3, 2, 2, Encoding::kTl2), 3, 1) == Code::kBadArgument);
  CHECK(code(Make(3, 0, 2), 3, 1) == Code::kBadArgument);
}
